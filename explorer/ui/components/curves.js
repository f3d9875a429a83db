// Curves that grow: one SVG a panel, drawn anew in place, so that zoom and nodes survive every new measurement.
// All panels share the horizontal axis: zoom and cross-hair in one move all.

const SVG = "http://www.w3.org/2000/svg"
const HEIGHT = 190
const MARGIN = { left: 52, right: 14, top: 10, bottom: 22 }
const DOT = 3
const SMALLEST_WINDOW = 1e-3 // share of the run that can be zoomed into

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".curves")
  root.curves ??= new Curves(root)
  root.curves.update(data)
}

class Curves {
  constructor(root) {
    this.root = root
    this.window = null // [from, to] while zoomed
    this.pointed = null // step under the pointer
    this.panels = new Map()
    this.grid = root.querySelector(".grid")
    this.reset = root.querySelector("button")
    this.reset.onclick = () => this.zoom(null)
    root.addEventListener("keydown", (event) => this.press(event))
    new ResizeObserver(() => this.draw()).observe(this.grid)
  }

  update(data) {
    this.data = data
    if (data.subject !== this.subject) {
      this.subject = data.subject
      this.window = null
    }
    const steps = Object.values(data.tables).flatMap((table) => table.step)
    this.whole = [Math.min(0, ...steps), Math.max(1, ...steps)]
    this.root.querySelector(".family").hidden = this.whole[0] === 0
    for (const [key, panel] of this.panels) {
      if (!data.panels.some((other) => other.key === key)) {
        panel.figure.remove()
        this.panels.delete(key)
      }
    }
    for (const options of data.panels) {
      if (!this.panels.has(options.key)) this.panels.set(options.key, new Panel(this, options.key))
      this.panels.get(options.key).options = options
    }
    this.draw()
  }

  draw() {
    if (!this.data || !this.grid.clientWidth) return
    this.reset.hidden = !this.window
    this.root.dataset.window = this.window ? this.window.map(Math.round).join("-") : ""
    for (const panel of this.panels.values()) panel.draw()
  }

  get span() {
    return this.window ?? this.whole
  }

  zoom(window) {
    if (window) {
      const [low, high] = this.whole
      const width = Math.max(Math.min(window[1] - window[0], high - low), (high - low) * SMALLEST_WINDOW)
      const from = Math.max(low, Math.min(window[0], high - width))
      window = width >= high - low ? null : [from, from + width]
    }
    this.window = window
    this.draw()
  }

  /** Zoom by a factor about a step. */
  scale(factor, about) {
    const [from, to] = this.span
    this.zoom([about - (about - from) * factor, about + (to - about) * factor])
  }

  press(event) {
    const [from, to] = this.span
    const width = to - from
    const actions = {
      "+": () => this.scale(0.5, to),
      "=": () => this.scale(0.5, to),
      "-": () => this.scale(2, to),
      ArrowLeft: () => this.zoom([from - width / 4, to - width / 4]),
      ArrowRight: () => this.zoom([from + width / 4, to + width / 4]),
      Escape: () => this.zoom(null),
    }
    const action = actions[event.key]
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    action()
  }

  point(step) {
    this.pointed = step
    this.draw()
  }
}

class Panel {
  constructor(curves, key) {
    this.curves = curves
    this.figure = document.createElement("figure")
    this.figure.dataset.curve = key
    this.figure.innerHTML = "<figcaption><b></b><span class='unit'></span><div class='readout'></div></figcaption>"
    this.svg = this.figure.appendChild(document.createElementNS(SVG, "svg"))
    this.svg.setAttribute("role", "img")
    curves.grid.append(this.figure)
    this.svg.addEventListener("pointerdown", (event) => this.press(event))
    this.svg.addEventListener("pointermove", (event) => this.move(event))
    this.svg.addEventListener("pointerup", (event) => this.release(event))
    this.svg.addEventListener("pointercancel", () => (this.drag = null))
    this.svg.addEventListener("pointerleave", () => this.curves.point(null))
    this.svg.addEventListener("dblclick", () => this.curves.zoom(null))
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
  }

  // -- pointing ----------------------------------------------------------------------------------------------------

  stepAt(event) {
    const [from, to] = this.curves.span
    const x = event.clientX - this.svg.getBoundingClientRect().left
    const share = (x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)
    return from + Math.max(0, Math.min(1, share)) * (to - from)
  }

  press(event) {
    if (event.button !== 0) return
    this.svg.setPointerCapture(event.pointerId)
    this.drag = { from: this.stepAt(event), x: event.clientX }
  }

  move(event) {
    if (this.drag) this.drag.to = this.stepAt(event)
    this.curves.point(this.stepAt(event))
  }

