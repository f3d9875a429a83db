// Two numbers with opposite wishes, each with its way over all betas; what else is known at a stop; the lessons.

import { html, svg } from "../shared/dom.js"
import { explain, termsIn } from "../shared/terms.js"

const WAY = { width: 110, height: 30, edge: 4 } // pixels of the small curve beside a number

/** A number, in words, and its curve: {words: [the number and what follows it a stop], way: [0..1 a stop] or null, of, ask}. */
class Numeral {
  constructor(node) {
    this.node = node
    this.big = node.querySelector("b")
    this.small = node.querySelectorAll("p:not(.of) span")
    this.of = node.querySelector(".of")
    this.ask = node.querySelector(".ask")
    this.svg = node.querySelector("svg")
  }

  show({ words, way, of, ask }) {
    this.words = words
    if (this.ask) {
      this.ask.hidden = !ask
      this.ask.textContent = ask
    }
    this.of.textContent = of
    this.svg.setAttribute("viewBox", `0 0 ${WAY.width} ${WAY.height}`)
    this.points = way?.map((share, i) => [
      WAY.edge + ((WAY.width - 2 * WAY.edge) * i) / (way.length - 1),
      WAY.height - WAY.edge - (WAY.height - 2 * WAY.edge) * share,
    ])
    this.dot = svg("circle", { r: 3.5 })
    this.svg.replaceChildren(...(this.points ? [svg("polyline", { points: this.points.join(" ") }), this.dot] : []))
  }

  place(before, share) {
    if (!this.points) return
    const from = this.points[before]
    const to = this.points[Math.min(before + 1, this.points.length - 1)]
    this.dot.setAttribute("cx", from[0] + (to[0] - from[0]) * share)
    this.dot.setAttribute("cy", from[1] + (to[1] - from[1]) * share)
  }

  write(stop) {
    const [big, ...small] = this.words[stop]
    this.big.textContent = big
    small.forEach((words, i) => (this.small[i].textContent = words))
  }
}

export class Numbers {
  /**
   * @param go called with the stop that a lesson is of
   * @param ask called where somebody wants a number measured
   */
  constructor(host, go, ask) {
    const find = (selector) => host.querySelector(selector)
    this.numerals = { lost: new Numeral(find(".number.lost")), gap: new Numeral(find(".number.gap")) }
    this.now = find(".now b")
    this.buttons = find(".buttons")
    this.words = find(".lessons .here")
    this.longest = find(".lessons .longest") // keeps as much room as it takes: nothing below moves with the slider
    this.host = host
    this.facts = host.querySelectorAll("[data-fact]")
    this.go = go
    this.numerals.gap.ask.onclick = ask
  }

  show(data) {
    this.data = data
    this.explained ??= Object.values(termsIn(this.host, data.terms))
    for (const [name, numeral] of Object.entries(this.numerals)) numeral.show(data.numbers[name])
    this.lessonButtons = data.lessons.map(({ name, stop }) => {
      const button = html("button", { type: "button" }, name)
      button.onclick = () => this.go(stop)
      return button
    })
    this.buttons.replaceChildren(...this.lessonButtons)
    this.longest.textContent = data.stops.map(({ words }) => words).reduce((a, b) => (b.length > a.length ? b : a)) + " The notebook's."
  }

  /** What is known by now of how far samples are from reconstructions. */
  know(gap) {
    this.numerals.gap.show(gap)
    if (!this.placed) return
    this.numerals.gap.place(...this.placed)
    this.numerals.gap.write(this.stop)
  }

  place(before, share) {
    this.placed = [before, share]
    for (const numeral of Object.values(this.numerals)) numeral.place(before, share)
  }

  write(stop) {
    this.stop = stop
    const { lessons, stops } = this.data
    const { beta, facts, words } = stops[stop]
    for (const numeral of Object.values(this.numerals)) numeral.write(stop)
    this.now.textContent = beta
    const here = lessons.map(({ first, last }) => first <= stop && stop <= last)
    this.lessonButtons.forEach((button, i) => button.setAttribute("aria-pressed", here[i]))
    const name = lessons[here.indexOf(true)]?.name
    this.words.replaceChildren(...(name ? [html("b", {}, `${name}. `)] : []), words)
    for (const node of this.facts) node.textContent = facts[node.dataset.fact]
    for (const word of this.explained) explain(word, this.data.terms, { ...facts, beta })
  }
}
