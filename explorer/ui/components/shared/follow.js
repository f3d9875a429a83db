// What a person chose in a component stands in the address, which the server sends back with everything else.

// Back and Forward: they undo, and redo, what was chosen, also where the server had not said it yet.
const undone = (globalThis.explorerUndone ??= counted())

function counted() {
  const found = { times: 0 }
  addEventListener("popstate", () => (found.times += 1))
  return found
}

/** Tells apart what the server repeats from what it wants, because another link was opened or Back was pressed. */
export class Follower {
  unheard = []
  undone = undone.times

  /** @param tell called with each value that a person chose; a trigger, as the same value may be chosen again */
  constructor(tell) {
    this.tell = tell
  }

  /** A person chose a value, anything that JSON can say. */
  chose(value) {
    this.unheard.push(JSON.stringify(value))
    this.tell(value)
  }

  /** The server says a value; returns whether it has to be followed, as the first has. */
  hear(value) {
    if (this.undone !== undone.times) Object.assign(this, { undone: undone.times, unheard: [], known: undefined })
    const text = JSON.stringify(value)
    const repeated = this.unheard.lastIndexOf(text)
    if (repeated >= 0) this.unheard.splice(0, repeated + 1)
    const follows = repeated < 0 && text !== this.known
    if (follows) this.unheard = []
    this.known = text
    return follows
  }
}
