// Shows what a word means, wherever on the page it stands, inside of other components too: on hovering, on a tap, and
// while the keyboard is at it. Escape closes it. What is said stands in the word's own aria-description, for those who
// hear it; so it moves as the word's numbers do. One of them a tab.

import { html } from "./shared/dom.js"

const LEAVE_MS = 220 // that the pointer has to come from a word to its explanation
const EDGE = 8 // pixels between an explanation and the window's edges
const GAP = 6 // pixels between it and its word

export default function () {
  globalThis.explorerTerms ??= new Explanation()
}

class Explanation {
  constructor() {
    this.node = html("div", { class: "explanation", role: "tooltip", popover: "manual" })
    this.words = ""
    this.held = "" // what keeps it open: "pointer", "tap" or "keyboard"
    // Moves and keys pass the borders of components, which some other events do not: enter, leave and focus stay inside.
    document.addEventListener("pointermove", (event) => this.point(event))
    document.documentElement.addEventListener("pointerleave", () => this.leaveSoon())
    document.addEventListener("click", (event) => this.click(event))
    document.addEventListener("keyup", (event) => event.key === "Tab" && this.arrive(event))
    document.addEventListener("keydown", (event) => this.escape(event), { capture: true })
  }

  point(event) {
    if (event.pointerType === "touch" || event.buttons) return
    const word = termOf(event)
    if (word && word !== this.word) this.open(word, "pointer")
    else if (word || event.composedPath().includes(this.node)) this.stay()
    else this.leaveSoon()
  }

  click(event) {
    const word = termOf(event)
    if (!word) return event.composedPath().includes(this.node) || this.close()
    if (word === this.word && this.held !== "pointer") this.close()
    else this.open(word, "tap")
  }

  arrive(event) {
    const word = termOf(event)
    if (word) this.open(word, "keyboard")
    else if (this.held === "keyboard") this.close()
  }

  escape(event) {
    if (event.key !== "Escape" || !this.word) return
    event.stopPropagation()
    event.preventDefault()
    this.close()
  }

  stay() {
    clearTimeout(this.leaving)
    this.leaving = 0
  }

  leaveSoon() {
    if (this.held === "pointer" && !this.leaving) this.leaving = setTimeout(() => this.close(), LEAVE_MS)
  }

  open(word, held) {
    this.close()
    Object.assign(this, { word, held })
    word.setAttribute("aria-expanded", "true")
    const app = document.querySelector("[data-testid=stApp]") ?? document.body // which has the theme
    app.append(this.node)
    this.node.showPopover() // above all else, and cut off by nothing
    this.follow()
  }

  close() {
    this.stay()
    cancelAnimationFrame(this.frame)
    this.word?.setAttribute("aria-expanded", "false")
    this.word = null
    this.held = ""
    this.node.remove()
  }

  /** Stay beside the word as long as it is there, whatever scrolls or moves. */
  follow() {
    const { word, node } = this
    const box = word.getBoundingClientRect()
    if (!word.isConnected || !box.width || box.bottom < 0 || box.top > innerHeight) return this.close()
    if (this.held === "keyboard" && !word.matches(":focus")) return this.close()
    const words = word.getAttribute("aria-description")
    if (node.textContent !== words) node.textContent = words
    const left = Math.max(EDGE, Math.min(box.left, document.documentElement.clientWidth - node.offsetWidth - EDGE))
    const below = box.bottom + GAP
    const top = below + node.offsetHeight + EDGE < innerHeight ? below : Math.max(EDGE, box.top - GAP - node.offsetHeight)
    node.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`
    this.frame = requestAnimationFrame(() => this.follow())
  }
}

/** The word that an event is at, or undefined. */
function termOf(event) {
  const [target] = event.composedPath()
  return target?.closest?.("button.term") ?? undefined
}
