// Decoded pictures all over the plane, on squares that stay where they are as it is panned; large squares come first.

import { Decoder, imageData } from "../shared/decode.js"

const SQUARE = 44 // units a side of a square; the next size has twice as many
const COARSER = 2 // sizes above that, at which the pictures come first
const MOST_KEPT = 4000

export class Lattice {
  cells = new Map() // "size:column:row" -> picture
  stale = new Map() // the same of another beta, until those come
  asked = { keys: [] }

  constructor(changed) {
    this.changed = changed
  }

  /** Forget all: they are of another decoder. */
  clear() {
    this.cells = new Map()
    this.stale = new Map()
    this.asked = { keys: [] }
  }

  /** All have to be decoded anew, at another beta; those that are here are shown until then. */
  renew() {
    if (this.cells.size) this.stale = this.cells
    this.cells = new Map()
    this.asked = { keys: [] }
  }

  open() {
    this.decoder ??= new Decoder("map-lattice", (answer) => this.take(answer))
  }

  close() {
    this.decoder?.leave()
    this.decoder = undefined
    this.asked = { keys: [] }
  }

  /** Squares of a size that are seen through a lens: [{key, x, y}], the side of each, and their middles. */
  *squares(lens, size) {
    const side = 2 ** size
    const [left, low] = lens.at(0, lens.height)
    const [right, high] = lens.at(lens.width, 0)
    for (let column = Math.floor(left / side); column * side < right; column++) {
      for (let row = Math.floor(low / side); row * side < high; row++) {
        yield { key: `${size}:${column}:${row}`, x: (column + 0.5) * side, y: (row + 0.5) * side, side }
      }
    }
  }

  sizeOf(lens, unit) {
    return Math.ceil(Math.log2((SQUARE * unit) / lens.scale))
  }

  draw(context, lens, ratio, unit) {
    const size = this.sizeOf(lens, unit)
    context.imageSmoothingEnabled = false
    for (let coarser = COARSER + 1; coarser >= -1; coarser--) { // one size finer may be there of before
      for (const { key, x, y, side } of this.squares(lens, size + coarser)) {
        const picture = this.cells.get(key) ?? this.stale.get(key)
        if (!picture) continue
        const [px, py] = lens.to(x - side / 2, y + side / 2)
        const [left, top] = [Math.round(px * ratio), Math.round(py * ratio)]
        const [right, bottom] = lens.to(x + side / 2, y - side / 2).map((edge) => Math.round(edge * ratio))
        context.drawImage(picture, left, top, right - left, bottom - top)
      }
    }
  }

  /** Ask for what is seen and not there: the large squares, then the small ones, from the middle outwards. */
  ask(lens, unit, { model, beta, z }) {
    const size = this.sizeOf(lens, unit)
    const [middleX, middleY] = [lens.x, lens.y]
    const missing = []
    for (let coarser = COARSER; coarser >= 0; coarser--) {
      const found = [...this.squares(lens, size + coarser)].filter(({ key }) => !this.cells.has(key))
      const away = ({ x, y }) => (x - middleX) ** 2 + (y - middleY) ** 2
      missing.push(...found.toSorted((a, b) => away(a) - away(b)))
    }
    const keys = missing.map(({ key }) => key)
    if (!keys.length || keys.join() === this.asked.keys.join()) return
    const codes = missing.map(({ x, y }) => z(x, y))
    const numbers = new Float32Array(codes.length * codes[0].length)
    codes.forEach((code, i) => numbers.set(code, i * code.length))
    this.open()
    this.asked = { keys }
    this.asked.serial = this.decoder.ask(model, beta, numbers, keys.length)
  }

  async take({ pixels, count, from, serial, wrong }) {
    const { asked } = this
    if (wrong || serial !== asked.serial) return
    const pictures = await Promise.all(Array.from({ length: count }, (_, i) => createImageBitmap(imageData(pixels, i))))
    if (asked !== this.asked) return
    pictures.forEach((picture, i) => this.cells.set(asked.keys[from + i], picture))
    for (const key of this.cells.keys()) {
      if (this.cells.size <= MOST_KEPT) break
      this.cells.delete(key)
    }
    this.changed()
  }
}
