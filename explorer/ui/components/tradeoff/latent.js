// The latent against its prior N(0, 1), at each stop of beta: how long z is, where it lies along two axes, or what each
// dimension costs. What many images' latents are comes later than the pictures, through beside.js.

import { labelled, linear } from "../shared/axes.js"
import { decoded } from "../shared/film.js"
import { extent, unitPixels } from "../shared/unit.js"

const EDGE = { left: 34, right: 8, top: 6, bottom: 32 } // pixels of room around what is drawn
const DARK = 0.14 // opacity of a grid line
const REACH = 2.9 // standard deviations of the prior from the middle to the upper edge of the two axes
const THUMB = 30 // pixels a side of a picture above the axis of lengths
const NEAR = 9 // pixels, from a sample's mark
const UNUSED = "rgb(128 128 128 / 20%)"

export class Latent {
  /**
   * @param point called with the number of the sample whose mark is pointed at, or null
   * @param looked called when another view is chosen
   */
  constructor(host, point, looked) {
    const find = (selector) => host.querySelector(`.latent ${selector}`)
    this.host = host
    this.canvas = find("canvas")
    this.words = find("output")
    this.rings = find(".rings")
    this.point = point
    this.view = "length"
    this.marks = []
    this.switch = [...host.querySelectorAll("[data-view]")]
    for (const button of this.switch) button.onclick = () => (this.look(button.dataset.view), looked())
    this.canvas.onpointermove = (event) => point(this.under(event))
    this.canvas.onpointerleave = () => point(null)
  }

  show(data) {
    if (data.latents_of !== this.data?.latents_of) this.many = this.taken = undefined
    this.data = data
  }

  /** What many images' latents are, as explorer/ui/components/beside.py sends it. */
  async take(latents) {
    this.taken = latents
    const pictures = await decoded(latents.length.strip)
    if (this.taken !== latents) return
    const [mean, std] = [latents.axes.mean, latents.axes.std].map(thousandths)
    this.many = { length: { ...latents.length, pictures }, axes: { ...latents.axes, mean, std } }
    this.redraw()
  }

  look(view) {
    for (const button of this.switch) button.setAttribute("aria-pressed", button.dataset.view === view)
    this.view = view
    this.rings.hidden = view === "kl"
    this.redraw()
  }

  resize() {
    const [width, height] = extent(this.canvas)
    const ratio = unitPixels() * (window.devicePixelRatio || 1)
    Object.assign(this, { width, height, ratio })
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
    const style = getComputedStyle(this.host)
    this.ink = style.color
    this.ground = style.getPropertyValue("--st-background-color")
    this.font = `${style.getPropertyValue("--tick") || "11px"} ${style.fontFamily}`
    this.colour = Object.fromEntries(["kl", "latent", "reconstruction"].map((name) => [name, style.getPropertyValue(`--${name}`)]))
    this.redraw()
  }

  /** Mark a sample, or none. */
  light(number) {
    if (number === this.lit) return
    this.lit = number
    this.redraw()
  }

  under({ offsetX, offsetY }) {
    const away = this.marks.map(([x, y]) => Math.hypot(x - offsetX / unitPixels(), y - offsetY / unitPixels()))
    const nearest = away.indexOf(Math.min(...away))
    return away[nearest] <= NEAR ? nearest : null
  }

  redraw() {
    if (this.placed) this.place(...this.placed)
  }

  /** Between two stops. */
  place(before, share) {
    this.placed = [before, share]
    if (!this.width || !this.data) return
    const context = this.canvas.getContext("2d")
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    context.clearRect(0, 0, this.width, this.height)
    context.font = this.font
    const after = Math.min(before + 1, this.data.stops.length - 1)
    this.marks = []
    const nearest = share < 0.5 ? before : after
    if (this.view === "kl") this.drawBars(context, before, after, share)
    else if (!this.many) this.say(context, this.data.latents_wait)
    else if (this.view === "length") this.drawLengths(context, before, after, share)
    else this.drawAxes(context, before, after, share)
    const words = this.view === "kl" ? this.data.stops[nearest].lit : (this.many?.[this.view].words[nearest] ?? "")
    if (this.words.textContent !== words) {
      this.words.textContent = words
      this.canvas.setAttribute("aria-label", words)
    }
  }

  say(context, words) {
    context.fillStyle = this.ink
    context.textAlign = "center"
    context.fillText(words, this.width / 2, this.height / 2)
  }

  get frame() {
    return { left: EDGE.left, right: this.width - EDGE.right, top: EDGE.top, bottom: this.height - EDGE.bottom }
  }

  /** Ticks below, and what the axis shows. */
  below(context, { left, right, bottom }, ticks, title) {
    context.fillStyle = this.ink
    context.textAlign = "center"
    context.globalAlpha = 0.85
    for (const { at, words } of ticks) context.fillText(words, at, bottom + 14)
    context.fillText(title, (left + right) / 2, this.height - 4)
    context.globalAlpha = 0.35
    context.fillRect(left, bottom, right - left, 1)
    context.globalAlpha = 1
  }

  // -- length: a histogram over images, the shell of the prior, and where some images and the samples lie ------------

