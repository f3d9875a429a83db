// Reruns the page, or the fragment that it stands in, when a part of a topic is another one than was drawn; and, where it
// stands in the frame, says when nothing can be heard. It has no look of its own, but for that.

import { html } from "./shared/dom.js"
import { live } from "./shared/live.js"

export default function ({ data, parentElement, setTriggerValue }) {
  const view = (parentElement.live ??= new Waiting(parentElement))
  view.tell = (value) => setTriggerValue("changed", value)
  view.wait(data)
  return () => view.leave()
}

class Waiting {
  constructor(host) {
    this.host = host
  }

  wait({ topic, part, drawn, banner }) {
    this.drawn = JSON.stringify(drawn)
    if (banner) this.showState()
    if (topic === this.topic && part === this.part) return this.compare()
    this.leave()
    Object.assign(this, { topic, part, value: undefined, told: undefined })
    if (topic) this.stop = live.watch(topic, ({ parts }) => this.take(parts))
  }

  take(parts) {
    if (!Object.hasOwn(parts, this.part)) return
    this.value = JSON.stringify(parts[this.part])
    this.compare()
  }

  /** Each news is told once; what is drawn then may lag behind it, or be ahead. */
  compare() {
    if (this.value === undefined || this.value === this.drawn || this.value === this.told) return
    this.told = this.value
    this.tell(JSON.parse(this.value))
  }

  showState() {
    this.banner ??= this.host.appendChild(html("p", { class: "lost", role: "status", hidden: "" }, "Live view lost, trying again"))
    this.heard ??= () => (this.banner.hidden = live.state !== "lost")
    live.states.removeEventListener("change", this.heard)
    live.states.addEventListener("change", this.heard)
    this.heard()
  }

  leave() {
    this.stop?.()
    this.stop = this.topic = undefined
    if (this.heard) live.states.removeEventListener("change", this.heard)
  }
}
