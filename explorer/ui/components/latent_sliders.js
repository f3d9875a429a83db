// Ways through a latent, a slider each, from an image or the mean of many: latent_sliders.py says what `data` holds. All
// pictures are decoded where the sliders stand, at the hand's speed: `shared/decode.js`. Strips follow when it rests. The
// server hears of where they stand then, too.

import { Decoder, paint } from "./shared/decode.js"
import { canvas, html } from "./shared/dom.js"
import { Sheets } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { lead } from "./shared/lead.js"
import { Row, floats } from "./latent_sliders/row.js"

const QUIET_MS = 250 // from the last move until the server hears of it
const STRIPS_MS = 90 // and until strips are painted anew

export default function ({ data, parentElement, setTriggerValue }) {
  const sliders = (parentElement.sliders ??= new Sliders(parentElement.querySelector(".sliders")))
  sliders.chosen.tell = (state) => setTriggerValue("state", state)
  sliders.askForOthers = () => setTriggerValue("others", true)
  sliders.led ??= lead.enter("latent-sliders", (seen) => sliders.takeFromClass(seen))
  sliders.receive(data)
  return () => sliders.leave()
}

class Sliders {
  rows = []
  state = { image: "", a: "", b: "", at: {}, locked: [], also: [] }
  slot = "image" // which a click chooses: the start, or of three "a" or "b"

  constructor(host) {
    this.host = host
    this.find = (selector) => host.querySelector(selector)
    this.now = this.find(".now canvas").getContext("2d")
    this.start = this.find(".start canvas").getContext("2d")
    this.sheets = new Sheets(host)
    this.chosen = new Follower()
    this.find(".others").onclick = () => this.askForOthers()
    this.find(".reset-all").onclick = () => this.put(this.rows.filter((row) => !row.locked).map((row) => [row, null]))
    this.find(".surprise").onclick = () => this.put(this.rows.filter((row) => !row.locked).map((row) => [row, row.drawn()]))
    this.find(".more").onsubmit = (event) => {
      event.preventDefault()
      this.add(this.find(".more input").value)
    }
  }

  leave() {
    clearTimeout(this.quiet)
    clearTimeout(this.later)
    this.led?.leave()
    this.hand?.leave()
    this.strips?.leave()
    this.led = this.hand = this.strips = undefined
  }

  async receive(sent) {
    if (this.chosen.hear(sent.state)) this.asked = sent.state
    this.sent = sent
    const sheet = await this.sheets.open(sent)
    if (sheet) this.take(sheet)
    else if (this.data?.version !== sent.version) return // another is on its way
    if (this.asked) this.adopt(this.asked)
    this.settle()
    this.showNearest()
    this.led?.again()
  }

  take(sheet) {
    const { data } = sheet
    this.data = data
    this.sheet = sheet
    this.mu = floats(data.mu)
    this.find(".images").replaceChildren(...data.images.map(({ key, name }, i) => {
      const picture = canvas(32)
      sheet.draw(picture, i, 0)
      const button = html("button", { type: "button", title: name, "aria-label": key === "mean" ? name : `Image ${i + 1}: ${name}` }, picture.canvas)
      button.onclick = () => this.choose(key)
      return button
    }))
    this.laySlots()
    this.rows = data.rows.map((each) => new Row(each, data.strip, (row, value) => this.put([[row, value]]), (row) => this.lock(row)))
    this.find(".rows").replaceChildren(...this.rows.map((row) => row.node))
    this.find(".range").textContent = data.range
    this.find(".more").hidden = !data.others
    if (data.others) this.find(".more input").max = data.others - 1
    this.find(".surprise").hidden = this.find(".start").hidden = !!data.slots
    this.find(".pixels").hidden = !data.slots
    this.host.classList.toggle("alone", data.rows.length === 1)
  }

