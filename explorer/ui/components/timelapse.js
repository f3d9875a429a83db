// The probe images and what a run made of them, or several in step, at any step so far: a row of pictures for each run.
// At the slider's right end it follows the training.
// Pictures that came once stay in the browser; one that is missing is asked for while the nearest stands in.

import { short } from "./shared/axes.js"
import { canvas, html } from "./shared/dom.js"
import { decoded, Motion, Sheet, STILLS, wantsNoMotion } from "./shared/film.js"
import { Ear } from "./shared/hear.js"
import { tellShownStep } from "./shared/shown_step.js"

const SAMPLES = "Samples, same z in each row"
const PLAY_MS = 4000 // for all steps
const SNAP = 7 // pixels from a kept step within which a drag stops at it
const THUMB = 16 // pixels of the slider's thumb, whose middle stands at the value
const ASK_MS = 120 // between two requests while the slider is dragged

export default function ({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".timelapse")
  host.timelapse ??= new Timelapse(host)
  host.timelapse.ask = (step) => setStateValue("step", step)
  host.timelapse.update(data)
  host.timelapse.ear.drawn(data.topic)
  return () => host.timelapse.ear.leave()
}

class Timelapse {
  ear = new Ear((parts) => this.goOn(parts))

  constructor(host) {
    this.host = host
    this.images = host.querySelector(".images")
    this.labels = host.querySelector(".labels")
    this.slider = host.querySelector("input")
    this.button = host.querySelector("button")
    this.readout = host.querySelector("output")
    this.motion = new Motion()
    this.kept = host.querySelector(".kept")
    this.slider.onpointerdown = () => (this.dragged = true)
    this.slider.onpointerup = () => (this.dragged = false)
    this.slider.oninput = () => (this.pause(), this.choose(this.snapped(Number(this.slider.value))))
    this.slider.onchange = () => this.request(this.step)
    this.button.onclick = () => (this.motion.running ? this.pause() : this.play())
  }

  async update(data) {
    if (data.subject !== this.data?.subject) {
      this.pause()
      this.strips = new Map() // step -> decoded strips, one a row
      this.step = null // the one chosen; null follows the newest
      if (this.data) this.request(null)
    }
    const { strips } = this
    this.data = data
    if (data.go && data.go[0] !== this.gone) {
      this.gone = data.go[0]
      this.pause()
      this.step = data.go[1]
    }
    this.slider.max = data.steps.length - 1
    const fresh = data.strips.filter(({ step }) => !strips.has(step))
    const [originals] = await Promise.all([
      data.originals === this.originals?.src ? this.originals : decoded(data.originals),
      ...fresh.map(async ({ step, srcs, samples }) => strips.set(step, await Promise.all([srcs, samples].map(sheets)))),
    ])
    if (strips !== this.strips) return // another run came meanwhile
    const sampled = [...strips.values()].flatMap(([, samples]) => samples).find(Boolean)
    const samples = sampled ? sampled.picture.naturalWidth / sampled.cell : 0
    if (originals !== this.originals || data.rows.length !== this.notes.length || samples !== this.samples.length) {
      this.layOut(originals, samples)
    }
    this.draw()
  }

  /** What is pushed: which pictures there are by now, the newest of them, and what was measured last. */
  goOn({ pictures, strip }) {
    let { data } = this
    const ours = (part) => part?.subject === data.subject
    if (ours(pictures) && !(pictures.steps.at(-1) < data.steps.at(-1))) {
      const rows = pictures.rows.map((row, i) => {
        const known = data.rows[i].measured
        return { ...row, measured: [...known, ...row.measured.filter(([step]) => !known.length || step > known.at(-1)[0])] }
      })
      data = { ...data, ...pictures, rows }
      const there = new Set(data.steps)
      for (const step of this.strips.keys()) if (!there.has(step) && this.strips.size > 1) this.strips.delete(step) // thinned out
    }
    if (data !== this.data || ours(strip)) this.update({ ...data, strips: ours(strip) ? [strip] : [] })
  }

  /** A column for each of the originals and, beside them, of so many samples. */
  layOut(originals, samples) {
    this.originals = originals
    const all = sheet(originals)
    for (const figure of this.images.querySelectorAll("figure")) figure.remove()
    const { rows } = this.data
    const column = (above, name) => {
      const below = rows.map(({ label }) => canvas(all.cell, rows.length > 1 ? `${label}: ${name}` : name))
      this.images.append(html("figure", {}, above, ...below.map((context) => context.canvas)))
      return below
    }
    this.images.querySelector("hr")?.remove()
    this.images.classList.toggle("sampled", samples > 0)
    this.below = Array.from({ length: originals.naturalWidth / all.cell }, (_, i) => {
      const [one, of] = this.data.names
      const above = canvas(all.cell, `${one} ${i + 1}`)
      all.draw(above, 0, i)
      return column(above.canvas, `${of} ${i + 1}`)
    })
    if (samples) this.images.append(html("hr"))
    this.samples = Array.from({ length: samples }, (_, i) =>
      column(html("div", { class: "heading" }, ...(i ? [] : [html("span", {}, SAMPLES)])), `Sample ${i + 1}`))
    this.notes = rows.map(() => html("small"))
    const named = rows.map(({ label, colour }, i) => {
      const line = html("span", { class: "below" }, html("b", {}, label), this.notes[i])
      if (colour) line.style.setProperty("--row", colour)
      return line
    })
    this.labels.replaceChildren(html("span", {}, html("b", {}, this.data.above)), ...named)
    this.labels.classList.toggle("many", rows.length > 1)
  }

