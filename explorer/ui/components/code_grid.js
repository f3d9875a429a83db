// Two images as 64 codes each, the codebook, and a brush. What a hand does to the codes of A goes to the decoder at once
// (shared/decode.js), and to the server when the hand lets go. code_grid.py says what `data` holds.

import { Decoder, paint } from "./shared/decode.js"
import { canvas, html } from "./shared/dom.js"
import { decoded, Sheets } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { lead } from "./shared/lead.js"
import { Roving } from "./shared/roving.js"

const GRID = 8 // cells a side of an image
const CELLS = GRID * GRID
const TAKEN = -1 // in place of a code: the one that B has there
const IMAGE = 32 // pixels a side
const TOLD_AS = { a: "A", b: "B" }

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = (parentElement.codeGrid ??= new CodeGrid(parentElement.querySelector(".code-grid")))
  grid.place.tell = (view) => setTriggerValue("chosen", { version: grid.data.version, ...view })
  grid.arrive()
  grid.show(data)
  return () => grid.leave()
}

class CodeGrid {
  tool = "paint"
  undone = [] // cells as they were, the newest last
  place = new Follower()

  constructor(host) {
    this.host = host
    this.sheets = new Sheets(host)
    this.find = (selector) => host.querySelector(selector)
    this.painted = this.picture(".painted .cells", "A, painted")
    this.second = this.picture(".second .cells", "B")
    this.original = this.picture(".original", "A, the image")
    this.brush = this.picture(".brush", "The code to paint with, in every cell")
    this.grids = { a: this.grid("a"), b: this.grid("b") }
    this.tiles = new Roving(() => [...this.find(".tiles").children], () => this.columns)
    for (const [name, value] of [["tool", "tool"], ["order", "order"]]) {
      for (const button of host.querySelectorAll(`[data-${name}]`)) button.onclick = () => this.choose({ [value]: button.dataset[name] })
    }
    this.find(".undo").onclick = () => this.undo()
    this.find(".reset").onclick = () => this.commit(this.cells, Array(CELLS).fill(null))
    this.find(".shuffle").onclick = () => this.shuffle()
    host.onkeydown = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "z") return
      event.preventDefault()
      this.undo()
    }
  }

  arrive() {
    this.led ??= lead.enter("codes", (seen) => this.takeFromClass(seen))
    this.picturing ??= new Decoder("codes", (told) => this.see(told))
    this.brushing ??= new Decoder("code", ({ pixels }) => pixels && paint(this.brush, pixels))
  }

  leave() {
    for (const name of ["led", "picturing", "brushing"]) {
      this[name]?.leave()
      this[name] = undefined
    }
  }

  // -- what the server says ------------------------------------------------------------------------------------------

  async show(sent) {
    const { opened, ends } = sent
    const news = this.place.hear(opened)
    const sheet = await this.sheets.open(sent)
    if (!sheet && this.data?.version !== sent.version) return // a newer one is on its way
    if (sheet) {
      this.data = sheet.data
      this.sheet = sheet
      this.layTiles()
    }
    const others = this.ends?.a.original !== ends.a.original || this.ends?.b.original !== ends.b.original || sheet
    this.ends = ends
    if (news || others) {
      if (others) this.undone = []
      else if (this.undone.length && same(this.undone.at(-1), opened.cells)) this.undone.pop() // Back did it
      Object.assign(this, opened, { moved: undefined })
      if (others) await this.layEnds()
      this.draw()
      this.askForBrush()
    }
    this.host.dataset.version = this.data.version
    this.led?.again()
  }

  takeFromClass({ cells, code }) {
    if (!this.data) return
    Object.assign(this, { cells, code })
    this.draw()
    this.askForBrush()
  }

  async layEnds() {
    await Promise.all([this.layEnd("a", this.painted), this.layEnd("b", this.second)])
    this.original.drawImage(await decoded(this.ends.a.original), 0, 0)
  }

  async layEnd(name, context) {
    const { made, beside, names, first } = this.ends[name]
    const [picture, row] = await Promise.all([decoded(made), decoded(beside)])
    if (made !== this.ends[name].made) return
    context.drawImage(picture, 0, 0)
    const buttons = names.map((label, i) => {
      const button = radio(`${TOLD_AS[name]}: ${label}`, IMAGE, first + i === this[name])
      button.context.drawImage(row, i * IMAGE, 0, IMAGE, IMAGE, 0, 0, IMAGE, IMAGE)
      button.node.onclick = () => this.choose(name === "a" ? { a: first + i, cells: Array(CELLS).fill(null) } : { b: first + i })
      return button.node
    })
    const strip = this.find(`.strip[data-end=${name}]`)
    strip.replaceChildren(...buttons)
    strip.roving ??= new Roving(() => [...strip.children])
    strip.roving.settle(buttons.find((button) => button.ariaChecked === "true"))
  }

  layTiles() {
    const { shown, cells, count, size, cell, row } = this.data
    const used = cells.filter(Boolean).length
    const left = shown.length < size ? `, the ${shown.length.toLocaleString("en")} most used` : ""
    this.find(".used").textContent = `${used.toLocaleString("en")} of ${size.toLocaleString("en")} codes used${left}`
    this.all = CELLS * count
    this.buttons = shown.map((code, i) => {
      const { node, context } = radio(this.says(code), cell, false)
      const [x, y] = [(i % row) * cell, Math.floor(i / row) * cell]
      context.drawImage(this.sheet.picture, x, y, cell, cell, 0, 0, cell, cell)
      node.code = code
      node.classList.toggle("unused", !cells[code])
      node.onclick = () => this.choose({ code })
      node.onpointerenter = node.onfocus = () => this.point(code, this.says(code))
      return node
    })
    this.find(".tiles").style.setProperty("--tile", tileSize(shown.length))
    this.find(".tiles").onpointerleave = () => this.point()
  }

  // -- what a hand does ----------------------------------------------------------------------------------------------

  /** A square canvas at the end of an element, or before what lies over it. */
  picture(selector, label) {
    const context = canvas(IMAGE, label)
    this.find(selector).append(context.canvas)
    return context
  }

  /** 64 cells over a picture: keys go from one to the next, a pointer draws over them. */
  grid(name) {
    const nodes = Array.from({ length: CELLS }, (_, i) => html("div", { role: "gridcell", class: "cell", "data-cell": i }))
    const rows = Array.from({ length: GRID }, (_, i) => html("div", { role: "row" }, ...nodes.slice(i * GRID, (i + 1) * GRID)))
    const over = html("div", { role: "grid", class: "over", "aria-label": `Cells of ${TOLD_AS[name]}` }, ...rows)
    this.find(`.cells[data-end=${name}]`).append(over)
    const roving = new Roving(() => nodes, () => GRID)
    roving.settle()
    for (const [i, node] of nodes.entries()) {
      node.addEventListener("focus", () => this.pointAt(name, i))
      node.addEventListener("keydown", (event) => this.press(event, name, i))
    }
    over.onpointerdown = (event) => this.begin(event, name, over)
    over.onpointermove = (event) => this.move(event, name, over)
    over.onpointerup = () => this.end()
    over.onpointercancel = () => this.cancel()
    over.onpointerleave = () => this.stroke || this.point()
    return { nodes, over }
  }

  /** Enter and the space bar do what the tool does; with Shift, arrows mark a rectangle first. */
  press(event, name, cell) {
    if (event.key.startsWith("Arrow")) this.anchor = event.shiftKey ? (this.anchor ?? cell) : undefined
    if (event.key === "Escape") this.anchor = undefined
    if (event.key !== "Enter" && event.key !== " ") return
    event.preventDefault()
    const of = rectangle(this.anchor ?? cell, cell)
    this.anchor = undefined
    if (this.tool === "pick") return this.choose({ code: this.codesOf(name)[cell] })
    this.commit(this.cells, this.done(this.cells, name, of))
  }

  begin(event, name, over) {
    if (event.button || !this.data) return
    const cell = cellAt(event, over)
    if (this.tool === "pick") return this.choose({ code: this.codesOf(name)[cell] })
    over.setPointerCapture(event.pointerId)
    this.stroke = { name, from: cell, last: cell, before: this.cells, drags: name === "b" || this.tool === "take" }
    this.goOn(cell)
  }

  move(event, name, over) {
    const cell = cellAt(event, over)
    if (this.stroke) this.goOn(cell)
    this.pointAt(name, cell)
  }

  goOn(cell) {
    const { name, from, last, before, drags } = this.stroke
    const [start, of] = drags ? [before, rectangle(from, cell)] : [this.cells, line(last, cell)]
    this.stroke.last = cell
    const cells = this.done(start, name, of)
    if (!same(cells, this.cells)) this.show64(cells)
  }

  end() {
    if (!this.stroke) return
    const { before } = this.stroke
    this.stroke = undefined
    if (!same(before, this.cells)) this.commit(before, this.cells)
  }

  cancel() {
    if (!this.stroke) return
    const { before } = this.stroke
    this.stroke = undefined
    this.show64(before)
  }

  /** The cells, with what the tool does to some. Whatever is done to B's, they are taken. */
  done(cells, name, of) {
    const next = [...cells]
    const value = name === "b" || this.tool === "take" ? TAKEN : this.tool === "paint" ? this.code : null
    for (const cell of of) next[cell] = value
    return next
  }

  commit(before, cells) {
    if (same(before, cells)) return
    this.undone.push(before)
    this.show64(cells)
    this.tell()
  }

  undo() {
    if (!this.undone.length) return
    this.show64(this.undone.pop())
    this.tell()
  }

  shuffle() {
    const any = () => Math.floor(Math.random() * this.data.count)
    this.choose({ a: any(), b: any(), cells: Array(CELLS).fill(null) })
  }

  choose(what) {
    Object.assign(this, what)
    this.draw()
    if ("code" in what) this.askForBrush()
    if (!("tool" in what)) this.tell()
  }

  tell() {
    const { a, b, cells, code, order } = this
    this.place.chose({ a, b, cells, code, order })
  }

  // -- what is seen --------------------------------------------------------------------------------------------------

  codesOf(name) {
    const { a, b } = this.ends
    return name === "b" ? b.codes : this.cells.map((code, i) => (code === null ? a.codes[i] : code === TAKEN ? b.codes[i] : code))
  }

  show64(cells) {
    this.cells = cells
    this.draw()
  }

  draw() {
    const { model } = this.data
    const codes = this.codesOf("a")
    this.picturing?.ask(model, null, Float32Array.from(codes), 1, true)
    this.led?.tell({ cells: this.cells, code: this.code })
    for (const [name, { nodes }] of Object.entries(this.grids)) {
      const of = name === "a" ? codes : this.ends.b.codes
      nodes.forEach((node, i) => {
        const put = name === "a" ? this.cells[i] : null
        node.classList.toggle("put", put !== null && put !== TAKEN)
        node.classList.toggle("taken", put === TAKEN)
        node.setAttribute("aria-label", `row ${1 + Math.floor(i / GRID)}, column ${1 + (i % GRID)}: code ${of[i]}${put === TAKEN ? ", from B" : put === null ? "" : ", painted"}`)
      })
    }
    const changed = this.cells.filter((each) => each !== null).length
    this.find(".changed").textContent = changed ? `${changed} of ${CELLS} cells changed` : ""
    this.find(".undo").disabled = !this.undone.length
    this.find(".reset").disabled = !changed
    for (const name of ["tool", "order"]) {
      for (const button of this.host.querySelectorAll(`[data-${name}]`)) button.setAttribute("aria-pressed", button.dataset[name] === this[name])
    }
    this.drawTiles()
  }

  drawTiles() {
    const tiles = this.find(".tiles")
    if (this.ordered !== this.order || tiles.firstChild?.parent !== this.buttons) {
      this.ordered = this.order
      const inOrder = this.data.orders[this.order].map((place) => this.buttons[place])
      inOrder[0].parent = this.buttons
      tiles.replaceChildren(...inOrder)
    }
    const chosen = this.buttons.find((button) => button.code === this.code)
    if (chosen !== this.brushTile) {
      this.brushTile?.setAttribute("aria-checked", false)
      chosen?.setAttribute("aria-checked", true)
      this.brushTile = chosen
      this.tiles.settle(chosen)
    }
    this.find(".brush b").textContent = `Code ${this.code} in every cell`
  }

  /** Tiles beside each other. */
  get columns() {
    const [first, ...others] = this.find(".tiles").children
    const below = others.findIndex((tile) => tile.offsetTop > first.offsetTop)
    return below < 0 ? others.length + 1 : below + 1
  }

  askForBrush() {
    this.brushing?.ask(this.data.model, null, new Float32Array(CELLS).fill(this.code), 1, true)
  }

  see({ pixels, wrong }) {
    if (wrong) return void (this.find(".readout").textContent = wrong)
    paint(this.painted, pixels)
    this.host.dataset.shown = this.codesOf("a").join() // tests wait for it
  }

  pointAt(name, cell) {
    if (!this.data) return
    const code = this.codesOf(name)[cell]
    this.point(code, `${TOLD_AS[name]}, row ${1 + Math.floor(cell / GRID)}, column ${1 + (cell % GRID)}: ${this.says(code)}`)
    if (this.anchor !== undefined) for (const each of rectangle(this.anchor, cell)) this.grids[name].nodes[each].classList.add("same")
  }

  /** Mark all cells that say a code, or none, and say a sentence. */
  point(code, words = "") {
    for (const [name, { nodes }] of Object.entries(this.grids)) {
      const of = code === undefined ? [] : this.codesOf(name)
      nodes.forEach((node, i) => node.classList.toggle("same", code !== undefined && of[i] === code))
    }
    this.find(".readout").textContent = words
  }

  says(code) {
    const { cells, images, count } = this.data
    if (!cells[code]) return `code ${code}, unused: none of ${count.toLocaleString("en")} images says it`
    const percent = (100 * cells[code]) / (CELLS * count)
    return `code ${code}, in ${images[code].toLocaleString("en")} of ${count.toLocaleString("en")} images, ${Number(percent.toPrecision(2))} % of all cells`
  }
}

