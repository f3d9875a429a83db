// The plane of rate and distortion: the model's curve, what there is to compare it with, and other models as dots.

import { aroundAll, axes, dot, entry, labelled, pane, spot, through } from "../shared/axes.js"
import { html, svg } from "../shared/dom.js"
import { meaning } from "../shared/keys.js"
import { Roving } from "../shared/roving.js"
import { extent, inUnits, unitPixels } from "../shared/unit.js"

const MARGIN = { left: 46, right: 10, top: 8, bottom: 34 }
const ROOM = 0.06 // of a decade, that an axis goes on beyond its first and last point
const FEW_NATS = 0.5 // an image; fewer are drawn as if so many: a collapsed model has 0, which no logarithmic axis shows
const ONE_PLACE = 30 // pixels between dots whose labels, if they are the same, would read as one said twice
const MARKS = ["M-5-5H5V5H-5Z", "M0-7L7 0L0 7L-7 0Z"] // a square for the notebook's beta, a diamond where it is calibrated
const OTHERS = { beta: "trained at one beta", spatial: "spatial latent", codes: "VQ-VAE", linear: "linear VAE", codec: "JPEG, WebP: no net", latent: "yours: validation images" }
const GLYPH = 6 // pixels that a digit of a label takes, at most
const LINE = 12 // pixels that a label is high
const FACE = 8 // pixels from a dot's middle that its face and its edge take
const GRAIN = 3 // pixels from one point of a line that labels keep off to the next

/** The plane of rate and distortion. Nodes of dots stay as long as their models do, so that focus and motion do too. */
export class Plane {
  /**
   * @param choose called with the id of a dot that is chosen
   * @param looked called when another measure is chosen
   */
  constructor(host, choose, looked) {
    this.metric = "mse"
    this.choose = choose
    this.svg = host.querySelector(".plane .drawing > svg")
    this.legend = host.querySelector(".plane .legend")
    this.of = host.querySelector(".plane .of")
    this.here = host.querySelector(".place")
    this.signs = host.querySelector(".signs") // in front of all dots, the moving one too: they'd cover them
    this.tip = host.querySelector(".tip")
    this.ground = this.svg.appendChild(svg("g"))
    this.labels = this.svg.appendChild(svg("g"))
    this.nodes = new Map()
    this.dots = []
    this.roving = new Roving(() => [...this.nodes.values()].toSorted((a, b) => a.model.nats - b.model.nats))
    this.switch = [...host.querySelectorAll("[data-metric]")]
    for (const button of this.switch) button.onclick = () => (this.measureBy(button.dataset.metric), looked())
  }

  show(data) {
    this.data = data
    this.sayWhere()
  }

  sayWhere() {
    this.of.textContent = this.of.title = this.metric === "mse" ? "details: point at a dot" : "PSNR of the mean MSE"
  }

  measureBy(metric) {
    for (const button of this.switch) button.setAttribute("aria-pressed", button.dataset.metric === metric)
    this.metric = metric
    this.sayWhere()
    this.draw()
  }

  setDots(dots, chosen) {
    this.dots = dots
    for (const [id, node] of this.nodes) {
      if (dots.some((other) => other.id === id)) continue
      node.label.remove()
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
    }
    this.press(chosen)
    this.roving.settle(this.nodes.get(chosen))
    this.draw()
  }

  node() {
    const node = svg("g", { role: "button" }, svg("circle", { class: "ring", r: 11 }), svg("circle", { class: "face", r: 6 }))
    node.label = this.labels.appendChild(svg("text", { class: "tick", "text-anchor": "middle" }))
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
    const more = node.model.pictures ? ["Click to see its pictures."] : node.model.colour === "latent" ? ["No weights to look at yet."] : []
    this.tip.replaceChildren(html("b", {}, title), ...[...rest, ...more].map((words) => html("span", {}, words)))
    this.tip.hidden = false
    const { x, y } = this.at(node.model.nats, node.model.mse)
    const [width, height] = [this.tip.offsetWidth, this.tip.offsetHeight].map((pixels) => pixels / unitPixels())
    const left = Math.min(Math.max(0, x - width / 2), extent(this.svg)[0] - width)
    const above = y - height - 14
    this.tip.style.transform = `translate(${inUnits(left)}, ${inUnits(above > -40 ? above : y + 16)})`
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
    this.here.style.transform = `translate(${inUnits(x)}, ${inUnits(y)})`
  }

  draw() {
    const [width, height] = extent(this.svg)
    if (!this.data || !width) return
    for (const drawn of [this.svg, this.signs]) drawn.setAttribute("viewBox", `0 0 ${width} ${height}`)
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
    this.ground.replaceChildren(...axes(frame, { ...ticks, title: "rate, nats an image (log scale)" }), inside)
    this.signs.replaceChildren(...signs)
    for (const node of this.nodes.values()) {
      const { x, y } = this.at(node.model.nats, node.model.mse)
      Object.assign(node, { x, y })
      node.style.transform = `translate(${x}px, ${y}px)`
    }
    this.points = curve.map(([nats, mse]) => this.at(nats, mse))
    this.explainSigns()
    this.label(frame, down)
    if (this.placed) this.place(...this.placed)
  }

