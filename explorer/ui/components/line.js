// Brings the line over which a page hears of changes, and says when nothing can be heard.

import { html } from "./shared/dom.js"
import { live } from "./shared/live.js"

export default function ({ parentElement }) {
  parentElement.line ??= new Line(parentElement)
  return () => parentElement.line.leave()
}

class Line {
  constructor(host) {
    this.banner = host.appendChild(html("p", { class: "lost", role: "status", hidden: "" }, "Live view lost, trying again"))
    this.heard = () => (this.banner.hidden = live.state !== "lost")
    live.states.addEventListener("change", this.heard)
    this.heard()
  }

  leave() {
    live.states.removeEventListener("change", this.heard)
  }
}
