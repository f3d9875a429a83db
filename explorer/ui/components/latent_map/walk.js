// What is at the cross-hair: the picture decoded there, and how near any image is.

import { Decoder, paint } from "../shared/decode.js"
import { canvas, html } from "../shared/dom.js"
import { PICTURE } from "./pictures.js"

const NEAREST = 4

export class Walk {
  /** @param open called with an image that is pressed */
  constructor(panel, open) {
    this.panel = panel
    const find = (name) => panel.querySelector(name)
    this.picture = canvas(32, "Decoded at the cross-hair")
    find(".decoded").append(this.picture.canvas)
    this.note = find(".note")
    this.verdict = find(".verdict")
    this.length = find(".length output")
    this.images = Array.from({ length: NEAREST }, () => {
      const context = canvas(32)
      const button = html("button", { type: "button" }, context.canvas)
      button.onclick = () => open(button.image)
      return { context, button }
    })
    find(".nearest").append(...this.images.map(({ button }) => button))
  }

  open() {
    clearTimeout(this.closing)
    this.decoder ??= new Decoder("map", ({ pixels, wrong }) => {
      this.note.textContent = wrong ?? ""
      if (!pixels) return
      paint(this.picture, pixels)
      this.panel.dataset.decoded = this.asked
    })
  }

  /** Others lie here now. */
  begin() {
    this.drawn = undefined
  }

  /** Soon, unless it is opened again: a script that runs anew only seems to leave. */
  closeSoon() {
    this.closing = setTimeout(() => {
      this.decoder?.leave()
      this.decoder = undefined
    }, 1000)
  }

  /** At a place of a cloud: `beta` is what the decoder is told. */
  show([x, y], cloud, { model, names, verdicts, average, shell, no_decoder }, beta, pictures) {
    const z = cloud.z(x, y)
    const key = `${model} ${beta} ${x} ${y}`
    if (no_decoder) this.note.textContent = no_decoder
    else if (key !== this.asked) {
      this.asked = key
      this.decoder?.ask(model, beta, z, 1)
    }
    this.nearest = cloud.nearest(x, y, NEAREST)
    const drawn = `${key} ${cloud.stop} ${pictures.revision} ${this.nearest.map(({ image }) => image)}`
    if (drawn === this.drawn) return
    this.drawn = drawn
    const times = this.nearest[0].away / cloud.apart
    const nth = verdicts.findIndex(([most]) => most === null || times <= most)
    const words = nth > 0 && cloud.averages(x, y) ? average : verdicts[nth][1]
    this.verdict.replaceChildren(html("b", {}, `${times >= 9.95 ? Math.round(times) : times.toFixed(1)} \u00d7`), " the usual distance to the nearest image. ", words[0].toUpperCase() + words.slice(1))
    if (shell !== null) {
      const length = Math.sqrt(z.reduce((sum, value) => sum + value * value, 0))
      this.length.textContent = length.toFixed(1)
    }
    this.images.forEach(({ context, button }, i) => {
      const found = this.nearest[i]
      button.hidden = !found
      if (!found) return
      button.image = found.image
      const name = `${names[found.image]}, ${(found.away / cloud.apart).toFixed(1)} \u00d7`
      button.title = name
      button.setAttribute("aria-label", `Nearest image ${i + 1}: ${name}`)
      context.clearRect(0, 0, 32, 32)
      pictures.draw(context, found.image, 0, 0, PICTURE)
    })
  }
}