  drawLengths(context, before, after, share) {
    const { edges, density, prior, most, shown, pictures } = this.many.length
    const frame = { ...this.frame, left: EDGE.right }
    const { left, right, top, bottom } = frame
    const x = linear(edges[0], edges.at(-1), left, right)
    const y = linear(0, most, bottom, top + THUMB)
    this.below(context, frame, labelled(x, x.ticks(6)), this.many.length.title)
    area(context, prior.map(([length, height]) => [x(length), y(height)]), bottom, this.colour.kl)
    context.fillStyle = this.colour.latent
    context.globalAlpha = 0.55
    const [from, to] = [density[before], density[after]]
    from.forEach((height, i) => {
      const now = height + (to[i] - height) * share
      context.fillRect(x(edges[i]) + 0.5, y(now), x(edges[i + 1]) - x(edges[i]) - 1, bottom - y(now))
    })
    context.globalAlpha = 1
    context.imageSmoothingEnabled = false
    const cell = pictures.height
    shown[before].forEach((length, i) => {
      const at = x(length + (shown[after][i] - length) * share)
      context.drawImage(pictures, i * cell, 0, cell, cell, Math.min(Math.max(left, at - THUMB / 2), right - THUMB), 0, THUMB, THUMB)
      context.fillStyle = this.ink
      context.globalAlpha = 0.6
      context.fillRect(at - 0.5, THUMB, 1, 5)
      context.globalAlpha = 1
    })
    this.many.length.samples.forEach((length, i) => this.mark(context, x(length), bottom - 6, i))
  }

  // -- two axes: blobs of one standard deviation, circles of the prior at one and two ----------------------------------

  drawAxes(context, before, after, share) {
    const { mean, std, count, samples, names, title } = this.many.axes
    const { left, right, top, bottom } = this.frame
    const scale = (bottom - top) / (2 * REACH)
    const [midX, midY] = [(left + right) / 2, (top + bottom) / 2]
    const pixel = (a, b) => [midX + a * scale, midY - b * scale]
    const inside = (v) => Math.min(Math.max(v, -REACH), REACH) // a sample further out stands at the edge
    context.save()
    context.beginPath()
    context.rect(left, top, right - left, bottom - top)
    context.clip()
    context.strokeStyle = this.colour.kl
    context.fillStyle = this.colour.kl
    for (const radius of [2, 1]) {
      context.beginPath()
      context.arc(midX, midY, radius * scale, 0, 2 * Math.PI)
      context.globalAlpha = 0.1
      context.fill()
      context.globalAlpha = 1
      context.lineWidth = 1.2
      context.stroke()
    }
    context.fillStyle = this.colour.latent
    context.globalAlpha = 0.5
    context.beginPath()
    for (let i = 0; i < count; i++) {
      const [m, n] = [2 * (before * count + i), 2 * (after * count + i)]
      const now = (of, k) => of[m + k] + (of[n + k] - of[m + k]) * share
      const [cx, cy] = pixel(now(mean, 0), now(mean, 1))
      const [rx, ry] = [now(std, 0), now(std, 1)].map((deviation) => Math.max(1.6, deviation * scale))
      context.moveTo(cx + rx, cy)
      context.ellipse(cx, cy, rx, ry, 0, 0, 2 * Math.PI)
    }
    context.fill()
    context.restore()
    context.globalAlpha = 1
    samples.forEach(([a, b], i) => this.mark(context, ...pixel(a, inside(b)), i))
    context.fillStyle = this.ink
    context.globalAlpha = 0.85
    context.textAlign = "center"
    for (const deviations of [-2, 0, 2]) {
      context.fillText(deviations, midX + deviations * scale, bottom + 14)
      context.fillText(deviations, midX - (REACH + 0.4) * scale, midY - deviations * scale + 4)
    }
    context.fillText(`${names[0]} (across), ${names[1]} (up), ${title}`, (left + right) / 2, this.height - 4)
    context.globalAlpha = 1
  }

  /** One of the samples: a ring, larger where it is pointed at. */
  mark(context, x, y, number) {
    this.marks.push([x, y])
    const lit = number === this.lit
    context.beginPath()
    context.arc(x, y, lit ? 6.5 : 4, 0, 2 * Math.PI)
    context.fillStyle = this.ground
    context.fill()
    context.lineWidth = lit ? 3 : 2
    context.strokeStyle = this.colour.kl
    context.stroke()
  }

  // -- KL: a bar a dimension -----------------------------------------------------------------------------------------

  drawBars(context, before, after, share) {
    const { stops, most, in_use_nats: threshold } = this.data
    const { left, right, top, bottom } = this.frame
    const y = linear(0, most, bottom, top)
    const [from, to] = [stops[before].kl, stops[after].kl]
    const pitch = (right - left) / from.length
    context.fillStyle = this.ink
    context.textAlign = "right"
    for (const { at, words } of labelled(y, y.ticks())) {
      context.globalAlpha = 0.85
      context.fillText(words, left - 7, at + 4)
      context.globalAlpha = DARK
      context.fillRect(left, at, right - left, 1)
    }
    const bar = Math.max(0.75, pitch * 0.78)
    context.globalAlpha = 1
    from.forEach((nats, i) => {
      const now = nats + (to[i] - nats) * share
      const dark = now <= threshold // not in use: a mark where its bar would be
      const high = dark ? 2 : Math.max(3, bottom - y(now))
      context.fillStyle = dark ? UNUSED : this.colour.kl
      context.fillRect(left + i * pitch, bottom - high, bar, high)
    })
    this.below(context, this.frame, [], "nats of each dimension, in the order at the smallest beta")
  }
}

/** Numbers that were sent as 16-bit thousandths. */
function thousandths(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  return Float32Array.from(new Int16Array(bytes.buffer), (value) => value / 1000)
}

/** The area under a line, filled faintly. */
function area(context, points, bottom, colour) {
  context.beginPath()
  context.moveTo(points[0][0], bottom)
  for (const [x, y] of points) context.lineTo(x, y)
  context.lineTo(points.at(-1)[0], bottom)
  context.fillStyle = context.strokeStyle = colour
  context.globalAlpha = 0.16
  context.fill()
  context.globalAlpha = 1
  context.lineWidth = 1.5
  context.stroke()
}
