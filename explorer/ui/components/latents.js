// What a latent is used for, as training goes on: the KL of each dimension, or the use of each code, as sorted bars, and
// the run's way through the plane of rate and distortion. Nodes stay, so that bars glide to their new heights.

const SVG = "http://www.w3.org/2000/svg"
const HEIGHT = 190
const FEW_NATS = 10
const MARGIN = { left: 52, right: 14, top: 10, bottom: 34 }

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".latents")
  root.view ??= new View(root)
  root.view.update(data)
}

class View {
  constructor(root) {
    this.bars = root.querySelector(".bars svg")
    this.plane = root.querySelector(".plane svg")
    this.title = root.querySelector(".bars b")
    this.unit = root.querySelector(".bars .unit")
    this.words = root.querySelector(".bars output")
    this.legend = root.querySelector(".plane .readout")
    this.rects = []
    new ResizeObserver(() => this.draw()).observe(root)
  }

  update(data) {
    this.data = data
    this.draw()
  }

  draw() {
    if (!this.data || !this.bars.clientWidth) return
    this.drawBars()
    this.drawPlane()
  }

  drawBars() {
    const { bars, words, title, unit, order } = this.data
    this.title.textContent = title
    this.unit.textContent = ` ${unit}`
    const width = this.bars.clientWidth
    const bottom = HEIGHT - MARGIN.bottom
    const high = Math.max(...bars, 1e-3)
    const y = (value) => bottom - (value / high) * (bottom - MARGIN.top)
    const pitch = (width - MARGIN.left - MARGIN.right) / bars.length
    while (this.rects.length < bars.length) this.rects.push(this.bars.appendChild(element("rect", { class: "bar" })))
    while (this.rects.length > bars.length) this.rects.pop().remove()
    bars.forEach((value, i) => {
      const rect = this.rects[i]
      const x = MARGIN.left + i * pitch
      const attributes = { x, width: Math.max(0.5, pitch * 0.8), y: y(value), height: Math.max(0, bottom - y(value)) }
      for (const [name, value] of Object.entries(attributes)) rect.style[name] = `${value}px`
    })
    const axis = ticks(0, high, 4).flatMap((tick) => [
      element("line", { class: "grid-line", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
      element("text", { class: "tick", x: MARGIN.left - 7, y: y(tick) + 3.5, "text-anchor": "end" }, short(tick)),
    ])
    const middle = (MARGIN.left + width - MARGIN.right) / 2
    axis.push(element("text", { class: "tick", x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, order))
    this.bars.querySelectorAll(".tick, .grid-line").forEach((node) => node.remove())
    this.bars.prepend(...axis)
    this.words.textContent = words
    this.bars.setAttribute("aria-label", `${title}: ${words}`)
  }

  drawPlane() {
    const { trail, frontier, models } = this.data
    const width = this.plane.clientWidth
    // an untrained net's few nats would take most of a logarithmic axis
    const all = [...trail, ...models.map((model) => [model.nats, model.mse])].filter(([nats, mse]) => nats >= FEW_NATS && mse > 0)
    this.plane.replaceChildren()
    this.legend.replaceChildren()
    if (!all.length) return
    const right = width - MARGIN.right
    const bottom = HEIGHT - MARGIN.bottom
    const x = logScale(all.map(([nats]) => nats), MARGIN.left, right)
    const y = logScale(all.map(([, mse]) => mse), bottom, MARGIN.top)
    const parts = []
    for (const tick of y.ticks) {
      parts.push(element("line", { class: "grid-line", x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick) }))
      parts.push(element("text", { class: "tick", x: MARGIN.left - 7, y: y(tick) + 3.5, "text-anchor": "end" }, short(tick)))
    }
    for (const tick of x.ticks) {
      parts.push(element("text", { class: "tick", x: x(tick), y: bottom + 14, "text-anchor": "middle" }, short(tick)))
    }
    parts.push(element("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }))
    const middle = (MARGIN.left + right) / 2
    parts.push(element("text", { class: "tick", x: middle, y: HEIGHT - 4, "text-anchor": "middle" }, "rate, nats an image"))
    const clip = element("svg", { x: MARGIN.left, y: 0, width: right - MARGIN.left, height: bottom, viewBox: `${MARGIN.left} 0 ${right - MARGIN.left} ${bottom}` })
    const path = (points, name) => {
      const seen = points.filter(([nats, mse]) => nats > 0 && mse > 0)
      if (seen.length) clip.append(element("path", { class: name, d: "M" + seen.map(([nats, mse]) => `${x(nats).toFixed(1)} ${y(mse).toFixed(1)}`).join("L") }))
    }
    path(frontier, "frontier")
    path(trail, "trail")
    parts.push(clip)
    const taken = []
    for (const model of models) {
      const [cx, cy, half] = [x(model.nats), y(model.mse), 4 * model.label.length]
      parts.push(element("circle", { class: "model", cx, cy, r: 4 }))
      if (taken.some((other) => Math.abs(other.cx - cx) < other.half + half && Math.abs(other.cy - cy) < 12)) continue
      taken.push({ cx, cy, half })
      parts.push(element("text", { class: "tick", x: cx, y: cy - 8, "text-anchor": "middle" }, model.label))
    }
    const now = trail.at(-1)
    if (now && now[0] >= FEW_NATS && now[1] > 0) {
      const dot = element("circle", { class: "now", cx: x(now[0]), cy: y(now[1]), r: 6 })
      dot.append(element("title", {}, `now: ${short(now[0])} nats an image, MSE ${short(now[1])}`))
      parts.push(dot)
    }
    this.plane.append(...parts)
    const entry = (name, text) => {
      const span = document.createElement("span")
      span.innerHTML = `<svg viewBox="0 0 18 8" width="18" height="8"></svg>`
      const line = name.includes("model") || name === "now"
      span.firstChild.append(line ? element("circle", { class: name, cx: 9, cy: 4, r: 4 }) : element("path", { class: name, d: "M0 4L18 4" }))
      span.append(text)
      this.legend.append(span)
    }
    if (now) entry("now", `this run: ${short(now[0])} nats, MSE ${short(now[1])}`)
    if (models.length) entry("model", "shipped models, by beta")
    if (frontier.length) entry("frontier", "linear VAE, every beta")
  }
}

function element(name, attributes, text) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  if (text !== undefined) node.textContent = text
  return node
}

/** A logarithmic scale with a little room at both ends, and its ticks at 1, 2, 5 of each decade. */
function logScale(values, from, to) {
  const logs = values.map(Math.log10)
  const [low, high] = [Math.min(...logs) - 0.08, Math.max(...logs) + 0.08]
  const scale = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
  scale.ticks = []
  for (let power = Math.floor(low); power <= high; power++) {
    for (const digit of [1, 2, 5]) {
      const tick = Number((digit * 10 ** power).toPrecision(2))
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) scale.ticks.push(tick)
    }
  }
  return scale
}

/** About `wanted` round numbers from low to high. */
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw)
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

const short = (value) => String(Number(value.toPrecision(3)))
