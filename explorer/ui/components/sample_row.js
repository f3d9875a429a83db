// A row of samples, each to be chosen: what stands beside the one that is, the server says, below the row.
// sample_row.py says what `data` holds.

import { canvas, html } from "./shared/dom.js"
import { decoded } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { Roving } from "./shared/roving.js"

const IMAGE = 32 // pixels a side

export default function ({ data, parentElement, setTriggerValue }) {
  const row = (parentElement.sampleRow ??= new SampleRow(parentElement.querySelector(".sample-row")))
  row.place.tell = (index) => setTriggerValue("chosen", { version: row.data.version, index })
  row.show(data)
}

class SampleRow {
  place = new Follower()

  constructor(host) {
    this.host = host
    this.find = (selector) => host.querySelector(selector)
    this.strip = this.find(".pictures")
    this.roving = new Roving(() => [...this.strip.children])
    this.find(".close").onclick = () => this.close()
    host.onkeydown = (event) => event.key === "Escape" && this.chosen !== null && (event.stopPropagation(), this.close())
  }

  async show(sent) {
    const news = this.place.hear(sent.chosen)
    const others = this.data?.version !== sent.version
    this.data = sent
    this.label()
    if (others) {
      delete this.host.dataset.version
      await this.lay()
    }
    if (this.data !== sent) return // a newer one has come
    if (news || others) this.mark(sent.chosen)
    await this.lean()
    this.host.dataset.version = sent.version
  }

  label() {
    const { title, detail, note, colour } = this.data
    this.host.style.setProperty("--concept", colour)
    for (const [selector, text] of [["b", title], [".detail", detail], [".note", note]]) this.find(`.label ${selector}`).textContent = text
  }

  async lay() {
    const { sprite, names, title, version } = this.data
    const row = await decoded(sprite)
    if (version !== this.data.version) return
    this.strip.setAttribute("aria-label", title)
    this.strip.style.setProperty("--count", names.length)
    this.strip.replaceChildren(...names.map((name, i) => {
      const context = canvas(IMAGE)
      context.drawImage(row, i * IMAGE, 0, IMAGE, IMAGE, 0, 0, IMAGE, IMAGE)
      const button = html("button", { type: "button", role: "radio", "aria-label": name, title: name }, context.canvas)
      button.onclick = () => (this.chosen === i ? this.close() : this.choose(i))
      return button
    }))
    this.roving.settle()
  }

  choose(index) {
    this.mark(index)
    this.place.chose(index)
  }

  close() {
    this.strip.children[this.chosen]?.focus()
    this.choose(null)
  }

  mark(index) {
    this.chosen = index
    for (const [i, button] of [...this.strip.children].entries()) button.setAttribute("aria-checked", i === index)
    if (index === null) return void (this.find(".panel").hidden = true)
    this.find(".panel").hidden = false
    this.find(".large").replaceChildren(html("figcaption", {}, this.data.names[index]), this.copy(index))
    if (this.data.chosen !== index) {
      this.find(".beside").replaceChildren()
      this.find(".panel p").textContent = this.data.looking
    }
  }

  copy(index) {
    const context = canvas(IMAGE, this.data.names[index])
    context.drawImage(this.strip.children[index].firstChild, 0, 0)
    return context.canvas
  }

  /** What the server knows of the one that is chosen. */
  async lean() {
    const { chosen, beside } = this.data
    if (chosen === null || chosen !== this.chosen || !beside) return
    const strips = await Promise.all(beside.strips.map(async (each) => {
      const picture = await decoded(each.sprite)
      const cells = each.captions.map((caption, i) => {
        const context = canvas(IMAGE, each.names[i])
        context.drawImage(picture, i * IMAGE, 0, IMAGE, IMAGE, 0, 0, IMAGE, IMAGE)
        return html("figure", {}, context.canvas, html("small", {}, caption))
      })
      const strip = html("div", { class: "strip" }, ...cells)
      strip.style.setProperty("--strip", cells.length)
      return html("figure", {}, html("figcaption", {}, each.title), strip)
    }))
    if (this.data.beside !== beside) return
    this.find(".beside").replaceChildren(...strips)
    this.find(".panel p").textContent = beside.words
  }
}