/** A picture to choose among others: the node, and what is drawn on. */
function radio(label, side, checked) {
  const context = canvas(side)
  return { context, node: html("button", { type: "button", role: "radio", "aria-checked": checked, "aria-label": label, title: label }, context.canvas) }
}

function cellAt(event, over) {
  const box = over.getBoundingClientRect()
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((share) =>
    Math.min(GRID - 1, Math.max(0, Math.floor(share * GRID))))
  return y * GRID + x
}

/** All cells between two corners. */
function rectangle(one, other) {
  const [x, y] = [one % GRID, other % GRID].toSorted()
  const [top, bottom] = [Math.floor(one / GRID), Math.floor(other / GRID)].toSorted()
  return Array.from({ length: CELLS }, (_, i) => i).filter((i) => i % GRID >= x && i % GRID <= y && Math.floor(i / GRID) >= top && Math.floor(i / GRID) <= bottom)
}

/** The cells that a fast hand passes over from one to another. */
function line(one, other) {
  const [dx, dy] = [(other % GRID) - (one % GRID), Math.floor(other / GRID) - Math.floor(one / GRID)]
  const steps = Math.max(1, Math.abs(dx), Math.abs(dy))
  return Array.from({ length: steps + 1 }, (_, i) =>
    (Math.floor(one / GRID) + Math.round((dy * i) / steps)) * GRID + (one % GRID) + Math.round((dx * i) / steps))
}

const same = (some, others) => some.every((each, i) => each === others[i])

/** So large that the codebook takes about as much room as the picture. */
const tileSize = (count) => (count <= 128 ? "2.2rem" : count <= 640 ? "1.25rem" : "0.95rem")
