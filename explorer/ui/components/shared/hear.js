// How a component that a page draws now and then hears of what changes meanwhile. The line itself, shared/live.js, comes
// with the frame, once a page: most components are drawn often, and their texts are sent each time.

const HOLDS_MS = 700 // after a page was drawn: what was heard last is by then newer than that, whichever came first

/** Call with the line, once it is there. */
export function withLine(use) {
  if (globalThis.explorerLive) use(globalThis.explorerLive)
  else document.addEventListener("explorer-live", () => use(globalThis.explorerLive), { once: true })
}

export class Ear {
  /** @param take called with parts that are news, and rows from a place in the log on; later with all parts that hold */
  constructor(take) {
    this.take = take
  }

  /** The page was drawn, with all that there was then, so many rows among it. Without a topic nothing is heard. */
  drawn(topic, rows = null) {
    if (topic !== this.topic) this.leave()
    if (!topic) return
    this.topic = topic
    clearTimeout(this.later)
    this.later = setTimeout(() => this.take(this.parts, [], 0), HOLDS_MS)
    if (this.stop && rows === null) return
    withLine((line) => {
      if (topic !== this.topic) return
      const before = this.stop
      this.stop = line.watch(topic, (news) => this.hear(news), rows)
      before?.()
    })
  }

  hear({ parts, rows, from, known }) {
    Object.assign(this.parts, parts)
    if (!known) this.take(parts, rows, from)
  }

  leave() {
    clearTimeout(this.later)
    this.stop?.()
    this.stop = this.topic = undefined
    this.parts = {}
  }

  parts = {}
}
