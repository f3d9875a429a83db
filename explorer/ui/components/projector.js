// The projector view: a class of the root element, begun by a button or a key, for all pages of this tab.
// projector.py says what it does; explorer/ui/shell/projector.css does it.

import { html } from "./shared/dom.js"
import { isTyped } from "./shared/keys.js"
import { Kept } from "./shared/store.js"
import { unitPixels } from "./shared/unit.js"

const KEY = "p"
const SHOWN = new Kept("explorer-projector") // a tab's: a link that loads the page anew stays in it
const SMALLEST = 12 // pixels of a figure's type at a desk, which also what a figure says itself, once for all, has
const NAME = "Leave the projector view"

export default function ({ parentElement }) {
  const view = (window.projectorView ??= new ProjectorView())
  const button = parentElement.querySelector("button")
  button.onclick = () => view.show(true)
  view.begin = button
}

class ProjectorView {
  constructor() {
    const leave = html("button", { type: "button", title: `${NAME}: P or Escape`, "aria-label": NAME, "aria-keyshortcuts": "P Escape" }, "\u00d7")
    leave.onclick = () => this.show(false)
    this.way = html("aside", { class: "leave-projector", "aria-label": "Projector view" }, leave)
    addEventListener("keydown", (event) => this.press(event)) // last: who has the focus has the first word
    this.show(SHOWN.text !== null)
  }

  get on() {
    return document.documentElement.classList.contains("projector")
  }

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "Escape" && this.on && !closes(event)) this.show(false)
    else if (event.key.toLowerCase() === KEY && !event.repeat && !isTyped(event)) this.show(!this.on)
  }

  show(on) {
    const before = unitPixels()
    const focused = this.begin && document.activeElement === this.begin.getRootNode().host
    document.documentElement.classList.toggle("projector", on)
    if (on) {
      SHOWN.text = ""
      document.body.append(this.way)
      if (focused) this.way.firstChild.focus()
    } else {
      const back = this.way.contains(document.activeElement)
      SHOWN.text = null
      this.way.remove()
      if (back) this.begin?.focus()
    }
    enlargeFigures(unitPixels() / before)
  }
}

/** Whether an Escape closes something first. */
function closes(event) {
  const open = ":popover-open, dialog[open], [role=dialog]"
  return document.querySelector(open) || event.composedPath().some((node) => node.matches?.(open))
}

/** Streamlit measures a figure's type in the root's font size when it makes the figure, and not again. */
function enlargeFigures(times) {
  for (const { layout } of document.querySelectorAll(".js-plotly-plot")) enlarge(layout, times)
  dispatchEvent(new Event("resize")) // upon which Plotly draws them anew
}

function enlarge(part, times) {
  for (const [name, value] of Object.entries(part ?? {})) {
    if (name.endsWith("font") && value?.size) value.size = Math.max(SMALLEST, value.size * times)
    else if (typeof value === "object") enlarge(value, times)
  }
}
