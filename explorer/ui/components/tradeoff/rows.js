// The rows of pictures: originals, what the slider makes of them, the model that was clicked on, and samples.

import { canvas, html } from "../shared/dom.js"
import { decoded, Sheet } from "../shared/film.js"
import { Roving } from "../shared/roving.js"

const FEW = 3 // images that stand large beside what is made of them, instead of in rows

export class Rows {
  /** @param point called with the number of a sample that is pointed at, or null */
  constructor(host, point) {
    const find = (selector) => host.querySelector(selector)
    this.host = host
    this.stage = find(".stage")
    this.pairs = find(".pairs")
    this.samples = find(".samples")
    this.chosenLabel = find(".labels .chosen")
    this.point = point
    this.roving = new Roving(() => [...this.samples.children])
  }

  lay(data, sheet) {
    this.data = data
    this.sheet = sheet
    const { names, cell, samples } = data
    this.stage.classList.toggle("few", names.length <= FEW)
    this.stage.style.setProperty("--images", names.length)
    this.moving = names.map((name) => canvas(cell, `Reconstruction of ${name}`))
    this.pairs.replaceChildren(
      ...names.map((name, i) => {
        const original = canvas(cell, name)
        sheet.draw(original, i, 0)
        return html("div", { class: "pair" }, original.canvas, this.moving[i].canvas)
      }),
    )
    this.drawn = Array.from({ length: samples }, (_, i) => canvas(cell, `Sample ${i + 1}`))
    this.samples.replaceChildren(...this.drawn.map((context, i) => this.sample(context.canvas, i)))
    this.roving.settle()
    this.row = null // canvases of a chosen model went with the others
  }

  sample(node, i) {
    node.onpointerenter = node.onfocus = () => this.point(i)
    node.onpointerleave = node.onblur = () => this.point(null)
    return node
  }

  /** Mark a sample, or none. */
  light(number) {
    this.drawn?.forEach((context, i) => context.canvas.classList.toggle("lit", i === number))
  }

  draw(before, share) {
    const { names, version } = this.data
    this.moving.forEach((context, i) => this.sheet.mix(context, i, 1 + before, share))
    this.drawn.forEach((context, i) => this.sheet.mix(context, names.length + i, 1 + before, share))
    if (!share) this.stage.dataset.version = `${version}-${before}` // exactly this frame, and no mixture
  }

  /** The pictures of a model that was clicked on, {label, note, version, strip}, or null. */
  async choose(row) {
    this.row = row
    if (row && row.version === this.laid && this.pairs.querySelector(".third")) return
    this.laid = row?.version
    this.clear()
    if (!row) return
    const { cell, names } = this.data
    const strip = new Sheet(await decoded(row.strip), cell)
    if (this.row !== row) return
    this.clear()
    names.forEach((name, i) => {
      const third = canvas(cell, `${row.label}: ${name}`)
      third.canvas.className = "third"
      strip.draw(third, 0, i)
      this.pairs.children[i].append(third.canvas)
    })
    this.chosenLabel.replaceChildren(row.label, " ", html("small", {}, row.note))
    this.stage.classList.add("with-third")
  }

  clear() {
    this.pairs.querySelectorAll(".third").forEach((old) => old.remove())
    this.chosenLabel.replaceChildren()
    this.stage.classList.remove("with-third")
  }
}
