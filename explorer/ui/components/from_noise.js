// Samples of a prior on their way from noise to picture: from_noise.py says what `data` holds. Moments come as the server
// computes them (shared/sample.js) and are kept here: the slider of time moves among those that have come, at the screen's
// rate. Between two moments a picture is a mixture of both; at rest it is always one of them.

import { paint } from "./shared/decode.js"
import { canvas, html } from "./shared/dom.js"
import { Player, Sheet, wantsNoMotion } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { lead } from "./shared/lead.js"
import { Roving } from "./shared/roving.js"
import { Sampler } from "./shared/sample.js"
import { explain, termsIn } from "./shared/terms.js"

const CELL = 32
const MANY = 8
const FEW = 4 // pictures, where the screen is small
const SMALL_PX = 576 // of the stage's width, as the style has it: 36 rem
const ONE_WAY_MS = 2600
const STRIP = 9 // pictures of a strip, evenly spaced along the slider
const APART = 34 // pixels from one to the next
const QUIET_MS = 250 // from the last choice until the server hears of it
const HAND_MS = 80 // that a slider has to be still until its way is asked for
const HIGH = 44 // of the chart, in its own units
const ANY = "anything"
const EACH = "each"

export default function ({ data, parentElement, setTriggerValue }) {
  const noise = (parentElement.noise ??= new FromNoise(parentElement.querySelector(".from-noise")))
  noise.chosen.tell = (state) => setTriggerValue("state", state)
  noise.led ??= lead.enter("from-noise", (seen) => noise.takeFromClass(seen))
  noise.receive(data)
  return () => noise.leave()
}

class FromNoise {
  state = {}
  frames = [] // {time, pixels, guesses} of the way that is shown, as far as they have come
  shown = undefined // the question that they are of
  asked = undefined // the one that was asked last, of which version of the prior

  constructor(host) {
    this.host = host
    this.find = (selector) => host.querySelector(selector)
    this.chosen = new Follower()
    this.roving = new Roving(() => this.buttons, () => (this.buttons.length > FEW ? 4 : 2))
    this.strips = [...host.querySelectorAll("canvas.strip")].map((each) => each.getContext("2d"))
    this.player = new Player(this.find(".lanes"), {
      oneWayMs: ONE_WAY_MS,
      draw: (...place) => this.draw(...place),
      rest: (frame) => this.choose({ time: rounded(frame / this.player.last) }, 0),
      of: " from noise to picture",
    })
    for (const { canvas: strip } of this.strips) strip.onclick = (event) => this.jump(event)
    const [guidance, steps] = [".guidance input", ".steps input"].map(this.find)
    guidance.oninput = () => this.choose({ guidance: this.data.guidances[guidance.value] }, HAND_MS)
    steps.oninput = () => this.choose({ steps: Number(steps.value) }, HAND_MS)
    this.find(".guess input").onchange = (event) => this.choose({ guess: event.target.checked }, 0)
    this.find(".others").onclick = () => this.choose({ draw: 1 + Math.floor(Math.random() * 9999) }, 0)
    this.sizes = new ResizeObserver(() => this.data && this.settle())
  }

  receive(sent) {
    const other = sent.version !== this.data?.version
    this.data = sent
    if (other) this.lay()
    if (this.chosen.hear(sent.state) || other) {
      this.state = { ...sent.state }
      this.player.stand(this.state.time)
    }
    this.sizes.observe(this.host)
    this.settle()
    if (!sent.told) this.chosen.tell({ ...this.state }) // nobody's choice: so that the address says it before the first touch
    this.led?.again()
  }

  leave() {
    clearTimeout(this.quiet)
    clearTimeout(this.hand)
    this.sizes.disconnect()
    this.player.leave()
    this.led?.leave()
    this.sampler?.leave()
    this.led = this.sampler = this.asked = undefined
  }

  // -- what is chosen -------------------------------------------------------------------------------------------------

  lay() {
    const { classes, terms, cells, most, guidances } = this.data
    for (const node of this.host.querySelectorAll(".of-guess")) node.toggleAttribute("hidden", cells > 0)
    this.find(".steps input").max = most
    this.find(".guidance input").max = guidances.length - 1
    this.player.slider.setAttribute("aria-label", cells ? "How many cells have their code" : "Time, from noise to picture")
    this.find(".classes").hidden = this.find(".guidance").hidden = !classes.length
    this.explained ??= termsIn(this.host, terms)
    const options = [[ANY, ANY], ...classes.map((name) => [name, name]), [EACH, "one of each"]]
    this.find(".chips").replaceChildren(...options.map(([key, words]) => {
      const radio = html("input", { type: "radio", name: "class", value: key })
      radio.onchange = () => this.choose({ label: key }, 0)
      return html("label", {}, radio, words)
    }))
  }

