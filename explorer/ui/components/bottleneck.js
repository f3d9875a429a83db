// Draws the start page's figure: see bottleneck.py for what `data` holds.
// Streamlit calls the default export again, on the same DOM, when the data or the theme change.

import { canvas, html } from "./shared/dom.js"
import { Motion, Sheets, wantsNoMotion } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { meaning } from "./shared/keys.js"
import { lead } from "./shared/lead.js"
import { explain, termsIn } from "./shared/terms.js"
import { extent, inUnits, unitPixels } from "./shared/unit.js"

const figures = new WeakMap()
const FADE_MS = 240 // from one reconstruction into the next
const PLAY_MS = 750 // from one sample of z to the next
const STRIP = { high: 118, kl: 34, gap: 7, left: 22 } // pixels: mean and spread above, KL below, numbers on the left
const number = (value, digits = 0) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "\u2212")

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".bottleneck")
  let figure = figures.get(host)
  if (!figure) figures.set(host, (figure = new Bottleneck(host)))
  figure.chosen.tell = (i) => setTriggerValue("image", i)
  figure.askForOthers = () => setTriggerValue("others", true)
  figure.led ??= lead.enter("bottleneck", (seen) => figure.takeFromClass(seen))
  figure.receive(data)
  return () => figure.close()
}

class Bottleneck {
  constructor(host) {
    this.host = host
    this.find = (selector) => host.querySelector(selector)
    this.find(".others").onclick = () => this.askForOthers()
    this.find(".resample").onclick = () => { this.play(false); this.resample() }
    this.find(".play").onclick = () => this.play(!this.timer)
    this.find(".mean").onclick = () => { this.play(false); this.show(this.image, this.sample < 0 ? this.last : -1) }
    const strip = this.find(".strip")
    strip.onpointermove = strip.onpointerdown = (event) => this.hold(this.columnAt(event))
    strip.onpointerleave = strip.onblur = () => this.hold(-1)
    strip.onkeydown = (event) => {
      const step = meaning(event, { ArrowRight: 1, ArrowLeft: -1 })
      if (!step) return
      const count = this.data.order.length
      this.hold((Math.max(this.held, step < 0 ? 0 : -1) + step + count) % count)
    }
    this.resized = new ResizeObserver(() => this.data && this.layOut())
    this.resized.observe(strip)
    this.sheets = new Sheets(this.find(".reconstruction canvas"))
    this.fading = new Motion()
    this.chosen = new Follower()
    this.held = -1
    this.last = 0
  }

  close() {
    clearInterval(this.timer)
    this.led.leave()
    this.resized.disconnect()
    figures.delete(this.host)
  }

  async receive(sent) {
    const another = this.chosen.hear(sent.image)
    this.sent = sent
    const sheet = await this.sheets.open(sent)
    if (!sheet) {
      if (another && this.data?.version === sent.version) this.show(sent.image, Math.max(this.sample, 0))
      return void this.led?.again()
    }
    const first = !this.data
    const data = (this.data = { ...sheet.data, ...this.sent }) // another image may have been asked for meanwhile
    this.sheet = sheet
    this.samples = data.images[0].z.length
    const neck = data.order.length / data.pixel_values
    this.host.style.setProperty("--share", neck)
    this.find(".shape").textContent = `${data.shape.join(" \u00d7 ")} = ${number(data.pixel_values)} numbers`
    this.find(".neck .size").textContent = `${number(data.order.length)} numbers`
    this.find(".as-they-are").textContent = number(data.pixel_bits)
    this.words ??= termsIn(this.host, data.terms)
    this.find(".neck > span").textContent = `${number(1 / neck, neck > 0.1 ? 1 : 0)} times fewer`
    this.fillRow()
    this.layOut()
    this.show(data.image, 0, true)
    if (first && !wantsNoMotion()) this.play(true, this.samples) // once through, then it rests
    this.led?.again()
  }

