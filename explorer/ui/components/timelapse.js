// The probe images and what a run made of them, at any step so far. At the slider's right end it follows the training.
// Pictures that came once stay in the browser; one that is missing is asked for while the nearest stands in.

import { canvas, html } from "./shared/dom.js"
import { decoded, Motion, Sheet } from "./shared/film.js"
import { tellShownStep } from "./shared/shown_step.js"

const PLAY_MS = 4000 // for all steps
const SNAP = 7 // pixels from a kept step within which a drag stops at it
const THUMB = 16 // pixels of the slider's thumb, whose middle stands at the value
const ASK_MS = 120 // between two requests while the slider is dragged

export default function ({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".timelapse")
  host.timelapse ??= new Timelapse(host)
  host.timelapse.ask = (step) => setStateValue("step", step)
  host.timelapse.update(data)
}

class Timelapse {
  constructor(host) {
    this.host = host
    this.images = host.querySelector(".images")
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
      this.strips = new Map() // step -> decoded strip
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
      ...fresh.map(async ({ step, src }) => strips.set(step, sheet(await decoded(src)))),
    ])
    if (strips !== this.strips) return // another run came meanwhile
    if (originals !== this.originals) this.layOut(originals)
    this.draw()
  }

  layOut(originals) {
    this.originals = originals
    const all = sheet(originals)
    for (const figure of this.images.querySelectorAll("figure")) figure.remove()
    this.below = Array.from({ length: originals.naturalWidth / all.cell }, (_, i) => {
      const [above, below] = [canvas(all.cell, `Original ${i + 1}`), canvas(all.cell, `Reconstruction ${i + 1}`)]
      this.images.append(html("figure", {}, above.canvas, below.canvas))
      all.draw(above, 0, i)
      return below
    })
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
    this.below.forEach((below, i) => this.strips.get(shown).draw(below, 0, i))
    this.host.dataset.version = `${this.data.subject}-${shown}`
    const words = `step ${shown.toLocaleString("en")}${shown === newest ? ", newest" : ` of ${newest.toLocaleString("en")}`}`
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
    this.button.textContent = "Pause"
    this.motion.start((ms) => {
      const share = ms / PLAY_MS
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

/** A strip of squares. */
const sheet = (strip) => new Sheet(strip, strip.naturalHeight)

const nearest = (steps, wanted) => steps.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a))
