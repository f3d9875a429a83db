// Which colour an image has, by category or on a scale, and the legend of that.

import { html } from "../shared/dom.js"
import { unpacked } from "./arrays.js"

const STEPS = 64 // of a scale
const UNKNOWN = [133, 140, 147] // where there is no value

export class Colours {
  constructor(colouring) {
    Object.assign(this, colouring, { values: unpacked(colouring.values) })
    const ends = colouring.colours.map(bytes)
    this.table = this.categories.length ? ends : Array.from({ length: STEPS }, (_, i) => mixed(ends, i / (STEPS - 1)))
    this.table.push(UNKNOWN)
    this.css = this.table.map(([r, g, b]) => `rgb(${r} ${g} ${b})`)
    this.index = Uint16Array.from(this.values, (value) => this.indexOf(value))
  }

  /** The place of a value in the table. */
  indexOf(value) {
    const last = this.table.length - 1
    if (Number.isNaN(value)) return last
    if (this.categories.length) return value >= 0 && value < last ? value : last
    const share = (value - this.low) / Math.max(1e-12, this.high - this.low)
    return Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1))
  }

  /** An image's value in words; "" where it has none. */
  words(image) {
    const value = this.values[image]
    if (this.categories.length) return this.categories[value] ?? ""
    return Number.isNaN(value) ? "" : this.number(value)
  }

  number(value) {
    const size = Math.max(Math.abs(this.low), Math.abs(this.high))
    const text = size >= 100 ? Math.round(value).toLocaleString("en") : size >= 1 ? value.toFixed(size >= 10 ? 1 : 2) : String(Number(value.toPrecision(2)))
    return this.unit ? `${text} ${this.unit}` : text
  }

  /** What stands below the map; `choose` is called with a category that is pressed. */
  legend(choose) {
    if (this.categories.length) {
      return this.categories.map((name, i) => {
        const button = html("button", { type: "button", "aria-pressed": "false" }, html("i", { style: `background: ${this.css[i]}` }), name)
        button.onclick = () => choose(i)
        return button
      })
    }
    const stops = this.css.slice(0, STEPS).filter((_, i) => i % 9 === 0 || i === STEPS - 1)
    const end = (value, sign, words) => html("span", {}, [words, `${sign}${this.number(value)}`].filter(Boolean).join(", "))
    const [less, more] = this.beyond
    return [end(this.low, less ? "up to " : "", this.ends[0]), html("i", { class: "scale", style: `background: linear-gradient(90deg, ${stops.join()})` }), end(this.high, more ? "from " : "", this.ends[1])]
  }
}

const bytes = (colour) => [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16))

function mixed(colours, share) {
  const at = share * (colours.length - 1)
  const before = Math.min(colours.length - 2, Math.floor(at))
  return colours[before].map((value, i) => Math.round(value + (at - before) * (colours[before + 1][i] - value)))
}