  /** What the class looks at: an image, a sample of z, and a dimension that is pointed at, or -1. */
  takeFromClass({ image, sample, held }) {
    if (!this.data || image >= this.data.images.length || sample >= this.samples) return
    this.play(false)
    if (image !== this.image || sample !== this.sample) this.show(image, sample)
    if (held !== this.held) this.hold(held < this.data.order.length ? held : -1)
  }

  fillRow() {
    this.find(".row").replaceChildren(...this.data.images.map((image, i) => {
      const context = canvas(32)
      this.sheet.draw(context, i, 0)
      const label = `Image ${i + 1}: ${image.name}`
      const button = html("button", { type: "button", title: image.name, "aria-label": label }, context.canvas)
      button.onclick = () => { this.show(i, Math.max(this.sample, 0)); this.chosen.chose(i) }
      return button
    }))
  }

  resample() {
    this.show(this.image, ((this.sample < 0 ? this.last : this.sample) + 1) % this.samples)
  }

  play(on, times = Infinity) {
    clearInterval(this.timer)
    this.timer = on ? setInterval(() => { this.resample(); if (--times <= 0) this.play(false) }, PLAY_MS) : 0
    this.find(".play").textContent = on ? "Stop resampling" : "Keep resampling"
  }

  show(image, sample, at_once = false) {
    const moved = image !== this.image
    Object.assign(this, { image, sample })
    if (sample >= 0) this.last = sample
    const { images, version } = this.data
    const { name, mse, psnr, nats, bits } = images[image]
    this.find(".row").childNodes.forEach((button, i) => button.setAttribute("aria-pressed", String(i === image)))
    this.find(".mean").setAttribute("aria-pressed", String(sample < 0))
    this.find(".name").textContent = name
    this.find(".from").textContent = sample < 0 ? "from the mean" : "from the drawn z"
    const numbers = { nats: number(nats), bits: number(bits), psnr: number(psnr[sample + 1], 1), dims: number(this.data.order.length) }
    numbers.size = `${numbers.dims} numbers`
    this.find(".error b").textContent = `MSE ${mse[sample + 1].toFixed(4)}`
    this.find(".error .psnr").textContent = `${numbers.psnr} dB`
    this.find(".rate .nats").textContent = numbers.nats
    this.find(".rate .bits").textContent = numbers.bits
    for (const word of Object.values(this.words)) explain(word, this.data.terms, numbers)
    // column 0 of the sheet holds originals, 1 what the mean decodes to, then one column a sample of z
    if (moved || at_once) this.sheet.draw(this.find(".original canvas").getContext("2d"), image, 0)
    this.fade(this.find(".reconstruction canvas").getContext("2d"), image, sample + 2, at_once)
    this.find(".reconstruction canvas").dataset.version = `${version}-${image}-${sample}`
    if (moved) this.pass(".encoder")
    this.pass(".decoder")
    this.place()
    this.hold(this.held)
  }

  pass(selector) {
    const net = this.find(selector)
    net.classList.remove("flowing")
    void net.offsetWidth // so that it starts again
    net.classList.add("flowing")
  }

  fade(context, row, column, at_once) {
    this.fading.stop()
    if (at_once || wantsNoMotion()) return this.sheet.draw(context, row, column)
    this.fading.start((ms) => {
      const share = Math.min(1, ms / FADE_MS)
      this.sheet.draw(context, row, column, share < 1 ? share ** 2 : 1)
      return share === 1
    })
  }

