// One image under several models. Pictures are cut from one sprite sheet: a row an image; its original, then each
// model's reconstruction, then each model's error. The loupe stands on whole pixels, at the same ones in every picture;
// the wipe's edge too. The server hears of what is looked at when the hand rests.

import { canvas, html } from "./shared/dom.js"
import { Sheets } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { meaning } from "./shared/keys.js"
import { explain, term } from "./shared/terms.js"
import { lead } from "./shared/lead.js"

const QUIET_MS = 400
const MANY = 5 // models beside each other: where they are narrow, a number stands below its name
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".microscope")
  const scope = (parentElement.microscope ??= new Microscope(host))
  scope.looked.tell = (view) => setTriggerValue("view", { version: scope.data.version, ...view })
  scope.led ??= lead.enter("microscope", (seen) => scope.takeFromClass(seen))
  scope.show(data)
  return () => scope.leave()
}

class Microscope {
  constructor(host) {
    this.host = host
    this.bench = host.querySelector(".bench")
    this.images = host.querySelector(".images")
    this.edge = host.querySelector("input")
    this.said = host.querySelector(".said")
    this.viewButtons = [...host.querySelectorAll("[data-view]")]
    this.sheets = new Sheets(host)
    this.looked = new Follower()
    for (const button of this.viewButtons) button.onclick = () => ((this.view = button.dataset.view), this.draw(), this.tellSoon())
    this.edge.oninput = () => this.draw()
    this.bench.onkeydown = (event) => this.step(event)
  }

  async show(sent) {
    const { image, view, at } = sent.opened
    if (this.looked.hear({ image, view, at })) this.asked = { image, view, at }
    const sheet = await this.sheets.open(sent)
    if (!sheet) return void (this.data?.version === sent.version && this.follow())
    const { data } = sheet
    const others = this.data && this.data.busiest.join() !== data.busiest.join()
    this.data = data
    this.sheet = sheet
    if (others) {
      this.image = Math.min(this.image, data.names.length - 1)
      this.at = data.busiest[this.image]
    }
    if (this.asked) this.look(this.asked)
    else if (others) this.tellSoon()
    if (this.edge.max !== String(data.cell)) {
      this.edge.max = data.cell
      this.edge.value = data.cell / 2
    }
    this.host.querySelector(".scale-line").innerHTML = data.scale
    this.lay()
    this.draw()
    this.host.dataset.version = data.version
    this.led?.again()
  }

  leave() {
    clearTimeout(this.quiet)
    this.led.leave()
    this.led = undefined
  }

  /** What the class looks at; nothing is told the server, to which it is no choice of this person's. */
  takeFromClass(seen) {
    if (!this.data || seen.image >= this.data.names.length) return
    this.look(seen)
    this.edge.value = seen.edge
    this.draw()
  }

  /** At what the address says, if that is news. */
  follow() {
    if (this.asked) {
      this.look(this.asked)
      this.draw()
    }
    this.led?.again()
  }

  look({ image, view, at }) {
    this.asked = undefined
    clearTimeout(this.quiet)
    this.image = image
    this.view = view
    this.at = at ?? this.data.busiest[image]
  }

  lay() {
    const { cell, names, columns, loupe } = this.data
    this.images.replaceChildren(
      ...names.map((name, i) => {
        const context = canvas(cell)
        this.sheet.draw(context, i, 0)
        const button = html("button", { type: "button", title: name, "aria-label": name }, context.canvas)
        button.onclick = () => this.choose(i)
        return button
      }),
    )
    this.images.hidden = names.length < 2
    this.bench.style.setProperty("--columns", columns.length + 1)
    this.bench.classList.toggle("many", columns.length >= MANY)
    this.bench.style.setProperty("--share", `${(100 * loupe) / cell}%`)
    this.columns = [{ label: "Original", detail: "", facts: names.map(() => []) }, ...columns].map(({ label, detail, colour, border, facts, slots }, i) => {
      const whole = canvas(cell, label)
      const part = canvas(loupe, `${label}, under the loupe`)
      const [frame, edge] = [html("div", { class: "frame" }), html("div", { class: "edge", hidden: "" })]
      const slide = html("div", { class: "slide" }, whole.canvas, frame, edge)
      const list = html("dl")
      const caption = html("figcaption", {}, label, html("small", {}, detail))
      const seam = html("div", { class: "edge", hidden: "" }) // of the wipe, under the loupe
      const figure = html("figure", {}, caption, slide, html("div", { class: "lens" }, part.canvas, seam), list)
      if (colour) figure.style.setProperty("--family", `3px ${border} ${colour}`)
      slide.onpointerdown = (event) => {
        if (this.view === "wipe") slide.setPointerCapture(event.pointerId)
        this.point(event, slide)
      }
      slide.onpointermove = (event) => this.point(event, slide)
      return { label, facts, slots, figure, whole, frame, edge, seam, part, list, column: i }
    })
    this.bench.replaceChildren(...this.columns.map(({ figure }) => figure))
  }

