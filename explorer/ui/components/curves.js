// Curves that grow: one SVG a panel, drawn anew in place, so that zoom and nodes survive every new measurement.
// All panels share the horizontal axis: zoom and cross-hair in one move all.

import { axes, clearance, dot, entry, labelled, linear, linearTicks, logarithmic, pane, short, stroke, through, tickText } from "./shared/axes.js"
import { html, svg } from "./shared/dom.js"
import { Ear } from "./shared/hear.js"
import { meaning } from "./shared/keys.js"
import { onShownStep, shownStep } from "./shared/shown_step.js"
import { explain, term } from "./shared/terms.js"
import { extent, unitPixels } from "./shared/unit.js"

const HEIGHT = 190
const MARGIN = { left: 52, right: 14, top: 10, bottom: 22 }
const BOTTOM = HEIGHT - MARGIN.bottom // where the axis of steps lies, pixels from a panel's top
const LABEL_ROWS = [8, 21, 34] // pixels below a panel's top margin, where labels of marks stand
const DOT = 3 // radius of a point, pixels
const SMALLEST_WINDOW = 1e-3 // share of the run that can be zoomed into

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".curves")
  root.curves ??= new Curves(root)
  root.curves.update(data)
  return () => root.curves.leave()
}

class Curves {
  constructor(root) {
    this.root = root
    this.window = null // [from, to] while zoomed
    this.pointed = null // step under the pointer
    this.panels = new Map()
    this.sources = new Map() // topic -> Source
    this.grid = root.querySelector(".grid")
    this.reset = root.querySelector("button")
    this.reset.onclick = () => this.zoom(null)
    root.addEventListener("keydown", (event) => this.press(event))
    onShownStep(() => this.draw())
    new ResizeObserver(() => this.draw()).observe(this.grid)
  }

  update(data) {
    this.data = data = { ...data, tables: structuredClone(data.tables) } // rows are added to them
    if (data.subject !== this.subject) {
      this.subject = data.subject
      this.window = null
    }
    this.whole = [0, 1]
    for (const { step } of Object.values(data.tables)) if (step.length) this.reach(step[0], step.at(-1))
    this.root.querySelector(".ancestors").hidden = this.whole[0] === 0
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
    const gone = new Set(this.sources.keys())
    for (const source of data.sources) {
      if (!gone.delete(source.topic)) this.sources.set(source.topic, new Source(this))
      this.sources.get(source.topic).drawn(source)
    }
    for (const topic of gone) this.forget(topic)
  }

  forget(topic) {
    this.sources.get(topic).ear.leave()
    this.sources.delete(topic)
  }

  leave() {
    for (const topic of this.sources.keys()) this.forget(topic)
  }

  reach(...steps) {
    this.whole = [Math.min(this.whole[0], ...steps), Math.max(this.whole[1], ...steps)]
  }

  /** More of a table. */
  add(name, row) {
    const table = this.data.tables[name]
    if (!table) return
    for (const [column, values] of Object.entries(table)) values.push(row[column] ?? null)
    this.reach(row.step)
    const { mostPoints } = this.data
    if (table.step.length > 2 * mostPoints) this.data.tables[name] = thin(table, mostPoints)
  }

  /** Draw at the screen's next frame, however much comes until then. */
  drawSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      this.draw()
    })
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
    const action = meaning(event, actions)
    if (!action) return
    event.stopPropagation()
    action()
  }

  point(step) {
    this.pointed = step
    this.draw()
  }
}

/** A run that goes on: what comes after the rows that were drawn. */
class Source {
  ear = new Ear((...news) => this.hear(...news))

  constructor(curves) {
    this.curves = curves
  }

  drawn(source) {
    Object.assign(this, { source, known: source.rows })
    this.ear.drawn(source.topic, source.rows)
  }

  hear({ begun, marks }, rows, from) {
    if (typeof begun === "number" && begun !== this.begun) {
      const anew = this.begun !== undefined
      this.begun = begun
      if (anew && begun === this.source.begun) return this.drawn(this.source) // the page knew before we did
    }
    if (this.begun !== this.source.begun) return // other rows were drawn; the page is being drawn anew
    const news = from <= this.known ? rows.slice(this.known - from) : []
    for (const row of news) if (row.table in this.source.tables) this.curves.add(this.source.tables[row.table], row)
    this.known += news.length
    if (marks && this.curves.data.ownMarks) this.curves.data.ownMarks = marks
    if (news.length || marks) this.curves.drawSoon()
  }
}