  // One column a dimension, in as many lines as the width asks for.
  layOut() {
    const strip = this.find(".strip")
    const { order, images } = this.data
    const width = Math.max(extent(strip)[0] - STRIP.left, order.length) // it has none while it is taken off the page
    this.lines = Math.max(1, Math.ceil((order.length * 4.4) / width))
    this.columns = Math.ceil(order.length / this.lines)
    this.pitch = width / this.columns
    const line = STRIP.high + STRIP.gap + STRIP.kl + 14
    const height = this.lines * line - 8
    strip.style.height = inUnits(height)
    strip.setAttribute("viewBox", `0 0 ${STRIP.left + width} ${height}`)
    const { reach, most } = this.data // of all these images, so that they can be compared
    const unit = STRIP.high / 2 / reach
    const tick = Math.floor(reach)
    const bar = Math.max(1, this.pitch * 0.62)
    let marks = `<rect class="held" width="${this.pitch}" height="${line - 14}" visibility="hidden"/>`
    for (let l = 0; l < this.lines; l++) {
      const zero = l * line + STRIP.high / 2
      marks += `<rect class="prior" x="${STRIP.left}" y="${zero - unit}" width="${width}" height="${2 * unit}"/>
        <line class="zero" x1="${STRIP.left}" x2="${STRIP.left + width}" y1="${zero}" y2="${zero}"/>` +
        [tick, 0, -tick].map((v) => `<text x="${STRIP.left - 6}" y="${zero - v * unit + 3.5}" text-anchor="end">${number(v)}</text>`).join("") +
        `<text class="most" x="${STRIP.left - 6}" y="${zero + STRIP.high / 2 + STRIP.gap + STRIP.kl}" text-anchor="end">${number(most, most < 10 ? 1 : 0)}</text>`
    }
    order.forEach((_, i) => {
      const at = `translate(${this.x(i) + this.pitch / 2}, ${Math.floor(i / this.columns) * line})`
      marks += `<g transform="${at}"><rect class="std" x="${-bar / 2}" width="${bar}" height="1"/>
        <rect class="mean" x="${-bar / 2}" y="-1" width="${bar}" height="2"/>
        <circle class="z" r="${Math.min(2.6, this.pitch * 0.36)}"/>
        <rect class="kl" x="${-bar / 2}" y="0" width="${bar}" height="1"/></g>`
    })
    strip.innerHTML = marks
    this.groups = [...strip.querySelectorAll("g")]
    if (this.image !== undefined && this.image < images.length) this.place()
  }

  x(i) { return STRIP.left + (i % this.columns) * this.pitch }

  place() {
    const { mu, std, kl, z } = this.data.images[this.image]
    const unit = STRIP.high / 2 / this.data.reach
    const y = (value) => STRIP.high / 2 - value * unit
    const at = this.sample < 0 ? mu : z[this.sample]
    this.data.order.forEach((d, i) => {
      const [spread, mean, dot, cost] = this.groups[i].children
      const upper = y(mu[d] + std[d])
      spread.style.transform = `translateY(${upper}px) scaleY(${Math.max(1, y(mu[d] - std[d]) - upper)})`
      mean.style.transform = `translateY(${y(mu[d])}px)`
      dot.style.transform = `translateY(${y(at[d])}px)`
      cost.style.transform = `translateY(${STRIP.high + STRIP.gap}px) scaleY(${(STRIP.kl * kl[d]) / this.data.most})`
    })
    this.find(".strip").setAttribute("aria-label",
      `${mu.length} latent dimensions, those that carry most first. ${this.data.in_use}.`)
  }

  columnAt(event) {
    const box = this.find(".strip").getBoundingClientRect()
    const column = Math.floor(((event.clientX - box.left) / unitPixels() - STRIP.left) / this.pitch)
    const line = Math.floor((event.clientY - box.top) / (box.height / this.lines))
    const i = line * this.columns + column
    return column >= 0 && column < this.columns && i < this.data.order.length ? i : -1
  }

  hold(i) {
    this.held = i
    this.led?.tell({ image: this.image, sample: this.sample, held: i })
    const mark = this.find(".held")
    mark.setAttribute("visibility", i < 0 ? "hidden" : "visible")
    const { mu, std, kl, z } = this.data.images[this.image]
    if (i < 0) {
      this.find(".readout").textContent = this.data.in_use
      return
    }
    const d = this.data.order[i]
    const at = this.sample < 0 ? mu[d] : z[this.sample][d]
    const line = STRIP.high + STRIP.gap + STRIP.kl + 14
    mark.setAttribute("x", this.x(i))
    mark.setAttribute("y", Math.floor(i / this.columns) * line)
    this.find(".readout").innerHTML = `<b>dimension ${d}</b>: mean ${number(mu[d], 2)}, std ${number(std[d], 2)}, ` +
      `z ${number(at, 2)}, KL ${number(kl[d], 2)} nats`
  }
}
