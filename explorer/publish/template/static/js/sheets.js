// What components are sent, computed here instead of by the app's server: explorer/ui/components/bottleneck.py, morph.py
// and tradeoff.py say what each part is.

const SIDE = 32
const VALUES = 3 * SIDE * SIDE
const LEAST_REACH = 3 // as bottleneck.py has it
const PARALLEL = 1e-4 // sine of an angle, as explorer/analysis/interpolation.py has it

let made = 0 // sheets so far: each has a version of its own

/** Start: images on their way through a network, with samples of z each. */
export async function startSheet({ content, networks }, model, images) {
  const { start, models, in_use: used } = content
  const { dims } = models[model]
  const count = images.length
  const across = 1 + start.samples
  const { mu, logvar } = await networks.encode(model, together(images), count)
  const std = logvar.map((value) => Math.exp(value / 2))
  const kl = mu.map((value, i) => (value ** 2 + Math.exp(logvar[i]) - 1 - logvar[i]) / 2)
  const normal = gaussian(1)
  const z = new Float32Array(count * across * dims)
  for (let i = 0; i < count; i++) {
    for (let s = 0; s < across; s++) for (let d = 0; d < dims; d++) z[(i * across + s) * dims + d] = mu[i * dims + d] + (s ? std[i * dims + d] * normal() : 0)
  }
  const { floats, pixels } = await networks.decode(model, z, count * across)
  const sprite = new Sprite(count, 1 + across)
  const shown = images.map((image, i) => {
    sprite.put(image.pixels, 0, i, 0)
    for (let s = 0; s < across; s++) sprite.put(pixels, i * across + s, i, 1 + s)
    const mse = Array.from({ length: across }, (_, s) => meanSquare(floats, (i * across + s) * VALUES, image.floats))
    const row = (numbers, from = i * dims) => Array.from(numbers.subarray(from, from + dims), rounded)
    const nats = sum(kl.subarray(i * dims, (i + 1) * dims))
    return {
      name: image.name, mu: row(mu), std: row(std), kl: row(kl), mse, psnr: mse.map(psnr), nats, bits: nats / Math.LN2,
      z: Array.from({ length: start.samples }, (_, s) => row(z, (i * across + s + 1) * dims)),
    }
  })
  const means = Array.from({ length: dims }, (_, d) => sum(shown.map((image) => image.kl[d])) / count)
  const farthest = shown.flatMap(({ mu: at, std: by, z: drawn }) => [...at.map((value, d) => Math.abs(value) + by[d]), ...drawn.flat().map(Math.abs)])
  return {
    ...start, version: `start-${++made}`, sprite: sprite.address, cell: SIDE, images: shown,
    order: means.map((_, d) => d).toSorted((a, b) => means[b] - means[a]),
    reach: Math.max(LEAST_REACH, most(farthest)) + 0.001,
    most: most(kl) + 0.001,
    in_use: used.words[dims][means.filter((nats) => nats > used.nats).length],
  }
}

/** Interpolate: what lies between two images. */
export async function morphSheet({ content, networks }, model, a, b) {
  const { titles, fade, frames, label } = content.morph
  const { dims } = content.models[model]
  const { mu } = await networks.encode(model, together([a, b]), 2)
  const ends = [mu.subarray(0, dims), mu.subarray(dims)]
  const shares = Array.from({ length: frames }, (_, i) => i / (frames - 1))
  const ways = { lerp: shares.map((t) => straight(...ends, t)), slerp: shares.map((t) => arc(...ends, t)) }
  const all = Object.values(ways).flat()
  const z = new Float32Array(all.length * dims)
  all.forEach((each, i) => z.set(each, i * dims))
  const { pixels } = await networks.decode(model, z, all.length, undefined, { urgent: true })
  const mixed = new Uint8ClampedArray(frames * VALUES)
  shares.forEach((t, i) => a.pixels.forEach((value, k) => (mixed[i * VALUES + k] = (1 - t) * value + t * b.pixels[k])))
  const sprite = new Sprite(3, frames)
  shares.forEach((_, i) => {
    sprite.put(pixels, i, 0, i)
    sprite.put(pixels, frames + i, 1, i)
    sprite.put(mixed, i, 2, i)
  })
  const lengths = (way) => ways[way].map((each) => `|z| = ${length(each).toFixed(1)}`)
  const values = [lengths("lerp"), lengths("slerp"), shares.map(() => fade)]
  return {
    version: `morph-${++made}`, sprite: sprite.address, cell: SIDE, frames, label,
    rows: Object.values(titles).map((title, i) => ({ label: title, values: values[i] })),
    ends: [a, b].map((image, i) => ({ label: "AB"[i], image: image.address, note: image.name })),
    readout: shares.map((t) => `t = ${t.toFixed(2)}`),
  }
}

