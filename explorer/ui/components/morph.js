// A position between two ends, dragged, played or stepped through. Each row's picture there is cut from one sprite
// sheet (rows under each other, frames side by side). On the way from one frame to the next it is a mixture of both
// (17 frames of the shipped models: off by 0.3 of 255 levels, on average); at rest it is always a frame. The server hears
// of the position when the hand lets go.

import { canvas, html } from "./shared/dom.js"
import { Player, Sheets } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { lead } from "./shared/lead.js"

const ONE_WAY_MS = 2600

export default function ({ data, parentElement, setTriggerValue }) {
  const morph = (parentElement.morph ??= new Morph(parentElement.querySelector(".morph")))
  morph.place.tell = (position) => setTriggerValue("position", position)
  morph.led ??= lead.enter("morph", (position) => morph.player.follow(position))
  morph.show(data)
  return () => morph.leave()
}

class Morph {
  constructor(host) {
    this.host = host
    this.stage = host.querySelector(".stage")
    this.readout = host.querySelector("output")
    this.sheets = new Sheets(host)
    this.player = new Player(host, {
      oneWayMs: ONE_WAY_MS,
      draw: (...place) => this.draw(...place),
      rest: (frame) => this.place.chose(rounded(frame / this.player.last)),
    })
    this.place = new Follower()
  }

  async show(sent) {
    const elsewhere = this.place.hear(sent.position)
    const sheet = await this.sheets.open(sent)
    if (elsewhere) this.player.stand(sent.position)
    if (sheet) this.take({ ...sheet.data, ...sent }, sheet)
    this.led?.again()
  }

  leave() {
    this.player.leave()
    this.led.leave()
    this.led = undefined
  }

  take(data, sheet) {
    this.data = data
    this.sheet = sheet
    this.player.slider.setAttribute("aria-label", data.label)
    this.lay()
    this.player.load(data.frames, (data.frames - 1) / 8)
    this.host.dataset.version = data.version
  }

  lay() {
    const { rows, ends, cell } = this.data
    this.canvases = rows.map((row) => canvas(cell, row.label))
    this.values = rows.map(() => html("small"))
    const tracks = rows.map((row, i) => figure("track", row.label, this.canvases[i].canvas, this.values[i]))
    const [left, right] = ends.map(({ label, note, image }) =>
      figure("end", label, html("img", { src: image, alt: `${label}: ${note}` }), html("small", {}, note)))
    this.stage.style.setProperty("--tracks", rows.length)
    this.stage.replaceChildren(left, ...tracks, right)
  }

  draw(before, share, nearest) {
    const { rows, readout } = this.data
    this.led?.tell(Number(this.player.slider.value))
    rows.forEach((row, i) => {
      this.sheet.mix(this.canvases[i], i, before, share)
      this.values[i].textContent = row.values[nearest]
    })
    this.readout.textContent = readout[nearest]
    this.player.slider.setAttribute("aria-valuetext", readout[nearest])
  }
}

const rounded = (position) => Number(position.toFixed(3)) // as it stands in the address
const figure = (kind, label, ...content) => html("figure", { class: kind }, html("figcaption", {}, label), ...content)
