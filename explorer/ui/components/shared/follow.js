// What a person chose in a component stands in the address, which the server sends back with everything else.

// Of all components: what was chosen and has not been answered yet, oldest first; and how often Back and Forward undid,
// or redid, what was chosen, also where the server had not said it yet.
export const chosen = (globalThis.explorerChosen ??= counted())

function counted() {
  const found = { awaited: new Set(), undone: 0 }
  addEventListener("popstate", () => (found.awaited.clear(), (found.undone += 1)))
  return found
}

/** Tells apart what the server repeats from what it wants, because another link was opened or Back was pressed. */
export class Follower {
  unheard = []
  undone = chosen.undone

  /** @param tell called with each value that a person chose; a trigger, as the same value may be chosen again */
  constructor(tell) {
    this.tell = tell
  }

  /** A person chose a value, anything that JSON can say. */
  chose(value) {
    const choice = { text: JSON.stringify(value) }
    this.unheard.push(choice)
    chosen.awaited.add(choice)
    this.tell(value)
  }

  /** The server says a value; returns whether it has to be followed, as the first has. */
  hear(value) {
    if (this.undone !== chosen.undone) Object.assign(this, { undone: chosen.undone, unheard: [], known: undefined })
    const text = JSON.stringify(value)
    const repeated = this.unheard.findLastIndex((choice) => choice.text === text)
    const follows = repeated < 0 && text !== this.known
    this.known = text
    for (const choice of this.unheard.splice(0, follows ? Infinity : repeated + 1)) chosen.awaited.delete(choice)
    return follows
  }
}