  laySlots() {
    const { slots } = this.data
    this.slots = {}
    this.find(".slots").hidden = !slots
    if (!slots) return void (this.slot = "image")
    this.find(".slots").replaceChildren(...slots.flatMap(({ key, name, sign }) => {
      const picture = (this.slots[key] = canvas(32))
      const radio = html("input", { type: "radio", name: "slot", "aria-label": `${name}, ${sign === "\u2212" ? "taken away" : "added"}` })
      radio.checked = key === this.slot
      radio.onchange = () => ((this.slot = key), this.settle())
      const label = html("label", {}, radio, picture.canvas, name)
      return sign ? [sign, label] : [label]
    }))
  }

  // -- where things stand ---------------------------------------------------------------------------------------------

  /** What the address says. */
  adopt({ image, a, b, at, locked, also }) {
    this.asked = undefined
    clearTimeout(this.quiet)
    const strengths = Object.fromEntries(parts(at).map((part) => part.split("_")).map(([key, value]) => [key, Number(value)]))
    this.state = { image, a, b, at: strengths, locked: parts(locked), also: parts(also) }
  }

  takeFromClass({ image, a, b, at }) {
    if (!this.data || this.place(image) < 0) return
    Object.assign(this.state, { image, a, b, at: { ...at } })
    this.settle()
  }

  place = (key) => this.data.images.findIndex((image) => image.key === key)

  /** A latent of the row of images. */
  latent(key) {
    const { width } = this.data
    const place = this.place(key)
    return this.mu.subarray(place * width, (place + 1) * width)
  }

  /** Where the sliders stand, all or with one of them elsewhere. */
  walked(except, value) {
    const z = Float32Array.from(this.code)
    for (const row of this.rows) {
      if (row === except) row.go(z, value)
      else if (row.key in this.state.at || row.moves) row.go(z, row.value)
    }
    return z
  }

  /** The start has changed, or the ways: all is drawn anew. */
  settle() {
    const { images } = this.data
    const { image, at, locked } = this.state
    if (this.place(image) < 0) return
    const place = this.place(image)
    this.code = this.latent(image)
    for (const row of this.rows) row.settle(place, at[row.key], locked.includes(row.key))
    ;[...this.find(".images").children].forEach((button, i) => {
      button.setAttribute("aria-pressed", images[i].key === this.state[this.slot])
    })
    for (const [slot, picture] of Object.entries(this.slots)) this.sheet.draw(picture, Math.max(0, this.place(this.state[slot])), 0)
    this.sheet.draw(this.find(".original canvas").getContext("2d"), place, 0)
    const { name, key } = images[place]
    this.find(".original figcaption").textContent = name
    this.find(".original canvas").setAttribute("aria-label", name)
    this.find(".original").hidden = key === "mean"
    this.find(".start canvas").setAttribute("aria-label", `Start: ${name}, decoded`)
    this.find(".now canvas").setAttribute("aria-label", `${name}, decoded where the sliders stand`)
    this.draw()
    this.paintStrips()
  }

  draw() {
    this.hand ??= new Decoder("sliders", (answer) => this.takePictures(answer))
    const z = this.walked()
    const codes = new Float32Array(2 * z.length)
    codes.set(z)
    codes.set(this.code, z.length)
    const alone = this.started === this.code && this.startedOf === this.data.version // then the start stands there
    const { model, beta } = this.data
    this.sought = { serial: this.hand.ask(model, beta, alone ? z : codes, alone ? 1 : 2), code: this.code, version: this.data.version }
    if (this.data.slots) this.sumPixels()
    const moved = this.rows.filter((row) => row.moved).length
    this.find(".reset-all").disabled = !this.rows.some((row) => row.moved && !row.locked)
    this.find(".now figcaption").textContent = moved ? `Here: ${moved} moved` : "Here"
    const { image, a, b, at } = this.state
    this.led?.tell({ image, a, b, at })
  }

