// Beta under one slider: reconstructions, the place on the curve of rate and distortion, numbers, and the KL of each
// dimension, all drawn in the same frame. Pictures are cut from one sprite sheet: a row an image, its original first,
// then a decoded frame a stop. Between two stops it is a mixture of both; at rest it is always a decoded frame. The
// server hears of beta when the hand lets go, and of a dot when it is chosen. Dots come through dots.js.

const SVG = "http://www.w3.org/2000/svg"
const ONE_WAY_MS = 5200
const GLIDE_MS = 450 // to a stop that was asked for by its name
const QUIET_MS = 200 // after the last key or the release, before the server is told
const DECADE = 10 // stops
const MARGIN = { left: 46, right: 16, top: 14, bottom: 36 }
const FEW_NATS = 0.5 // where the logarithmic axis begins at the latest: a collapsed model has none
const MARKS = ["M-5-5H5V5H-5Z", "M0-7L7 0L0 7L-7 0Z"] // a square for the notebook's beta, a diamond where it is calibrated
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
    this.slider = find("input")
    this.button = find(".play")
    this.buttons = find(".buttons")
    this.words = find(".lessons p")
    this.facts = find(".facts")
    this.bars = find(".bars canvas")
    this.lit = find(".bars output")
    this.metricButtons = [...host.querySelectorAll("[data-metric]")]
    this.plane = new Plane(host, (id) => this.choose(id))
    this.slider.value = at
    this.slider.oninput = () => (this.pause(), this.draw())
    this.slider.onchange = () => this.tellSoon()
    this.slider.onkeydown = (event) => this.step(event)
    this.button.onclick = () => (this.playing ? (this.pause(), this.tellSoon()) : this.play())
    for (const button of this.metricButtons) button.onclick = () => this.measureBy(button.dataset.metric)
    this.hear = () => this.takeDots()
    this.resized = new ResizeObserver(() => this.resize())
  }

  arrive() {
    const channel = (window.besideTheCurve ??= new EventTarget())
    channel.addEventListener("change", this.hear)
    this.resized.observe(this.host)
  }

  leave() {
    this.pause()
    clearTimeout(this.quiet)
    window.besideTheCurve.removeEventListener("change", this.hear)
    this.resized.disconnect()
  }

  async show(data) {
    if (this.wanted === data.version) return this.resize() // for the theme, which may have changed
    this.wanted = data.version
    const sprite = new Image()
    sprite.src = data.sprite
    await sprite.decode()
    if (this.wanted !== data.version) return // newer data came meanwhile
    this.data = data
    this.sprite = sprite
    this.drawn = this.drawnStop = null
    for (const [name, colour] of Object.entries(data.colours)) this.host.style.setProperty(`--${name}`, colour)
    this.lay()
    this.plane.show(data)
    this.takeDots()
    this.resize()
    this.snap()
    this.host.dataset.version = data.version
  }

  lay() {
    const { names, cell, stops, facts, lessons } = this.data
    this.pairs.style.setProperty("--images", names.length)
    const canvas = (label) => {
      const element = document.createElement("canvas")
      element.width = element.height = cell
      element.setAttribute("role", "img")
      element.setAttribute("aria-label", label)
      const context = element.getContext("2d")
      context.imageSmoothingEnabled = false
      return context
    }
    this.moving = names.map((name) => canvas(`Reconstruction of ${name}`))
    this.pairs.replaceChildren(
      ...names.map((name, i) => {
        const original = canvas(name)
        original.drawImage(this.sprite, 0, i * cell, cell, cell, 0, 0, cell, cell)
        const pair = document.createElement("div")
        pair.className = "pair"
        pair.append(original.canvas, this.moving[i].canvas)
        return pair
      }),
    )
    this.host.querySelector(".stops").replaceChildren(
      ...stops.flatMap((stop, i) => {
        if (i % DECADE) return []
        const span = document.createElement("span")
        span.textContent = stop.beta
        span.style.left = `${(100 * i) / (stops.length - 1)}%`
        return [span]
      }),
    )
    this.factNodes = facts.map(({ name, colour }) => {
      const cell = document.createElement("div")
      cell.style.setProperty("--concept", `var(--${colour})`)
      const nodes = ["span", "b", "small"].map((tag) => cell.appendChild(document.createElement(tag)))
      nodes[0].textContent = name
      return { cell, number: nodes[1], more: nodes[2] }
    })
    this.facts.replaceChildren(...this.factNodes.map(({ cell }) => cell))
    this.lessonButtons = lessons.map((lesson) => {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = lesson.name
      button.onclick = () => {
        this.lesson = lesson
        this.teach()
        this.glide(lesson.stop)
      }
      return button
    })
    this.buttons.replaceChildren(...this.lessonButtons)
    this.lesson &&= lessons.find((one) => one.name === this.lesson.name) // in the words of the new images
    this.row = null // canvases of a chosen model went with the others
    this.layRow()
  }

  // -- what moves with the slider --------------------------------------------------------------------------------

  draw() {
    if (!this.data) return
    const { stops, cell } = this.data
    const position = Number(this.slider.value)
    if (position === this.drawn) return
    this.drawn = position
    const at = position * (stops.length - 1)
    const before = Math.min(Math.floor(at), stops.length - 1)
    const share = at - before
    this.moving.forEach((context, i) => {
      const paint = (stop, opacity) => {
        context.globalAlpha = opacity
        context.drawImage(this.sprite, (1 + stop) * cell, i * cell, cell, cell, 0, 0, cell, cell)
      }
      paint(before, 1)
      if (share) paint(before + 1, share)
    })
    this.plane.place(before, share)
    this.drawBars(before, share)
    const nearest = Math.round(at)
    if (nearest !== this.drawnStop) this.write((this.drawnStop = nearest))
  }

  write(nearest) {
    const stop = this.data.stops[nearest]
    stop.facts.forEach(([number, more], i) => {
      this.factNodes[i].number.textContent = number
      this.factNodes[i].more.textContent = more
    })
    this.lit.textContent = stop.lit
    this.bars.setAttribute("aria-label", `KL of each dimension: ${stop.lit}`)
    this.slider.setAttribute("aria-valuetext", `beta ${stop.beta}`)
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
    const name = document.createElement("b")
    name.textContent = `${this.lesson.name}. `
    this.words.replaceChildren(name, this.lesson.words)
  }

  drawBars(before, share) {
    const { stops, most, in_use_nats: threshold } = this.data
    const context = this.bars.getContext("2d")
    const { width, height, ratio } = this.barsSize ?? {}
    if (!width) return
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const bottom = height - 8
    const left = 34
    const from = stops[before].kl
    const to = stops[Math.min(before + 1, stops.length - 1)].kl
    const pitch = (width - left) / from.length
    const full = bottom - 8
    context.fillStyle = this.ink
    context.font = `11px ${this.font}`
    context.textAlign = "right"
    for (const tick of ticks(most)) {
      const y = bottom - (tick / most) * full
      context.globalAlpha = 0.7
      context.fillText(String(tick), left - 7, y + 4)
      context.globalAlpha = 0.12
      context.fillRect(left, y, width - left, 1)
    }
    context.globalAlpha = 1
    const bar = Math.max(0.75, pitch * 0.78)
    from.forEach((nats, i) => {
      const now = nats + (to[i] - nats) * share
      const x = left + i * pitch
      if (now <= threshold) {
        context.fillStyle = TRACK // dark: its place, and nothing in it
        context.fillRect(x, bottom - 2, bar, 2)
      } else {
        const high = Math.max(3, (now / most) * full)
        context.fillStyle = this.data.colours.kl
        context.fillRect(x, bottom - high, bar, high)
      }
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
    this.plane.draw()
    this.drawn = null
    this.draw()
  }

  // -- the slider ------------------------------------------------------------------------------------------------

  get last() {
    return this.data.stops.length - 1
  }

  snap() {
    this.slider.value = Math.round(this.slider.value * this.last) / this.last
    this.draw()
    this.pairs.dataset.version = `${this.data.version}-${this.drawnStop}` // exactly this frame, and no mixture
  }

  step(event) {
    if (!this.data) return
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: DECADE, PageDown: -DECADE }[event.key]
    if (!by) return // Home and End are the browser's own
    event.preventDefault()
    this.pause()
    this.slider.value = (Math.round(this.slider.value * this.last) + by) / this.last
    this.draw()
    this.tellSoon()
  }

  glide(stop) {
    this.pause()
    const from = Number(this.slider.value)
    const to = stop / this.last
    const ms = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : GLIDE_MS
    const start = performance.now()
    const tick = (now) => {
      const t = ms ? Math.min(1, (now - start) / ms) : 1
      this.slider.value = from + (to - from) * (t * t * (3 - 2 * t))
      this.draw()
      if (t < 1) this.playing = requestAnimationFrame(tick)
      else this.tellSoon()
    }
    this.playing = requestAnimationFrame(tick)
  }

  play() {
    if (!this.data) return
    const stepwise = matchMedia("(prefers-reduced-motion: reduce)").matches // then in eight still pictures
    const start = performance.now() - (Math.acos(1 - 2 * this.slider.value) / Math.PI) * ONE_WAY_MS
    const tick = (now) => {
      const position = (1 - Math.cos((Math.PI * (now - start)) / ONE_WAY_MS)) / 2 // there and back, slowing at the ends
      this.slider.value = stepwise ? Math.round(position * 8) / 8 : position
      this.draw()
      this.playing = requestAnimationFrame(tick)
    }
    this.playing = requestAnimationFrame(tick)
    this.host.classList.add("playing")
    this.button.setAttribute("aria-label", "Pause")
  }

  pause() {
    cancelAnimationFrame(this.playing)
    this.playing = null
    this.host.classList.remove("playing")
    this.button.setAttribute("aria-label", "Play")
  }

  tellSoon() {
    this.pause()
    if (!this.data) return
    this.snap()
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => this.tell("at", this.data.stops[this.drawnStop].value), QUIET_MS)
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
    const strip = new Image()
    strip.src = row.strip
    await strip.decode()
    if (this.row !== row) return
    const { cell } = this.data
    this.pairs.querySelectorAll(".third").forEach((old) => old.remove())
    ;[...this.pairs.children].forEach((pair, i) => {
      const canvas = document.createElement("canvas")
      canvas.className = "third"
      canvas.width = canvas.height = cell
      canvas.setAttribute("role", "img")
      canvas.setAttribute("aria-label", `${row.label}: ${this.data.names[i]}`)
      canvas.getContext("2d").drawImage(strip, i * cell, 0, cell, cell, 0, 0, cell, cell)
      pair.append(canvas)
    })
    const note = document.createElement("small")
    note.textContent = row.note
    this.chosenLabel.replaceChildren(row.label, " ", note)
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
    this.ground = this.svg.appendChild(element("g"))
    this.nodes = new Map()
    this.dots = []
  }

  show(data) {
    this.data = data
  }

  setDots(dots, chosen) {
    this.dots = dots
    for (const [id, node] of this.nodes) {
      if (!dots.some((dot) => dot.id === id)) node.remove(), this.nodes.delete(id)
    }
    for (const dot of dots) {
      if (!this.nodes.has(dot.id)) this.nodes.set(dot.id, this.node())
      const node = this.nodes.get(dot.id)
      node.dot = dot
      node.setAttribute("class", `dot ${dot.elsewhere ? "elsewhere" : ""} ${dot.active ? "moving-on" : ""} ${dot.pictures ? "" : "mute"}`)
      node.style.setProperty("--concept", `var(--${dot.colour})`)
      node.setAttribute("aria-label", lines(dot).join(", "))
      node.label.textContent = ["beta", "latent"].includes(dot.colour) ? dot.beta : ""
    }
    this.press(chosen)
    this.draw()
  }

  node() {
    const node = element("g", { tabindex: 0, role: "button" })
    node.append(element("circle", { class: "ring", r: 11 }), element("circle", { class: "face", r: 6 }))
    node.label = node.appendChild(element("text", { class: "tick", "text-anchor": "end", x: -8, y: 14 }))
    const point = () => this.explain(node)
    const go = () => node.dot.pictures && this.choose(node.dot.id)
    node.onpointerenter = node.onfocus = point
    node.onpointerleave = node.onblur = () => (this.tip.hidden = true)
    node.onclick = go
    node.onkeydown = (event) => {
      if (event.key === "Enter" || event.key === " ") event.preventDefault(), go()
    }
    this.svg.append(node)
    return node
  }

  press(chosen) {
    for (const [id, node] of this.nodes) node.setAttribute("aria-pressed", id === chosen)
  }

  explain(node) {
    const [title, ...rest] = lines(node.dot)
    const bold = document.createElement("b")
    bold.textContent = title
    const more = node.dot.pictures ? ["Click to see its pictures."] : ["No weights to look at yet."]
    this.tip.replaceChildren(
      bold,
      ...[...rest, ...more].map((text) => {
        const span = document.createElement("span")
        span.textContent = text
        return span
      }),
    )
    this.tip.hidden = false
    const { x, y } = this.at(node.dot.nats, node.dot.mse)
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
    const right = width - MARGIN.right
    const bottom = height - MARGIN.bottom
    const others = this.dots.filter((dot) => dot.mse > 0)
    const rates = [...curve.map(([nats]) => nats), ...others.map((dot) => dot.nats)]
    const errors = [...curve.map(([, mse]) => mse), ...others.map((dot) => dot.mse), ...(floor ? [floor.mse] : [])]
    const down = this.metric === "mse"
    this.x = logScale(rates.map((nats) => Math.max(nats, FEW_NATS)), MARGIN.left, right, 42)
    this.y = logScale(errors, ...(down ? [bottom, MARGIN.top] : [MARGIN.top, bottom]), 20)
    const parts = []
    const text = (name, x, y, words, anchor) => parts.push(element("text", { class: name, x, y, "text-anchor": anchor }, words))
    for (const { at, words } of down ? this.y.ticks.map((tick) => ({ at: this.y(tick), words: short(tick) })) : decibels(this.y)) {
      parts.push(element("line", { class: "grid-line", x1: MARGIN.left, x2: right, y1: at, y2: at }))
      text("tick", MARGIN.left - 7, at + 3.5, words, "end")
    }
    for (const tick of this.x.ticks) text("tick", this.x(tick), bottom + 15, short(tick), "middle")
    parts.push(element("line", { class: "axis-line", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }))
    text("tick", (MARGIN.left + right) / 2, height - 5, "rate, nats an image (log scale)", "middle")
    const clip = element("svg", { x: MARGIN.left, y: 0, width: right - MARGIN.left, height: bottom, viewBox: `${MARGIN.left} 0 ${right - MARGIN.left} ${bottom}` })
    const path = (points, name) => {
      const seen = points.filter(([nats, mse]) => nats > 0 && mse > 0).map(([nats, mse]) => `${this.x(nats).toFixed(1)} ${this.y(mse).toFixed(1)}`)
      if (seen.length) clip.append(element("path", { class: `line ${name}`, d: `M${seen.join("L")}` }))
    }
    path(frontier, "frontier")
    if (floor) clip.append(element("line", { class: "line floor", x1: MARGIN.left, x2: right, y1: this.y(floor.mse), y2: this.y(floor.mse) }))
    path(curve.map(([nats, mse]) => [Math.max(nats, FEW_NATS), mse]), "curve")
    parts.push(clip)
    marks.forEach((mark, i) => {
      const { x, y } = this.at(mark.nats, mark.mse)
      parts.push(element("path", { class: "mark", d: MARKS[i], transform: `translate(${x} ${y})` }))
    })
    this.ground.replaceChildren(...parts)
    for (const node of this.nodes.values()) {
      const { x, y } = this.at(node.dot.nats, node.dot.mse)
      node.style.transform = `translate(${x}px, ${y}px)`
      node.label.setAttribute("y", down ? 15 : -8)
      const inside = x - MARGIN.left < 9 * node.label.textContent.length + 8 // else it would lie on the axis's own
      node.label.setAttribute("x", inside ? 8 : -8)
      node.label.setAttribute("text-anchor", inside ? "start" : "end")
    }
    this.thinLabels()
    this.points = curve.map(([nats, mse]) => this.at(nats, mse))
    if (this.placed) this.place(...this.placed)
    this.explainLines()
  }

  /** Where labels would lie on each other, the first stays: those of shipped models come first. */
  thinLabels() {
    const taken = []
    for (const { label, style } of this.nodes.values()) {
      if (!label.textContent) continue
      const [x, y] = style.transform.match(/-?[\d.]+/g).map(Number)
      const half = 4 * label.textContent.length
      const free = taken.every((other) => Math.abs(other.x - x) > other.half + half || Math.abs(other.y - y) > 12)
      label.style.display = free ? "" : "none"
      if (free) taken.push({ x, y, half })
    }
  }

  explainLines() {
    const { frontier, floor, where, marks } = this.data
    const entry = (shape, words) => {
      const span = document.createElement("span")
      const key = element("svg", { viewBox: "0 0 18 10", width: 18, height: 10 })
      key.append(shape)
      span.append(key, words)
      return span
    }
    const stroke = (name) => element("path", { class: `line ${name}`, d: "M0 5L18 5" })
    const face = (colour, hollow) => {
      const group = element("g", { class: hollow ? "dot elsewhere" : "dot" })
      group.style.setProperty("--concept", `var(--${colour})`)
      group.append(element("circle", { class: "face", cx: 9, cy: 5, r: 4 }))
      return group
    }
    const entries = [entry(stroke("curve"), `this model at every beta, ${where}`)]
    if (frontier.length) entries.push(entry(stroke("frontier"), "linear VAE"))
    if (floor) entries.push(entry(stroke("floor"), floor.label))
    marks.forEach((mark, i) => entries.push(entry(element("path", { class: "mark", d: MARKS[i], transform: "translate(9 5) scale(0.8)" }), mark.label)))
    if (this.dots.some((dot) => dot.colour === "beta")) entries.push(entry(face("beta"), "trained at one beta"))
    if (this.dots.some((dot) => dot.colour === "spatial")) entries.push(entry(face("spatial"), "the same, spatial latent"))
    if (this.dots.some((dot) => dot.colour === "codes")) entries.push(entry(face("codes"), "VQ-VAE"))
    if (this.dots.some((dot) => dot.colour === "latent")) entries.push(entry(face("latent"), "yours"))
    if (this.dots.some((dot) => dot.elsewhere)) entries.push(entry(face("latent", true), "yours, on other images"))
    this.legend.replaceChildren(...entries)
  }
}

