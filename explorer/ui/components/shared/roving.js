// One stop of the Tab key for many nodes, among which arrows move: the "roving tabindex" of the ARIA practices.

import { meaning } from "./keys.js"

const WAYS = { ArrowRight: [1, 0], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowUp: [0, -1], Home: [-Infinity, 0], End: [Infinity, 0] }

/**
 * Keeps one of `nodes()`, in their order on the screen, in the way of the Tab key.
 *
 * Call `settle` whenever they may be others, with the one to begin at, if there is one.
 */
export class Roving {
  /** @param columns how many nodes stand beside each other, where they are a grid: up and down go by so many */
  constructor(nodes, columns = () => 1) {
    this.nodes = nodes
    this.columns = columns
  }

  settle(preferred) {
    const nodes = this.nodes()
    const at = nodes.includes(this.at) ? this.at : (preferred ?? nodes[0])
    for (const node of nodes) {
      node.setAttribute("tabindex", node === at ? 0 : -1)
      node.addEventListener("focus", this.hold)
      node.addEventListener("keydown", this.step)
    }
  }

  hold = (event) => {
    this.at = event.currentTarget
    this.settle()
  }

  step = (event) => {
    const way = meaning(event, WAYS)
    if (!way) return
    const nodes = this.nodes()
    const [along, down] = way
    const columns = this.columns()
    const to = nodes.indexOf(event.currentTarget) + along + down * columns
    if (columns > 1 && down && !nodes[to]) return // there is no row beyond
    nodes[Math.min(Math.max(0, to), nodes.length - 1)].focus()
  }
}