  release(event) {
    const drag = this.drag
    this.drag = null
    if (drag && Math.abs(event.clientX - drag.x) > 6) {
      const to = this.stepAt(event)
      this.curves.zoom([Math.min(drag.from, to), Math.max(drag.from, to)])
    } else this.curves.draw()
  }

  wheel(event) {
    if (!(event.ctrlKey || event.shiftKey)) return // the bare wheel scrolls the page
    event.preventDefault()
    this.curves.scale(Math.exp((event.deltaY || event.deltaX) * 0.002), this.stepAt(event))
  }

  // -- drawing -----------------------------------------------------------------------------------------------------

  draw() {
    const { title, unit, colour } = this.options
    const caption = this.figure.firstChild
    caption.querySelector("b").textContent = title
    caption.querySelector("b").style.setProperty("--concept", colour)
    caption.querySelector(".unit").textContent = unit

    this.width = this.svg.clientWidth || this.figure.clientWidth
    const [from, to] = this.curves.span
    const inner = this.width - MARGIN.left - this.rightMargin()
    this.x = (step) => MARGIN.left + ((step - from) / (to - from)) * inner
    const lines = this.options.lines.map((line) => this.points(line))
    const axes = { left: this.axis(lines, "left"), right: this.axis(lines, "right") }

    const parts = []
    this.drawGrid(parts, axes, from, to, inner)
    this.drawMarks(parts, from, to)
    for (const line of lines) this.drawLine(parts, line, axes[line.axis ?? "left"])
    this.drawPointer(parts, from, to)
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`)
    this.svg.setAttribute("aria-label", this.describe(lines))
    this.svg.replaceChildren(...parts)
    this.drawReadout(lines)
  }

  rightMargin() {
    return this.options.lines.some((line) => line.axis === "right") ? 52 : MARGIN.right
  }

  /** A line with its numbers: `all` of them, and the `seen` ones with a neighbour on either side. */
  points(line) {
    const table = this.curves.data.tables[line.table]
    const all = table.step.map((step, i) => [step, table[line.column][i]]).filter((point) => point[1] !== null)
    const [from, to] = this.curves.span
    let first = all.findIndex((point) => point[0] >= from)
    let last = all.findLastIndex((point) => point[0] <= to)
    if (first < 0) first = all.length
    return { ...line, all, inside: all.slice(first, last + 1), seen: all.slice(Math.max(0, first - 1), last + 2) }
  }

  /** Scale of an axis over what is seen: y(value), and its ticks. */
  axis(lines, side) {
    const values = lines.filter((line) => (line.axis ?? "left") === side).flatMap((line) =>
      (line.inside.length ? line.inside : line.seen).map((point) => point[1]))
    if (!values.length) return null
    let low = values.reduce((a, b) => Math.min(a, b))
    let high = values.reduce((a, b) => Math.max(a, b))
    const bottom = HEIGHT - MARGIN.bottom
    const room = bottom - MARGIN.top
    if (this.options.log && low > 0) {
      const spread = Math.max(Math.log(high / low), 0.05)
      const [a, b] = [Math.log(low) - 0.06 * spread, Math.log(high) + 0.06 * spread]
      return { y: (value) => bottom - ((Math.log(value) - a) / (b - a)) * room, ticks: logTicks(Math.exp(a), Math.exp(b)) }
    }
    if (this.options.fromZero) low = Math.min(0, low)
    const spread = high - low || Math.abs(high) || 1
    const [a, b] = [low === 0 ? 0 : low - 0.08 * spread, high + 0.08 * spread]
    return { y: (value) => bottom - ((value - a) / (b - a)) * room, ticks: linearTicks(a, b, 4) }
  }

  drawGrid(parts, axes, from, to, inner) {
    const right = MARGIN.left + inner
    const bottom = HEIGHT - MARGIN.bottom
    for (const tick of axes.left?.ticks ?? []) {
      const y = axes.left.y(tick)
      parts.push(element("line", { class: "grid-line", x1: MARGIN.left, x2: right, y1: y, y2: y }))
      parts.push(element("text", { class: "tick", x: MARGIN.left - 7, y: y + 3.5, "text-anchor": "end" }, short(tick)))
    }
    for (const tick of axes.right?.ticks ?? []) {
      parts.push(element("text", { class: "tick", x: right + 7, y: axes.right.y(tick) + 3.5 }, short(tick)))
    }
    for (const tick of linearTicks(from, to, inner / 80)) {
      if (tick !== Math.round(tick)) continue
      const anchor = this.x(tick) > right - 18 ? "end" : "middle"
      parts.push(element("text", { class: "tick", x: this.x(tick), y: HEIGHT - 6, "text-anchor": anchor }, count(tick)))
    }
    parts.push(element("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }))
  }

  drawMarks(parts, from, to) {
    for (const mark of this.curves.data.marks.filter((m) => m.step >= from && m.step <= to)) {
      const x = this.x(mark.step)
      const line = element("line", { class: "mark", x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom })
      line.style.stroke = mark.colour
      parts.push(line)
      if (!this.options.labelsMarks) continue
      const anchor = x > this.width / 2 ? "end" : "start"
      const shift = anchor === "end" ? -4 : 4
      const label = element("text", { class: "mark-label", x: x + shift, y: MARGIN.top + 8, "text-anchor": anchor }, mark.label)
      parts.push(label)
    }
  }

  drawLine(parts, line, axis) {
    if (!axis || !line.seen.length) return
    const left = MARGIN.left - DOT
    const width = Math.max(1, this.width - left - this.rightMargin() + DOT)
    const clip = element("svg", { x: left, y: 0, width, height: HEIGHT, viewBox: `${left} 0 ${width} ${HEIGHT}` })
    const at = line.seen.map(([step, value]) => [this.x(step), axis.y(value)])
    const path = element("path", { class: line.before ? `${line.style} before` : line.style, d: "M" + at.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L") })
    path.style.stroke = line.colour
    path.dataset.points = line.all.length
    clip.append(path)
    if (line.style === "points" || line.seen.length === 1) {
      for (const [x, y] of at) {
        const dot = element("circle", { cx: x, cy: y, r: line.style === "points" ? DOT : 2 })
        dot.style.fill = line.colour
        clip.append(dot)
      }
    }
    parts.push(clip)
  }

  drawPointer(parts, from, to) {
    const top = MARGIN.top
    const height = HEIGHT - MARGIN.bottom - top
    if (this.drag?.to !== undefined) {
      const [a, b] = [this.x(this.drag.from), this.x(this.drag.to)].sort((p, q) => p - q)
      parts.push(element("rect", { class: "selection", x: a, y: top, width: b - a, height }))
    }
    const step = this.curves.pointed
    if (step !== null && step >= from && step <= to) {
      parts.push(element("line", { class: "pointer", x1: this.x(step), x2: this.x(step), y1: top, y2: top + height }))
    }
  }

  /** The legend, with the numbers under the pointer, or the newest. */
  drawReadout(lines) {
    const readout = this.figure.querySelector(".readout")
    readout.replaceChildren(...lines.filter((line) => line.all.length && !line.before).map((line) => {
      const entry = document.createElement("span")
      const sample = element("svg", { viewBox: "0 0 18 8", width: 18, height: 8 })
      const stroke = element("path", { class: line.style, d: "M0 4L18 4" })
      stroke.style.stroke = line.colour
      sample.append(stroke)
      if (line.style === "points") {
        const dot = element("circle", { cx: 9, cy: 4, r: DOT })
        dot.style.fill = line.colour
        sample.append(dot)
      }
      const value = nearest(line.all, this.curves.pointed)[1]
      const number = document.createElement("output")
      number.textContent = short(value) + (line.second ? ` (${short(value * line.second.factor)} ${line.second.unit})` : "")
      entry.append(sample, `${line.label} `, number)
      return entry
    }))
  }

  describe(lines) {
    const newest = lines.filter((line) => line.all.length && !line.before).map((line) => `${line.label} ${short(line.all.at(-1)[1])}`)
    return `${this.options.title}, ${this.options.unit}: ${newest.join(", ") || "no measurement yet"}`
  }
}

function element(name, attributes, text) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  if (text !== undefined) node.textContent = text
  return node
}

function nearest(points, step) {
  if (step === null) return points.at(-1)
  let [low, high] = [0, points.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (points[middle][0] > step) high = middle
    else low = middle
  }
  return Math.abs(points[low][0] - step) <= Math.abs(points[high][0] - step) ? points[low] : points[high]
}

/** About `wanted` round numbers from low to high. */
function linearTicks(low, high, wanted) {
  const raw = (high - low) / Math.max(1, wanted)
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw)
  const ticks = []
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)))
  return ticks
}

/** 1, 2, 5 of each decade, or linear ticks where fewer than two of these fit. */
function logTicks(low, high) {
  const ticks = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const m of [1, 2, 5]) {
      const tick = Number((m * 10 ** power).toPrecision(3))
      if (tick >= low && tick <= high) ticks.push(tick)
    }
  }
  for (let wanted = 3; ticks.length < 2 && wanted < 7; wanted++) ticks.splice(0, Infinity, ...linearTicks(low, high, wanted))
  return ticks
}

const short = (value) => {
  if (value === 0) return "0"
  const size = Math.abs(value)
  return size >= 1e-4 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(1).replace("e+", "e").replace(".0e", "e")
}

const count = (value) => value.toLocaleString("en")