/** Beta: images and samples of the prior at each stop. Numbers and words are those that were measured beforehand. */
export async function betaSheet({ content, networks, images }, done) {
  const { beta: base, conditional: model, draws } = content
  const stops = base.stops.map(({ value }) => value)
  const shown = images.slice(0, base.names.length)
  const { dims } = content.models[model]
  const [rows, columns] = [shown.length + draws.length, stops.length]
  const many = new Float32Array(columns * shown.length * VALUES)
  stops.forEach((_, s) => shown.forEach((image, i) => many.set(image.floats, (s * shown.length + i) * VALUES)))
  const each = (count) => Float32Array.from({ length: columns * count }, (_, k) => stops[Math.floor(k / count)])
  const { mu } = await networks.encode(model, many, columns * shown.length, each(shown.length))
  const z = new Float32Array(columns * rows * dims)
  for (let s = 0; s < columns; s++) {
    z.set(mu.subarray(s * shown.length * dims, (s + 1) * shown.length * dims), s * rows * dims)
    draws.forEach((draw, i) => z.set(draw, (s * rows + shown.length + i) * dims))
  }
  let painted = 0
  const { pixels } = await networks.decode(model, z, columns * rows, each(rows), { done: (n) => done((painted += n), columns * rows) })
  const sprite = new Sprite(rows, 1 + columns)
  shown.forEach((image, i) => sprite.put(image.pixels, 0, i, 0))
  for (let s = 0; s < columns; s++) for (let i = 0; i < rows; i++) sprite.put(pixels, s * rows + i, i, 1 + s)
  return { ...base, version: `beta-${++made}`, sprite: sprite.address, cell: SIDE }
}

/** Pictures in one: a row a thing, side by side. */
class Sprite {
  constructor(rows, columns) {
    const canvas = document.createElement("canvas")
    Object.assign(canvas, { width: columns * SIDE, height: rows * SIDE })
    this.context = canvas.getContext("2d")
    this.image = new ImageData(SIDE, SIDE)
  }

  put(pixels, index, row, column) {
    const { data } = this.image
    for (let from = index * VALUES, to = 0; to < data.length; from += 3, to += 4) {
      data[to] = pixels[from]
      data[to + 1] = pixels[from + 1]
      data[to + 2] = pixels[from + 2]
      data[to + 3] = 255
    }
    this.context.putImageData(this.image, column * SIDE, row * SIDE)
  }

  get address() {
    return this.context.canvas.toDataURL("image/png")
  }
}

/** An image as all of this takes it: {name, floats: channel by channel, 0..1, pixels: as canvases have them, address}. */
export function imageOf(context, name) {
  const { data } = context.getImageData(0, 0, SIDE, SIDE)
  const pixels = new Uint8ClampedArray(VALUES)
  const floats = new Float32Array(VALUES)
  for (let i = 0; i < SIDE * SIDE; i++) {
    for (let c = 0; c < 3; c++) {
      pixels[3 * i + c] = data[4 * i + c]
      floats[c * SIDE * SIDE + i] = data[4 * i + c] / 255
    }
  }
  return { name, floats, pixels, canvas: context.canvas, address: context.canvas.toDataURL("image/png") }
}

export function together(images) {
  const all = new Float32Array(images.length * VALUES)
  images.forEach(({ floats }, i) => all.set(floats, i * VALUES))
  return all
}

export const squaredAway = (a, b) => a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0)

const straight = (a, b, t) => a.map((value, i) => (1 - t) * value + t * b[i])

function arc(a, b, t) {
  const lengths = length(a) * length(b)
  const cosine = lengths && a.reduce((total, value, i) => total + value * b[i], 0) / lengths
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)))
  const sine = Math.sin(angle)
  if (!lengths || sine < PARALLEL) return straight(a, b, t)
  const [of, by] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine]
  return a.map((value, i) => of * value + by * b[i])
}

function meanSquare(floats, from, image) {
  let total = 0
  for (let i = 0; i < VALUES; i++) total += (floats[from + i] - image[i]) ** 2
  return total / VALUES
}

const length = (z) => Math.sqrt(z.reduce((total, value) => total + value ** 2, 0))
const psnr = (mse) => -10 * Math.log10(mse)
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0)
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0)
const rounded = (value) => Math.round(value * 1000) / 1000

/** Draws of N(0, 1), always the same: mulberry32, and Box and Muller's transform. */
function gaussian(seed) {
  let state = seed
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
