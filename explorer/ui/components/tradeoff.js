// Beta under one slider: reconstructions, the place on the curve of rate and distortion, numbers, and the KL of each
// dimension, all drawn in the same frame. Pictures are cut from one sprite sheet: a row an image, its original first,
// then a decoded frame a stop. Between two stops it is a mixture of both; at rest it is always a decoded frame. The
// server hears of beta when the hand lets go, and of a dot when it is chosen. Dots come through dots.js.

import { aroundAll, axes, clearance, dot, entry, labelled, linear, pane, stroke, through } from "./shared/axes.js"
import { canvas, html, svg } from "./shared/dom.js"
import { decoded, Player, Sheet, Sheets } from "./shared/film.js"
import { meaning } from "./shared/keys.js"

const ONE_WAY_MS = 5200
const GLIDE_MS = 450 // that the slider takes to the stop of a lesson
const DECADE = 10 // stops from one beta to ten times as much
const MARGIN = { left: 46, right: 16, top: 14, bottom: 36 }
const BARS = { left: 34, top: 8, bottom: 8 } // pixels of room around the bars of KL
const ROOM = 0.06 // of a decade, that an axis goes on beyond its first and last point
const FEW_NATS = 0.5 // an image; fewer are drawn as if so many: a collapsed model has 0, which no logarithmic axis shows
const MARKS = ["M-5-5H5V5H-5Z", "M0-7L7 0L0 7L-7 0Z"] // a square for the notebook's beta, a diamond where it is calibrated
const OTHERS = { beta: "trained at one beta", spatial: "the same, spatial latent", codes: "VQ-VAE", latent: "yours" }
const TRACK = "rgb(128 128 128 / 20%)"

export default function ({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".tradeoff")
  const view = (parentElement.tradeoff ??= new Tradeoff(host, data.at))
  view.tell = setStateValue
  view.arrive()
  view.show(data)
  return () => view.leave()
}

class Tradeoff {
  constructor(host, at) {
    this.host = host
    const find = (selector) => host.querySelector(selector)
    this.pairs = find(".pairs")
    this.chosenLabel = find(".labels .chosen")
    this.stops = find(".stops")
    this.buttons = find(".buttons")
    this.words = find(".lessons p")
    this.facts = find(".facts")
    this.bars = find(".bars canvas")
    this.lit = find(".bars output")
    this.metricButtons = [...host.querySelectorAll("[data-metric]")]
    for (const button of this.metricButtons) button.onclick = () => this.measureBy(button.dataset.metric)
    this.plane = new Plane(host, (id) => this.choose(id))
    this.sheets = new Sheets()
    this.player = new Player(host, {
      oneWayMs: ONE_WAY_MS,
      draw: (...place) => this.draw(...place),
      rest: (stop) => this.tell("at", this.data.stops[stop].value),
    })
    this.player.slider.value = at
    this.hear = () => this.takeDots()
    this.resized = new ResizeObserver(() => this.resize())
  }

  arrive() {
    const channel = (window.besideTheCurve ??= new EventTarget())
    channel.addEventListener("change", this.hear)
    this.resized.observe(this.host)
  }

  leave() {
    this.player.leave()
    window.besideTheCurve.removeEventListener("change", this.hear)
    this.resized.disconnect()
  }

  async show(data) {
    const sheet = await this.sheets.open(data)
    if (!sheet) return this.resize() // for the theme, which may have changed
    this.data = data
    this.sheet = sheet
    this.drawnStop = null
    this.lay()
    this.plane.show(data)
    this.takeDots()
    this.resize()
    this.player.load(data.stops.length, DECADE)
    this.host.dataset.version = data.version
  }

  lay() {
    const { names, cell, stops, facts, lessons } = this.data
    this.pairs.style.setProperty("--images", names.length)
    this.moving = names.map((name) => canvas(cell, `Reconstruction of ${name}`))
    this.pairs.replaceChildren(
      ...names.map((name, i) => {
        const original = canvas(cell, name)
        this.sheet.draw(original, i, 0)
        return html("div", { class: "pair" }, original.canvas, this.moving[i].canvas)
      }),
    )
    this.stops.replaceChildren(
      ...stops.flatMap(({ beta }, i) => (i % DECADE ? [] : [html("span", { style: `left: ${(100 * i) / (stops.length - 1)}%` }, beta)])),
    )
    this.factNodes = facts.map(() => [html("b"), html("small")])
    this.facts.replaceChildren(
      ...facts.map(({ name, colour }, i) => html("div", { style: `--concept: var(--${colour})` }, html("span", {}, name), ...this.factNodes[i])),
    )
    this.lessonButtons = lessons.map((lesson) => {
      const button = html("button", { type: "button" }, lesson.name)
      button.onclick = () => {
        this.lesson = lesson
        this.teach()
        this.player.glide(lesson.stop, GLIDE_MS)
      }
      return button
    })
    this.buttons.replaceChildren(...this.lessonButtons)
    this.lesson &&= lessons.find((one) => one.name === this.lesson.name) // the same lesson, whose words may be of other images now
    this.row = null // canvases of a chosen model went with the others
    this.layRow()
  }