function lines(dot) {
  const beta = `beta ${dot.beta}`
  return [dot.title, ...(!dot.beta || dot.title.includes(beta) ? [] : [beta]), dot.rate, dot.error, dot.where]
}

function element(name, attributes = {}, text) {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  if (text !== undefined) node.textContent = text
  return node
}

/** A logarithmic scale with a little room at both ends, and its ticks at 1, 2, 5 of each decade, `apart` pixels at least. */
function logScale(values, from, to, apart) {
  const logs = values.map(Math.log10)
  const [low, high] = [Math.min(...logs) - 0.06, Math.max(...logs) + 0.06]
  const scale = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
  scale.inside = (value) => Math.log10(value) >= low && Math.log10(value) <= high
  scale.ticks = []
  for (let power = Math.floor(low); power <= high; power++) {
    for (const digit of [1, 2, 5]) {
      const tick = Number((digit * 10 ** power).toPrecision(2))
      const before = scale.ticks.at(-1)
      if (scale.inside(tick) && (before === undefined || Math.abs(scale(tick) - scale(before)) >= apart)) scale.ticks.push(tick)
    }
  }
  return scale
}

/** Ticks in dB on a scale of squared errors. */
function decibels(scale) {
  const found = []
  for (let db = 0; db <= 60; db += 2) {
    const mse = 10 ** (-db / 10)
    if (scale.inside(mse)) found.push({ at: scale(mse), words: `${db} dB` })
  }
  return found
}

/** Three or four round numbers from 0 to `high`. */
function ticks(high) {
  const raw = high / 4
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw)
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

const short = (value) => String(Number(value.toPrecision(3)))
