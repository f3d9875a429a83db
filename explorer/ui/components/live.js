// Reruns the page, or the fragment that it stands in, when a part of a topic is another one than was drawn. It has no look
// of its own.

import { Ear } from "./shared/hear.js"

// From the news to the rerun: the page may be about to be drawn anew, because its reader did it; so may a fragment,
// because the page is.
const SETTLES_MS = { page: 150, fragment: 450 }
const APART_MS = 40 // between two reruns: those asked for at once are taken for one, of the page or of one fragment

export default function ({ data, parentElement, setTriggerValue }) {
  const view = (parentElement.live ??= new Waiting())
  view.tell = (value) => setTriggerValue("changed", value)
  view.wait(data)
  return () => view.leave()
}

class Waiting {
  ear = new Ear((parts) => this.hear(parts))

  wait({ topic, part, drawn, scope }) {
    this.settles = SETTLES_MS[scope]
    this.drawn = JSON.stringify(drawn)
    if (topic !== this.topic || part !== this.part) Object.assign(this, { topic, part, told: undefined })
    clearTimeout(this.soon)
    this.ear.drawn(topic)
  }

  /** Each news is told once; what is drawn then may be ahead of it. */
  hear(parts) {
    if (!Object.hasOwn(parts, this.part)) return
    clearTimeout(this.soon)
    const value = JSON.stringify(parts[this.part])
    if (value === this.drawn || value === this.told) return
    this.soon = setTimeout(() => this.rerun(value), this.settles)
  }

  rerun(value) {
    const early = (document.rerunAt ?? 0) + APART_MS - performance.now()
    if (early > 0) return (this.soon = setTimeout(() => this.rerun(value), early))
    document.rerunAt = performance.now()
    this.told = value
    this.tell(JSON.parse(value))
  }

  leave() {
    clearTimeout(this.soon)
    this.ear.leave()
  }
}