  // -- what moves with the slider --------------------------------------------------------------------------------

  draw(before, share, nearest) {
    this.moving.forEach((context, i) => this.sheet.mix(context, i, 1 + before, share))
    this.plane.place(before, share)
    this.drawBars(before, share)
    if (nearest !== this.drawnStop) this.write((this.drawnStop = nearest))
    if (!share) this.pairs.dataset.version = `${this.data.version}-${before}` // exactly this frame, and no mixture
  }

  write(nearest) {
    const stop = this.data.stops[nearest]
    stop.facts.forEach(([number, more], i) => {
      this.factNodes[i][0].textContent = number
      this.factNodes[i][1].textContent = more
    })
    this.lit.textContent = stop.lit
    this.bars.setAttribute("aria-label", `KL of each dimension: ${stop.lit}`)
    this.player.slider.setAttribute("aria-valuetext", `beta ${stop.beta}`)
    this.teach()
  }

  /** The words of the lesson that was asked for last; paler where the slider has moved on. */
  teach() {
    const { lessons } = this.data
    this.lesson ??= lessons.find((one) => one.stop === this.drawnStop)
    const there = this.lesson?.stop === this.drawnStop
    this.lessonButtons.forEach((button, i) => button.setAttribute("aria-pressed", there && lessons[i] === this.lesson))
    this.words.classList.toggle("away", !there)
    if (this.taught === this.lesson) return
    this.taught = this.lesson
    this.words.replaceChildren(html("b", {}, `${this.lesson.name}. `), this.lesson.words)
  }

  drawBars(before, share) {
    const { stops, most, in_use_nats: threshold } = this.data
    const context = this.bars.getContext("2d")
    const { width, height, ratio } = this.barsSize ?? {}
    if (!width) return
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const bottom = height - BARS.bottom
    const y = linear(0, most, bottom, BARS.top)
    const from = stops[before].kl
    const to = stops[Math.min(before + 1, stops.length - 1)].kl
    const pitch = (width - BARS.left) / from.length
    context.fillStyle = this.ink
    context.font = `11px ${this.font}`
    context.textAlign = "right"
    for (const { at, words } of labelled(y, y.ticks())) {
      context.globalAlpha = 0.7
      context.fillText(words, BARS.left - 7, at + 4)
      context.globalAlpha = 0.12
      context.fillRect(BARS.left, at, width - BARS.left, 1)
    }
    context.globalAlpha = 1
    const bar = Math.max(0.75, pitch * 0.78)
    from.forEach((nats, i) => {
      const now = nats + (to[i] - nats) * share
      const dark = now <= threshold // not in use: a mark where its bar would be
      const high = dark ? 2 : Math.max(3, bottom - y(now))
      context.fillStyle = dark ? TRACK : this.kl
      context.fillRect(BARS.left + i * pitch, bottom - high, bar, high)
    })
  }

  resize() {
    if (!this.data) return
    const { clientWidth: width, clientHeight: height } = this.bars
    const ratio = window.devicePixelRatio || 1
    this.barsSize = { width, height, ratio }
    this.bars.width = Math.round(width * ratio)
    this.bars.height = Math.round(height * ratio)
    const style = getComputedStyle(this.host)
    this.ink = style.color
    this.font = style.fontFamily
    this.kl = style.getPropertyValue("--kl")
    this.plane.draw()
    this.player.redraw()
  }

  // -- dots ------------------------------------------------------------------------------------------------------

  takeDots() {
    const beside = window.besideTheCurve?.latest
    if (!beside || !this.data) return
    if (this.asked === undefined || this.asked === beside.chosen) {
      this.asked = undefined // answered
      this.chosen = beside.chosen
      this.row = beside.row
      this.layRow()
    }
    this.plane.setDots(beside.dots, this.chosen)
  }

  choose(id) {
    this.asked = this.chosen = id === this.chosen ? "" : id
    this.row = null
    this.layRow()
    this.plane.press(this.chosen)
    this.tell("chosen", this.chosen)
  }

