// One stop of the Tab key for many nodes, among which arrows move: the "roving tabindex" of the ARIA practices.

import { meaning } from "./keys.js"

const WAYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }

/**
 * Keeps one of `nodes()`, in their order on the screen, in the way of the Tab key.
 *
 * Call `settle` whenever they may be others, with the one to begin at, if there is one.
 */
export class Roving {
  constructor(nodes) {
    this.nodes = nodes
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
    const to = Math.min(Math.max(0, nodes.indexOf(event.currentTarget) + way), nodes.length - 1)
    nodes[to].focus()
  }
}
