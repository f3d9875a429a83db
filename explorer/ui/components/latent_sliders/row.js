// One way through a latent: its slider, with the range that images use and where it starts, and its strip of pictures.

import { imageData } from "../shared/decode.js"
import { html, svg } from "../shared/dom.js"
import { meaning, steps } from "../shared/keys.js"

const KEYS = 48 // steps of an arrow key from one end of a slider to the other
const GAP = 2 // pixels between pictures of a strip

export class Row {
  /**
   * @param data as latent_sliders.py has it
   * @param count of pictures in its strip
   * @param put called with this and a value, null for where it starts
   * @param lock called with this once it is locked, or is no more
   */
  constructor(data, count, put, lock) {
    Object.assign(this, data, { count, step: data.step && floats(data.step) })
    this.slider = html("input", { type: "range", step: "any", "aria-label": data.name })
    this.output = html("output", { "aria-hidden": "true" })
    this.band = html("i", { class: "band" })
    this.mark = html("i", { class: "mark" })
    this.locker = html("button", { type: "button", "aria-pressed": "false", "aria-label": `Lock ${data.name}`, title: "Lock: reset and surprise leave it" }, LOCK())
    this.back = html("button", { type: "button", "aria-label": `Reset ${data.name}`, title: "Back to the start" }, BACK())
    this.context = html("canvas", { width: count * 32 + (count - 1) * GAP, height: 32, role: "img" }).getContext("2d")
    this.node = html(
      "li", { class: "row" },
      html("div", { class: "head" }, html("b", {}, data.name), ...data.note.map((line) => html("small", {}, line))),
      html("div", { class: "track" }, html("i", { class: "line" }), this.band, this.mark, this.slider),
      this.context.canvas,
      html("div", { class: "ends" }, this.output, this.locker, this.back),
    )
    this.slider.oninput = () => put(this, this.valueAt(Number(this.slider.value)))
    this.slider.onkeydown = (event) => {
      const by = meaning(event, steps(KEYS / 8))
      if (by) put(this, this.valueAt(Math.min(1, Math.max(0, Number(this.slider.value) + by / KEYS))))
    }
    this.back.onclick = () => put(this, null)
    this.locker.onclick = () => {
      this.keep(!this.locked)
      lock(this)
    }
    this.context.canvas.onclick = ({ offsetX, target }) => {
      if (!this.locked) put(this, this.places[Math.min(count - 1, Math.floor((offsetX / target.clientWidth) * count))])
    }
  }

  /** From an image, by its place in the row of images, with a value, or none: where it starts. */
  settle(place, value, locked) {
    const here = this.here[place]
    this.from = this.dimension === null ? here : 0 // what a value counts from
    this.rest = this.dimension === null ? this.at_rest : tidy(here)
    const [low, high] = [this.low - this.from, this.high - this.from]
    const beyond = Math.max(this.least, (high - low) / (this.count - 3)) // a picture more on both sides
    const ends = this.fixed ?? [Math.min(low - beyond, this.rest), Math.max(high + beyond, this.rest)]
    this.ends = [Math.min(ends[0], value ?? ends[0]), Math.max(ends[1], value ?? ends[1])]
    const [start, end] = this.ends
    this.places = Array.from({ length: this.count }, (_, i) => tidy(start + ((end - start) * i) / (this.count - 1)))
    const [left, right] = [low, high].map((each) => Math.min(1, Math.max(0, this.share(each))))
    Object.assign(this.band.style, { left: along(left), width: `calc((100% - var(--knob)) * ${right - left})` })
    this.mark.style.left = along(this.share(this.rest))
    this.slider.min = 0
    this.slider.max = 1
    this.said = `images from ${written(low)} to ${written(high)}`
    this.context.canvas.setAttribute("aria-label", `${this.name} from ${written(start)} to ${written(end)}`)
    this.keep(locked)
    this.put(value ?? null)
  }

  share = (value) => (value - this.ends[0]) / (this.ends[1] - this.ends[0])

  valueAt(share) {
    const [start, end] = this.ends
    return tidy(start + (end - start) * share)
  }

  put(value) {
    this.value = value ?? this.rest
    this.moved = value !== null && value !== this.rest
    this.slider.value = this.share(this.value)
    this.node.classList.toggle("moved", this.moved)
    this.back.disabled = !this.moved || this.locked
    const words = this.dimension === null ? `${signed(this.value)}${this.suffix}` : written(this.value)
    this.output.textContent = words
    this.slider.setAttribute("aria-valuetext", `${words}, ${this.said}`)
  }

  keep(locked) {
    this.locked = this.slider.disabled = locked
    this.locker.setAttribute("aria-pressed", locked)
    this.back.disabled = !this.moved || locked
  }

  /** Whether it leads somewhere though nobody has moved it. */
  get moves() {
    return this.dimension === null && this.rest !== 0
  }

  /** Takes a latent along to a value. */
  go(z, value) {
    if (this.dimension !== null) z[this.dimension] = value
    else for (let i = 0; i < z.length; i++) z[i] += Math.fround(value) * this.step[i]
  }

  /** A value as images have them along it, within the range of most. */
  drawn() {
    const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
    return tidy(Math.min(this.high, Math.max(this.low, this.mean + this.std * normal)) - this.from)
  }

  paint(pixels, index, column) {
    this.context.putImageData(imageData(pixels, index), column * (32 + GAP), 0)
  }

  focus() {
    this.slider.focus()
    this.node.scrollIntoView({ block: "center" })
  }
}

/** Numbers, float32, sent as base64. */
export function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer)
}

const tidy = (value) => Number(value.toPrecision(4)) // as it stands in the address
const along = (share) => `calc(var(--knob) / 2 + (100% - var(--knob)) * ${share})`
const written = (value) => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1)).replace("-", "\u2212")
const signed = (value) => (value > 0 ? "+" : "") + written(value)
const icon = (...parts) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, ...parts)
const LOCK = () =>
  icon(svg("path", { class: "shut", d: "M8 11V7a4 4 0 0 1 8 0v4" }), svg("path", { class: "open", d: "M8 11V6a4 4 0 0 1 7.6-1.7" }), svg("rect", { x: 6, y: 11, width: 12, height: 9, rx: 2 }))
const BACK = () => icon(svg("path", { d: "M5 9h9a5 5 0 0 1 0 10h-4M5 9l4-4M5 9l4 4" }))