  async layRow() {
    const row = this.row
    if (row && row.version === this.laid && this.pairs.querySelector(".third")) return
    this.laid = row?.version
    this.pairs.querySelectorAll(".third").forEach((old) => old.remove())
    this.chosenLabel.replaceChildren()
    if (!row) return
    const { cell, names } = this.data
    const strip = new Sheet(await decoded(row.strip), cell)
    if (this.row !== row) return
    this.pairs.querySelectorAll(".third").forEach((old) => old.remove())
    names.forEach((name, i) => {
      const third = canvas(cell, `${row.label}: ${name}`)
      third.canvas.className = "third"
      strip.draw(third, 0, i)
      this.pairs.children[i].append(third.canvas)
    })
    this.chosenLabel.replaceChildren(row.label, " ", html("small", {}, row.note))
  }

  measureBy(metric) {
    for (const button of this.metricButtons) button.setAttribute("aria-pressed", button.dataset.metric === metric)
    this.plane.metric = metric
    this.resize()
  }
}

/** The plane of rate and distortion. Nodes of dots stay as long as their models do, so that focus and motion do too. */
class Plane {
  constructor(host, choose) {
    this.metric = "mse"
    this.choose = choose
    this.svg = host.querySelector(".plane .drawing > svg")
    this.legend = host.querySelector(".plane .legend")
    this.here = host.querySelector(".here")
    this.tip = host.querySelector(".tip")
    this.ground = this.svg.appendChild(svg("g"))
    this.nodes = new Map()
    this.dots = []
  }

  show(data) {
    this.data = data
  }

  setDots(dots, chosen) {
    this.dots = dots
    for (const [id, node] of this.nodes) {
      if (dots.some((other) => other.id === id)) continue
      node.remove()
      this.nodes.delete(id)
    }
    for (const model of dots) {
      if (!this.nodes.has(model.id)) this.nodes.set(model.id, this.node())
      const node = this.nodes.get(model.id)
      node.model = model
      node.setAttribute("class", `dot ${model.elsewhere ? "elsewhere" : ""} ${model.active ? "moving-on" : ""} ${model.pictures ? "" : "mute"}`)
      node.style.setProperty("--concept", `var(--${model.colour})`)
      node.setAttribute("aria-label", lines(model).join(", "))
      node.label.textContent = ["beta", "latent"].includes(model.colour) ? model.beta : ""
    }
    this.press(chosen)
    this.draw()
  }

  node() {
    const node = svg("g", { tabindex: 0, role: "button" }, svg("circle", { class: "ring", r: 11 }), svg("circle", { class: "face", r: 6 }))
    node.label = node.appendChild(svg("text", { class: "tick", "text-anchor": "end", x: -8, y: 14 }))
    const point = () => this.explain(node)
    const go = () => node.model.pictures && this.choose(node.model.id)
    node.onpointerenter = node.onfocus = point
    node.onpointerleave = node.onblur = () => (this.tip.hidden = true)
    node.onclick = go
    node.onkeydown = (event) => meaning(event, { Enter: go, " ": go })?.()
    this.svg.append(node)
    return node
  }

  press(chosen) {
    for (const [id, node] of this.nodes) node.setAttribute("aria-pressed", id === chosen)
  }

  explain(node) {
    const [title, ...rest] = lines(node.model)
    const more = node.model.pictures ? "Click to see its pictures." : "No weights to look at yet."
    this.tip.replaceChildren(html("b", {}, title), ...[...rest, more].map((words) => html("span", {}, words)))
    this.tip.hidden = false
    const { x, y } = this.at(node.model.nats, node.model.mse)
    const left = Math.min(Math.max(0, x - this.tip.offsetWidth / 2), this.svg.clientWidth - this.tip.offsetWidth)
    const above = y - this.tip.offsetHeight - 14
    this.tip.style.transform = `translate(${left}px, ${above > -40 ? above : y + 16}px)`
  }

  at(nats, mse) {
    return { x: this.x(Math.max(nats, FEW_NATS)), y: this.y(mse) }
  }