  /** What stands beside a row: how its run ended, if before the step shown, and what was measured last by then. */
  note({ last, ended: how, measured }, shown) {
    const ended = last !== null && last < shown ? [how] : []
    const found = measured.findLast(([step]) => step <= shown)
    const [step, recon, nats] = found ?? []
    const numbers = found ? [`MSE ${short(recon)}, KL ${short(nats)} nats`] : []
    const when = found && step !== shown ? [`at step ${step.toLocaleString("en")}`] : []
    return [...ended, ...numbers, ...when]
  }

  /** Indices of the steps whose weights are kept: of each the nearest one with pictures. */
  get keptIndices() {
    const { steps, kept } = this.data
    return kept.map((step) => steps.indexOf(nearest(steps, step)))
  }

  /** The index under the thumb, or that of a kept step close by; keys go to every step. */
  snapped(index) {
    const apart = (this.slider.clientWidth - THUMB) / Math.max(1, this.data.steps.length - 1)
    const close = this.keptIndices.filter((other) => Math.abs(other - index) * apart <= SNAP)
    return this.dragged && close.length ? nearest(close, index) : index
  }

  /** What is kept stands under the slider, and the curves know which step is shown. */
  mark(shown) {
    const last = Math.max(1, this.data.steps.length - 1)
    const places = this.keptIndices.map((index) => `calc(${THUMB / 2}px + (100% - ${THUMB}px) * ${index / last})`)
    if (places.join() !== this.places) {
      this.places = places.join()
      this.kept.replaceChildren(...places.map((left) => html("i", { style: `left: ${left}` })))
    }
    tellShownStep(this.data.run, this.step === null ? null : shown)
  }

  choose(index) {
    this.step = index >= this.data.steps.length - 1 ? null : this.data.steps[index]
    this.draw()
  }

  draw() {
    const { steps } = this.data
    const newest = steps.at(-1)
    const wanted = this.step ?? newest
    let index = steps.findLastIndex((step) => step <= wanted)
    if (index < 0) index = 0
    this.slider.value = index
    const shown = nearest([...this.strips.keys()], steps[index])
    if (shown !== steps[index] && !this.motion.running) this.request(steps[index])
    const [strips, samples] = this.strips.get(shown)
    this.below.forEach((column, i) => column.forEach((below, row) => strips[row]?.draw(below, 0, i)))
    this.samples.forEach((column, i) => column.forEach((below, row) => samples[row]?.draw(below, 0, i)))
    this.data.rows.forEach((row, i) => this.notes[i].replaceChildren(...this.note(row, shown).map((words) => html("span", {}, words))))
    this.host.dataset.version = `${this.data.subject}-${shown}`
    const { rows } = this.data
    const even = rows.length > 1 && rows.every(({ last }) => last === null || last >= shown)
    const words = `${even ? "all at " : ""}step ${shown.toLocaleString("en")}${shown === newest ? ", newest" : ` of ${newest.toLocaleString("en")}`}`
    this.readout.textContent = words
    this.slider.setAttribute("aria-valuetext", words)
    this.mark(shown)
  }

  request(step) {
    this.asked = step
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.ask(this.asked)
    }, ASK_MS)
  }

  play() {
    const known = [...this.strips.keys()].filter((step) => step <= this.data.steps.at(-1)).toSorted((a, b) => a - b)
    const stills = wantsNoMotion()
    this.button.textContent = "Pause"
    this.motion.start((ms) => {
      const share = stills ? Math.floor((ms / PLAY_MS) * STILLS) / STILLS : ms / PLAY_MS
      this.step = share < 1 ? known[Math.floor(share * known.length)] : null
      if (share >= 1) this.pause()
      this.draw()
    })
  }

  pause() {
    this.motion.stop()
    this.button.textContent = "Play"
  }
}

/** Strips, each null where there is none. */
const sheets = (srcs) => Promise.all(srcs.map(async (src) => src && sheet(await decoded(src))))

/** A strip of squares. */
const sheet = (strip) => new Sheet(strip, strip.naturalHeight)

const nearest = (steps, wanted) => steps.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a))