  draw() {
    if (!this.data) return
    const { cell, loupe, columns, names } = this.data
    const [x, y] = this.at
    const edge = Number(this.edge.value)
    this.led?.tell({ image: this.image, view: this.view, at: this.at, edge })
    this.host.classList.toggle("wiping", this.view === "wipe")
    this.host.classList.toggle("erring", this.view === "error")
    for (const button of this.viewButtons) button.setAttribute("aria-pressed", button.dataset.view === this.view)
    ;[...this.images.children].forEach((button, i) => button.setAttribute("aria-pressed", i === this.image))
    for (const { label, facts, whole, frame, part, list, column, seam, edge: line } of this.columns) {
      const wipes = column > 0 && this.view === "wipe"
      whole.clearRect(0, 0, cell, cell)
      this.sheet.draw(whole, this.image, column > 0 && this.view === "error" ? columns.length + column : column)
      part.clearRect(0, 0, loupe, loupe)
      part.drawImage(whole.canvas, x, y, loupe, loupe, 0, 0, loupe, loupe)
      if (wipes && edge) {
        // The loupe is wiped like the picture: wherever it stands, it shows its spot in both.
        const [top, seamAt] = [this.image * cell, Math.round((edge / cell) * loupe)]
        whole.drawImage(this.sheet.picture, 0, top, edge, cell, 0, 0, edge, cell)
        if (seamAt) part.drawImage(this.sheet.picture, x, top + y, seamAt, loupe, 0, 0, seamAt, loupe)
      }
      line.hidden = seam.hidden = !wipes
      seam.style.left = `${(100 * Math.round((edge / cell) * loupe)) / loupe}%`
      line.style.left = `${(100 * edge) / cell}%`
      frame.style.left = `${(100 * x) / cell}%`
      frame.style.top = `${(100 * y) / cell}%`
      whole.canvas.setAttribute("aria-label", `${names[this.image]}: ${label}${column && this.view !== "reconstruction" ? `, ${this.view}` : ""}`)
      if (list.of !== this.image) {
        list.of = this.image
        list.replaceChildren(...facts[this.image].flatMap(([name, value]) => this.fact(name, value, column)))
      }
    }
  }

  /** A measure and its value; in the first column where it has one, what it means. */
  fact(name, value, column) {
    const slots = (each) => each.slots?.[this.image][name]
    const first = this.columns.find(slots)
    if (first?.column !== column) return [html("dt", {}, name), html("dd", {}, value)]
    const { terms } = this.data
    const word = (key, text) => {
      const button = term(terms, key, text)
      explain(button, terms, slots(first))
      return button
    }
    const nats = value.endsWith(" nats") ? [value.slice(0, -4), word("nat", "nats")] : [value]
    return [html("dt", {}, word(name.toLowerCase(), name)), html("dd", {}, ...nats)]
  }

  point(event, slide) {
    if (lead.follows) return // a class looks at one spot
    const { cell, loupe } = this.data
    const box = slide.getBoundingClientRect()
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((share) => share * cell)
    if (this.view === "wipe" && event.buttons) this.edge.value = Math.round(x)
    this.move(Math.floor(x - loupe / 2 + 0.5), Math.floor(y - loupe / 2 + 0.5))
  }

  step(event) {
    const by = meaning(event, KEYS)
    if (!by) return
    this.move(this.at[0] + by[0], this.at[1] + by[1])
    this.said.textContent = `Loupe at column ${this.at[0] + 1}, row ${this.at[1] + 1}`
  }

  move(x, y) {
    const last = this.data.cell - this.data.loupe
    this.at = [x, y].map((place) => Math.min(last, Math.max(0, place)))
    this.draw()
    this.tellSoon()
  }

  choose(image) {
    this.image = image
    this.at = this.data.busiest[image]
    this.draw()
    this.tellSoon(0) // a file that is asked for next is of this image
  }

  tellSoon(wait = QUIET_MS) {
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => this.looked.chose({ image: this.image, view: this.view, at: this.at }), wait)
  }
}