  /** Between two stops of the curve. */
  place(before, share) {
    this.placed = [before, share]
    if (!this.points) return
    const from = this.points[before]
    const to = this.points[Math.min(before + 1, this.points.length - 1)]
    const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share]
    this.here.style.transform = `translate(${x}px, ${y}px)`
  }

  draw() {
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight]
    if (!this.data || !width) return
    const { curve, frontier, floor, marks } = this.data
    const frame = { left: MARGIN.left, right: width - MARGIN.right, bottom: height - MARGIN.bottom, height }
    const others = this.dots.filter(({ mse }) => mse > 0)
    const rates = [...curve.map(([nats]) => nats), ...others.map(({ nats }) => nats)]
    const errors = [...curve.map(([, mse]) => mse), ...others.map(({ mse }) => mse), ...(floor ? [floor.mse] : [])]
    const down = this.metric === "mse"
    this.x = aroundAll(rates.map((nats) => Math.max(nats, FEW_NATS)), ROOM, frame.left, frame.right)
    this.y = aroundAll(errors, ROOM, ...(down ? [frame.bottom, MARGIN.top] : [MARGIN.top, frame.bottom]))
    const ticks = { y: down ? labelled(this.y, this.y.ticks(20)) : decibels(this.y), x: labelled(this.x, this.x.ticks(42)) }
    const inside = pane(frame.left, 0, frame.right - frame.left, frame.bottom)
    const line = (name, points) => {
      const seen = points.filter(([nats, mse]) => nats > 0 && mse > 0).map(([nats, mse]) => [this.x(nats), this.y(mse)])
      if (seen.length) inside.append(svg("path", { class: `line ${name}`, d: through(seen) }))
    }
    line("frontier", frontier)
    if (floor) inside.append(svg("line", { class: "line floor", x1: frame.left, x2: frame.right, y1: this.y(floor.mse), y2: this.y(floor.mse) }))
    line("curve", curve.map(([nats, mse]) => [Math.max(nats, FEW_NATS), mse]))
    const signs = marks.map((mark, i) => {
      const { x, y } = this.at(mark.nats, mark.mse)
      return svg("path", { class: "mark", d: MARKS[i], transform: `translate(${x} ${y})` })
    })
    this.ground.replaceChildren(...axes(frame, { ...ticks, title: "rate, nats an image (log scale)" }), inside, ...signs)
    for (const node of this.nodes.values()) {
      const { x, y } = this.at(node.model.nats, node.model.mse)
      node.style.transform = `translate(${x}px, ${y}px)`
      node.label.setAttribute("y", down ? 15 : -8)
      const narrow = x - MARGIN.left < 9 * node.label.textContent.length + 8 // else it would lie on the axis's own
      node.label.setAttribute("x", narrow ? 8 : -8)
      node.label.setAttribute("text-anchor", narrow ? "start" : "end")
    }
    this.thinLabels()
    this.points = curve.map(([nats, mse]) => this.at(nats, mse))
    if (this.placed) this.place(...this.placed)
    this.explainLines()
  }

  /** Where labels would lie on each other, the first stays: those of shipped models come first. */
  thinLabels() {
    const clear = clearance()
    for (const { label, style } of this.nodes.values()) {
      if (!label.textContent) continue
      const [x, y] = style.transform.match(/-?[\d.]+/g).map(Number)
      label.style.display = clear(x, y, label.textContent) ? "" : "none"
    }
  }

  explainLines() {
    const { frontier, floor, where, marks } = this.data
    const entries = [entry([stroke("line curve")], `this model at every beta, ${where}`)]
    if (frontier.length) entries.push(entry([stroke("line frontier")], "linear VAE"))
    if (floor) entries.push(entry([stroke("line floor")], floor.label))
    marks.forEach((mark, i) => entries.push(entry([svg("path", { class: "mark", d: MARKS[i], transform: "translate(9 5) scale(0.8)" })], mark.label)))
    for (const [colour, words] of Object.entries(OTHERS)) {
      if (this.dots.some((model) => model.colour === colour)) entries.push(entry([face(colour)], words))
    }
    if (this.dots.some((model) => model.elsewhere)) entries.push(entry([face("latent", true)], "on other images"))
    this.legend.replaceChildren(...entries)
  }
}

function lines({ title, beta, rate, error, where }) {
  const named = `beta ${beta}`
  return [title, ...(!beta || title.includes(named) ? [] : [named]), rate, error, where]
}

/** The sample of a dot in a legend. */
function face(colour, hollow = false) {
  const group = svg("g", { class: hollow ? "dot elsewhere" : "dot" }, dot("face"))
  group.style.setProperty("--concept", `var(--${colour})`)
  return group
}

/** Ticks in dB on a scale of squared errors. */
function decibels(scale) {
  const steps = Array.from({ length: 31 }, (_, i) => 2 * i)
  const errors = steps.map((db) => ({ mse: 10 ** (-db / 10), words: `${db} dB` }))
  return errors.filter(({ mse }) => scale.inside(mse)).map(({ mse, words }) => ({ at: scale(mse), words }))
}