  /** Words beside lines and dots, off all lines, dots and other words; where there is no room there are none. */
  label(frame, down) {
    const { frontier, floor, marks } = this.data
    const line = frontier.filter(([nats, mse]) => nats > 0 && mse > 0).map(([nats, mse]) => this.at(nats, mse))
    const taken = [...dense(this.points), ...dense(line)]
    taken.push(...[...this.nodes.values(), ...marks.map(({ nats, mse }) => this.at(nats, mse))].map(({ x, y }) => ({ x, y, half: FACE, high: FACE })))
    if (floor) taken.push(...dense([{ x: frame.left, y: this.y(floor.mse) }, { x: frame.right, y: this.y(floor.mse) }]))
    const bounds = { ...frame, top: 0 }
    const write = (node, words, places) => {
      const found = words && spot(places, words.length * GLYPH, LINE, taken, bounds)
      node.style.display = found ? "" : "none"
      if (!found) return
      taken.push(found)
      node.textContent = words
      node.setAttribute("x", found.x)
      node.setAttribute("y", found.y + 4)
    }
    const onLine = (words) => this.ground.appendChild(svg("text", { class: "tick", "text-anchor": "middle" }, words))
    if (floor) {
      const words = floor.label[this.metric]
      const half = (words.length * GLYPH) / 2
      write(onLine(""), words, [-1, 1].map((side) => ({ x: frame.left + half + 2, y: this.y(floor.mse) + side * LINE * 0.7 })))
    }
    const outer = down ? -1 : 1 // the side of a line on which there is nothing
    const beside = (points, side) => [0.6, 1, 1.5].flatMap((far) => [34, 0, -34].flatMap((along) =>
      points.map(({ x, y }) => ({ x: x - side * outer * along, y: y + side * LINE * far }))))
    write(onLine(""), line.length ? "linear VAE" : "", beside(line, outer))
    write(onLine(""), "this model", beside(this.points.toReversed(), -outer))
    const said = []
    // Short ones first: a long one finds room elsewhere, or is what is left out.
    for (const node of [...this.nodes.values()].toSorted((a, b) => a.model.label.length - b.model.label.length)) {
      const twice = said.some(({ model, x, y }) => model.label === node.model.label && Math.hypot(x - node.x, y - node.y) < ONE_PLACE)
      const words = twice ? "" : node.model.label
      said.push(node)
      const aside = FACE + 2 + (words.length * GLYPH) / 2
      const ways = [[-1, 0.6], [0, 1.4], [-1, -0.6], [0, -1.4], [1, 0.6], [1, -0.6], [-1, 0], [1, 0], [0, 2.2], [0, -2.2], [-1.1, 1.4], [1.1, 1.4]]
      write(node.label, words, ways.map(([across, along]) => ({ x: node.x + across * aside, y: node.y + along * LINE })))
    }
  }

  explainSigns() {
    const { frontier, marks, where } = this.data
    const signs = marks.map((mark, i) => entry([svg("path", { class: "mark", d: MARKS[i], transform: "translate(9 5) scale(0.8)" })], mark.label))
    const entries = [entry([lineSample("curve")], `this model, ${where}`), ...signs]
    const hollow = new Set(this.dots.filter((model) => model.elsewhere).map((model) => model.colour))
    for (const [colour, words] of Object.entries(OTHERS)) {
      const some = this.dots.filter((model) => model.colour === colour)
      const line = colour === "linear" && frontier.length ? [lineSample("frontier")] : []
      const faces = some.length ? [face(colour, some.every((model) => model.elsewhere))] : []
      const alone = hollow.size === 1 && hollow.has(colour) ? "; hollow: of other images" : ""
      if (line.length || faces.length) entries.push(entry([...line, ...faces], words + alone))
    }
    if (hollow.size > 1) entries.push(entry([face("", true)], "hollow: of other images than this model's"))
    this.legend.replaceChildren(...entries)
  }
}

/** Points along a line through others, close to each other. */
function dense(points) {
  return points.slice(1).flatMap((to, i) => {
    const from = points[i]
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / GRAIN))
    return Array.from({ length: steps }, (_, k) => ({ x: from.x + ((to.x - from.x) * k) / steps, y: from.y + ((to.y - from.y) * k) / steps, half: 1, high: 1 }))
  })
}

function lines({ title, beta, rate, error, where }) {
  const named = `beta ${beta}`
  return [title, ...(!beta || title.includes(named) ? [] : [named]), rate, error, where]
}

/** The sample of a dot in a legend, of a colour or of all. */
function face(colour, hollow = false) {
  const group = svg("g", { class: `dot ${hollow ? "elsewhere" : ""} ${colour ? "" : "anyone"}` }, dot("face"))
  if (colour) group.style.setProperty("--concept", `var(--${colour})`)
  return group
}

/** The sample of a line in a legend. */
const lineSample = (name) => svg("path", { class: `line ${name}`, d: "M0 5H18" })

/** Ticks in dB on a scale of squared errors. */
function decibels(scale) {
  const steps = Array.from({ length: 31 }, (_, i) => 2 * i)
  const errors = steps.map((db) => ({ mse: 10 ** (-db / 10), words: `${db} dB` }))
  return errors.filter(({ mse }) => scale.inside(mse)).map(({ mse, words }) => ({ at: scale(mse), words }))
}