  /** As control: what the same sum of pixels looks like. */
  sumPixels() {
    const context = this.find(".pixels canvas").getContext("2d")
    const [a, b, c] = ["a", "b", "image"].map((slot) => this.slots[slot].getImageData(0, 0, 32, 32).data)
    const sum = context.createImageData(32, 32)
    const times = this.rows[0]?.value ?? 0
    for (let i = 0; i < sum.data.length; i++) sum.data[i] = i % 4 === 3 ? 255 : c[i] + times * (a[i] - b[i]) // it is clamped
    context.putImageData(sum, 0, 0)
  }

  takePictures({ pixels, count, serial, wrong }) {
    this.find(".wrong").textContent = wrong ?? ""
    if (wrong) return
    paint(this.now, pixels)
    if (count > 1) {
      paint(this.start, pixels, 1)
      if (serial === this.sought.serial) [this.started, this.startedOf] = [this.sought.code, this.sought.version]
    }
    const { image, at } = this.state
    if (serial === this.sought.serial) this.host.dataset.at = JSON.stringify([image, at])
  }

  paintStrips() {
    clearTimeout(this.later)
    this.later = setTimeout(() => {
      this.strips ??= new Decoder("strips", (answer) => this.takeStrips(answer))
      const { width, model, beta, strip } = this.data
      const codes = new Float32Array(this.rows.length * strip * width)
      this.rows.forEach((row, r) => row.places.forEach((value, i) => codes.set(this.walked(row, value), (r * strip + i) * width)))
      if (this.rows.length) this.stripped = { serial: this.strips.ask(model, beta, codes, this.rows.length * strip), rows: this.rows }
      else this.host.dataset.version = this.data.version
    }, STRIPS_MS)
  }

  takeStrips({ pixels, count, from, serial, wrong }) {
    if (wrong || serial !== this.stripped.serial || this.stripped.rows !== this.rows) return
    const { strip } = this.data
    for (let i = 0; i < count; i++) this.rows[Math.floor((from + i) / strip)].paint(pixels, i, (from + i) % strip)
    if (from + count === this.rows.length * strip) this.host.dataset.version = this.data.version
  }

  showNearest() {
    const { nearest } = this.sent
    this.find(".nearest figcaption").textContent = nearest.words
    const near = this.find(".near")
    near.setAttribute("aria-label", nearest.label)
    const image = new Image()
    image.src = nearest.sprite
    image.decode().then(() => near.replaceChildren(...Array.from({ length: nearest.count }, (_, i) => {
      const picture = canvas(32)
      picture.drawImage(image, 32 * i, 0, 32, 32, 0, 0, 32, 32)
      return picture.canvas
    })))
  }

  // -- what a hand does -----------------------------------------------------------------------------------------------

  /** Rows to values, null for where they start. */
  put(moves) {
    const { at } = this.state
    for (const [row, value] of moves) {
      row.put(value)
      if (row.moved) at[row.key] = row.value
      else delete at[row.key]
    }
    this.draw()
    this.paintStrips()
    this.tellSoon(moves.length > 1 ? 0 : QUIET_MS)
  }

  lock(row) {
    const { locked } = this.state
    this.state.locked = row.locked ? [...locked, row.key] : locked.filter((key) => key !== row.key)
    this.draw()
    this.tellSoon(0)
  }

  choose(key) {
    this.state[this.slot] = key
    if (this.data.local) this.state.at = {} // ways from there are others
    this.settle()
    this.tellSoon(0)
  }

  add(text) {
    const number = Number(text)
    if (text === "" || !Number.isInteger(number) || number < 0 || number >= this.data.others) return
    const row = this.rows.find(({ key }) => key === String(number))
    if (row) return row.focus()
    this.state.also = [...this.state.also, String(number)]
    this.tellSoon(0)
  }

  tellSoon(wait) {
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => {
      const { image, a, b, at, locked, also } = this.state
      const stand = Object.entries(at).map(([key, value]) => `${key}_${value}`)
      this.chosen.chose({ image, a, b, at: stand.join("*"), locked: locked.join("*"), also: also.join("*") })
    }, wait)
  }
}

const parts = (text) => text.split("*").filter(Boolean)