class Panel {
  constructor(curves, key) {
    this.curves = curves
    this.caption = { title: html("b"), unit: html("span", { class: "unit" }), readout: html("div", { class: "readout" }) }
    this.svg = svg("svg", { role: "img" })
    this.figure = html("figure", { "data-curve": key }, html("figcaption", {}, ...Object.values(this.caption)), this.svg)
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
    const x = (event.clientX - this.svg.getBoundingClientRect().left) / unitPixels()
    const share = (x - MARGIN.left) / (this.width - MARGIN.left - this.rightMargin())
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
    this.name(title, unit)
    this.caption.title.style.setProperty("--concept", colour)
    this.width = extent(this.svg)[0] || extent(this.figure)[0]
    const [from, to] = this.curves.span
    const frame = { left: MARGIN.left, right: this.width - this.rightMargin(), bottom: BOTTOM, height: HEIGHT }
    this.x = linear(from, to, frame.left, frame.right)
    const lines = this.options.lines.map((line) => this.points(line))
    const scales = { left: this.scale(lines, "left"), right: this.scale(lines, "right") }
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`)
    this.svg.setAttribute("aria-label", this.describe(lines))
    const { marks: others, ownMarks } = this.curves.data
    const marks = [...others, ...(ownMarks ?? [])].filter(({ step }) => step >= from && step <= to)
    this.svg.replaceChildren(
      ...this.grid(frame, scales),
      ...marks.map((mark) => this.mark(mark)),
      ...lines.flatMap((line) => this.line(line, scales[line.axis ?? "left"])),
      ...(this.options.labelsMarks ? this.markLabels(marks) : []), // above all lines
      ...this.pointer(from, to),
    )
    this.drawReadout(lines)
  }

  /** Title and unit; nodes of words that are explained stay as long as these do. */
  name(title, unit) {
    if (this.named === title + unit) return
    this.named = title + unit
    const { terms } = this.options
    this.words = terms ? { kl: term(terms, "kl", title), nat: term(terms, "nat", "nats") } : {}
    this.caption.title.replaceChildren(this.words.kl ?? title)
    this.caption.unit.replaceChildren(...(terms ? [this.words.nat, unit.slice("nats".length)] : [unit]))
  }

  /** Explain words with what the last line comes to that says it for an image, too. */
  explain(lines, at) {
    const line = lines.findLast((each) => each.all.length && each.second && !each.ancestral)
    if (!line) return
    const value = nearest(line.all, at)[1]
    const nats = value * line.second.factor
    const numbers = { nats: short(nats), bits: short(nats / Math.LN2), amount: `${short(value)} nats a dimension, ${short(nats)} an image` }
    for (const word of Object.values(this.words)) explain(word, this.options.terms, numbers)
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

  /** Scale of an axis over what is seen. */
  scale(lines, side) {
    const values = lines.filter((line) => (line.axis ?? "left") === side).flatMap((line) =>
      (line.inside.length ? line.inside : line.seen).map((point) => point[1]))
    if (!values.length) return null
    let low = values.reduce((a, b) => Math.min(a, b))
    const high = values.reduce((a, b) => Math.max(a, b))
    if (this.options.log && low > 0) {
      const room = Math.exp(0.06 * Math.max(Math.log(high / low), 0.05))
      return logarithmic(low / room, high * room, BOTTOM, MARGIN.top)
    }
    if (this.options.fromZero) low = Math.min(0, low)
    const room = 0.08 * (high - low || Math.abs(high) || 1)
    return linear(low === 0 ? 0 : low - room, high + room, BOTTOM, MARGIN.top)
  }

  grid(frame, { left, right }) {
    const [from, to] = this.curves.span
    const steps = linearTicks(from, to, (frame.right - frame.left) / 80).filter(Number.isInteger)
    const x = steps.map((step) => ({ at: this.x(step), words: step.toLocaleString("en"), anchor: this.x(step) > frame.right - 18 ? "end" : "middle" }))
    return [
      ...axes(frame, { y: left ? labelled(left, left.ticks()) : [], x }),
      ...(right ? labelled(right, right.ticks()) : []).map(({ at, words }) => tickText(frame.right + 7, at + 3.5, words, "start")),
    ]
  }

  mark({ step, colour }) {
    const line = svg("line", { class: "mark", x1: this.x(step), x2: this.x(step), y1: MARGIN.top, y2: BOTTOM })
    line.style.stroke = colour
    return line
  }

  /** Words beside marks, in a row of their own where they would lie on each other. */
  markLabels(marks) {
    const clear = clearance()
    return marks.map(({ step, label }) => {
      const x = this.x(step)
      const side = x > this.width / 2 ? -1 : 1
      const row = LABEL_ROWS.find((y) => clear(x + side * (4 + 4 * label.length), y, label)) ?? LABEL_ROWS.at(-1)
      return svg("text", { class: "mark-label", x: x + side * 4, y: MARGIN.top + row, "text-anchor": side < 0 ? "end" : "start" }, label)
    })
  }

  line(line, scale) {
    if (!scale || !line.seen.length) return []
    const left = MARGIN.left - DOT
    const inside = pane(left, 0, Math.max(1, this.width - left - this.rightMargin() + DOT), HEIGHT)
    const at = line.seen.map(([step, value]) => [this.x(step), scale(value)])
    const path = svg("path", { class: line.ancestral ? `${line.style} ancestral` : line.style, d: through(at), "data-points": line.all.length })
    path.style.stroke = line.colour
    inside.append(path)
    if (line.style === "points" || at.length === 1) {
      inside.append(...at.map(([cx, cy]) => this.dot(line, svg("circle", { cx, cy, r: line.style === "points" ? DOT : 2 }))))
    }
    return [inside]
  }

  dot(line, circle) {
    circle.style.fill = line.colour
    return circle
  }

  pointer(from, to) {
    const found = []
    if (this.drag?.to !== undefined) {
      const [a, b] = [this.x(this.drag.from), this.x(this.drag.to)].toSorted((p, q) => p - q)
      found.push(svg("rect", { class: "selection", x: a, y: MARGIN.top, width: b - a, height: BOTTOM - MARGIN.top }))
    }
    const shown = shownStep(this.curves.subject)
    if (shown !== null && shown >= from && shown <= to) {
      found.push(svg("line", { class: "shown-step", x1: this.x(shown), x2: this.x(shown), y1: MARGIN.top, y2: BOTTOM }))
    }
    const step = this.curves.pointed
    if (step !== null && step >= from && step <= to) {
      found.push(svg("line", { class: "pointer", x1: this.x(step), x2: this.x(step), y1: MARGIN.top, y2: BOTTOM }))
    }
    return found
  }

  /** The legend, with the numbers under the pointer, at the step whose pictures are shown, or the newest. */
  drawReadout(lines) {
    const at = this.curves.pointed ?? shownStep(this.curves.subject)
    const now = Math.round(at ?? this.curves.whole[1])
    this.explain(lines, at)
    this.caption.readout.replaceChildren(...lines.filter((line) => line.all.length && !line.ancestral).map((line) => {
      const sample = stroke(line.style)
      sample.style.stroke = line.colour
      const shapes = line.style === "points" ? [sample, this.dot(line, dot("", DOT))] : [sample]
      const [step, value] = nearest(line.all, at)
      const second = line.second ? ` (${short(value * line.second.factor)} ${line.second.unit})` : ""
      const older = step === now ? "" : ` at step ${step.toLocaleString("en")}`
      return entry(shapes, `${line.label} `, html("output", {}, short(value) + second + older))
    }))
  }

  describe(lines) {
    const newest = lines.filter((line) => line.all.length && !line.ancestral).map((line) => `${line.label} ${short(line.all.at(-1)[1])}`)
    return `${this.options.title}, ${this.options.unit}: ${newest.join(", ") || "no measurement yet"}`
  }
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

/** At most so many rows, which keep the line's outline: as curves.thin in Python, which says how. */
function thin(table, most) {
  const { step, total } = table
  const kept = [0]
  const stretches = (most - 2) >> 1
  const inner = step.length - 2
  for (let i = 0; i < stretches; i++) {
    const stretch = []
    for (let j = 1 + Math.floor((i * inner) / stretches); j < 1 + Math.floor(((i + 1) * inner) / stretches); j++) stretch.push(j)
    const broken = stretch.filter((j) => total[j] === null).slice(0, 2)
    const by = (better) => stretch.reduce((a, b) => (better(total[b], total[a]) ? b : a))
    const ends = broken.length ? broken : [by((a, b) => a < b), by((a, b) => a > b)]
    kept.push(...[...new Set(ends)].toSorted((a, b) => a - b))
  }
  kept.push(step.length - 1)
  return Object.fromEntries(Object.entries(table).map(([column, values]) => [column, kept.map((j) => values[j])]))
}