  /** A person's: asked for once the hand is still, told the server when nothing has followed for a while. */
  choose(what, wait) {
    Object.assign(this.state, what)
    clearTimeout(this.hand)
    this.show()
    this.hand = setTimeout(() => this.settle(), wait)
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => this.chosen.chose({ ...this.state }), wait ? QUIET_MS : 0)
  }

  takeFromClass({ place, ...seen }) {
    if (!this.data) return
    Object.assign(this.state, seen, { time: place })
    this.settle()
    this.player.follow(place)
  }

  /** All that follows from what is chosen. */
  settle() {
    this.show()
    this.sampler ??= new Sampler("noise", (told) => this.take(told))
    if (!this.host.clientWidth) return // not seen yet, so that nobody knows how many there is room for
    const asked = { version: this.data.version, ...this.question() }
    if (JSON.stringify(asked) === JSON.stringify(this.asked)) return
    this.asked = asked
    this.sampler.ask(asked)
  }

  question() {
    const { model, prior, classes } = this.data
    const { draw: seed, label, guidance, steps } = this.state
    const count = this.host.clientWidth <= SMALL_PX ? FEW : MANY
    const labels = label === ANY || !classes.length ? null : Array.from({ length: count }, (_, i) => (label === EACH ? i % classes.length : classes.indexOf(label)))
    return { model, prior, seed, count, labels, guidance: labels ? guidance : 1, steps }
  }

  show() {
    const { label, guidance, steps, guess } = this.state
    for (const radio of this.host.querySelectorAll(".chips input")) radio.checked = radio.value === label
    const { guidances, terms } = this.data
    const put = (name, value, words) => {
      const input = this.find(`.${name} input`)
      if (Number(input.value) !== value) input.value = value
      input.setAttribute("aria-valuetext", words)
      this.find(`.${name} .name > output`).textContent = words
      return input
    }
    put("guidance", guidances.indexOf(guidance), label === ANY ? "for a class" : String(guidance)).disabled = label === ANY
    put("steps", steps, String(steps))
    explain(this.explained.guidance, terms, { amount: label === ANY ? "1: no class is asked for" : String(guidance) })
    this.find(".guess input").checked = guess
    this.point()
    this.player.redraw()
  }

  // -- pictures that come -----------------------------------------------------------------------------------------------

  take({ at, time, steps, count, pixels, guesses, wrong }) {
    this.find(".wrong").textContent = wrong ?? ""
    if (wrong) return this.end()
    if (at === 0) this.begin(steps, count)
    this.frames[at] = { time, pixels }
    this.put(at, pixels)
    if (guesses) this.put(at - 1, guesses, count)
    if (at === steps) this.put(at, pixels, count)
    this.find("progress").value = at / steps
    this.paintStrips()
    if (at === steps) this.end()
    else if (Number(this.player.slider.value) * steps > at - 1 && !wantsNoMotion()) this.player.redraw() // it shows the newest
  }

  begin(steps, count) {
    this.frames = []
    this.shown = this.asked
    const sheet = canvas(1).canvas
    Object.assign(sheet, { width: CELL * (steps + 1), height: CELL * 2 * count })
    this.sheet = new Sheet(sheet, CELL)
    this.onSheet = sheet.getContext("2d")
    this.levels = undefined
    for (const name of ["pictures", "guesses"]) this.find(`svg.off .${name}`).setAttribute("d", "") // known at the end
    if (this.stages?.length !== count) this.layStage(count)
    this.caption()
    this.player.load(steps + 1, Math.max(1, Math.round(steps / 8)))
  }

  /** Pictures of a moment onto the sheet: a column, from a row on. */
  put(at, pixels, row = 0) {
    const { count } = this.shown
    for (let i = 0; i < count; i++) {
      paint(this.one ??= canvas(CELL), pixels, i)
      this.onSheet.drawImage(this.one.canvas, CELL * at, CELL * (row + i))
    }
    if (row) this.frames[at].guesses = pixels
  }

  /** All has come, or nothing will. */
  end() {
    if (this.shown && this.frames.length > this.shown.steps) this.measure()
    this.player.redraw()
    this.host.dataset.version = JSON.stringify(this.asked)
  }

  layStage(count) {
    this.stages = Array.from({ length: count }, () => canvas(CELL))
    this.buttons = this.stages.map(({ canvas: picture }, i) => {
      const button = html("button", { type: "button" }, picture, html("span"))
      button.onclick = () => this.choose({ picture: i + 1 }, 0)
      return button
    })
    this.find(".stage").replaceChildren(...this.buttons)
    this.roving.settle(this.buttons[0])
    this.point()
  }

  caption() {
    const { labels } = this.shown
    this.buttons.forEach((button, i) => {
      const words = labels ? this.data.classes[labels[i]] : ""
      button.querySelector("span").textContent = words
      button.setAttribute("aria-label", `Sample ${i + 1}${words && `, ${words}`}: its way below`)
    })
  }

  /** Whose way the strips show. */
  get row() {
    return Math.min(this.state.picture, this.stages.length) - 1
  }

  point() {
    if (!this.buttons) return
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === this.row))
    this.find(".painted").textContent = `Sample ${this.row + 1}`
    this.strips[0].canvas.setAttribute("aria-label", `What is painted of sample ${this.row + 1} at nine times, from noise to picture`)
    this.paintStrips()
  }

  // -- drawn at the screen's rate ---------------------------------------------------------------------------------------

  draw(before, share, nearest) {
    if (!this.frames.length) return
    const newest = this.frames.length - 1
    const guessing = this.state.guess && !this.data.cells
    const last = guessing && newest < this.shown.steps ? Math.max(0, newest - 1) : newest // a guess comes a step later
    const from = guessing && newest ? this.stages.length : 0
    const [at, on] = before >= last ? [last, 0] : [before, share]
    this.stages.forEach((stage, i) => this.sheet.mix(stage, from + i, at, on))
    const frame = Math.min(nearest, newest)
    const { time } = this.frames[frame]
    const { cells } = this.data
    const reached = cells ? `${Math.floor((frame * cells) / this.shown.steps)} of ${cells} codes` : `t = ${time.toFixed(2)}`
    const place = nearest > newest ? `${reached} so far` : reached // the hand is ahead of what is computed
    this.find(".time output").textContent = place
    this.player.slider.setAttribute("aria-valuetext", `${place}, step ${frame} of ${this.shown.steps}`)
    this.host.dataset.at = `${guessing ? "guess " : ""}${at + on}`
    this.mark((at + on) / this.player.last, frame)
    this.tellClass()
  }

  tellClass() {
    const { draw, label, guidance, steps, guess, picture } = this.state
    this.led?.tell({ draw, label, guidance, steps, guess, picture, place: rounded(Number(this.player.slider.value)) })
  }

  paintStrips() {
    if (!this.sheet || !this.buttons) return
    this.strips.forEach((strip, which) => {
      strip.clearRect(0, 0, strip.canvas.width, CELL)
      const there = this.frames.length - (which && this.frames.length <= this.shown.steps ? 1 : 0)
      const row = CELL * (this.row + which * this.stages.length)
      for (let i = 0; i < STRIP; i++) {
        const at = Math.round((i / (STRIP - 1)) * this.shown.steps)
        if (at < there) strip.drawImage(this.sheet.picture, CELL * at, row, CELL, CELL, APART * i, 0, CELL, CELL)
      }
    })
  }

  jump(event) {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const at = Math.min(STRIP - 1, Math.floor(((event.clientX - left) / width) * STRIP))
    if (this.player.frames) this.player.glide(Math.round((at / (STRIP - 1)) * this.player.last), QUIET_MS)
  }

  // -- how far it is to the end -----------------------------------------------------------------------------------------

  /** Of each moment, how far all its pictures and its guesses are from the last: root of the mean square, in levels of 255. */
  measure() {
    const { pixels: end } = this.frames.at(-1)
    this.levels = this.frames.map(({ pixels, guesses }) => [distance(pixels, end), guesses ? distance(guesses, end) : 0])
    const most = Math.max(...this.levels.flat(), 1)
    const along = (i) => `${i ? "L" : "M"}${(16 + (272 * i) / this.shown.steps).toFixed(2)} `
    for (const [name, which] of [["pictures", 0], ["guesses", 1]]) {
      const line = this.levels.map((level, i) => along(i) + (47.5 - (HIGH * level[which]) / most).toFixed(2)).join("")
      this.find(`svg.off .${name}`).setAttribute("d", which && this.data.cells ? "" : line)
    }
    const [pictures, guesses] = this.levels[0].map(Math.round)
    const guessed = this.data.cells ? "" : `, guesses ${guesses}`
    const label = `Off from the end, root mean square over all ${this.shown.count} samples: ${pictures} levels of 255 at first${guessed}; 0 at the end`
    this.find("svg.off").setAttribute("aria-label", label)
  }

  mark(place, frame) {
    this.find("svg.off .now").setAttribute("d", `M${16 + 272 * place} 0V48`)
    const words = this.levels?.[frame] && this.levels[frame].map(Math.round)
    if (words) explain(this.explained.guess, this.data.terms, { time: this.frames[frame].time.toFixed(2), levels: words[1] })
    const guess = this.data.cells ? "" : `, guess \u2504 ${words?.[1]}`
    const computed = `${this.frames.length - 1} of ${this.shown.steps} steps computed`
    this.find("small.off").textContent = words ? `\u2014 ${words[0]}${guess} of 255` : computed
  }
}

const rounded = (place) => Number(place.toFixed(3)) // as it stands in the address

function distance(a, b) {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2
  return Math.sqrt(sum / a.length)
}
