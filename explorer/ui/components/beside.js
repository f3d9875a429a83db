// Hands on to the picture under the slider of beta (tradeoff.js) what may come later than it, or move by itself, so that
// the picture's own data needn't be sent again: as `window.besideTheCurve[part]`.

import { Ear } from "./shared/hear.js"

export default function ({ data, parentElement }) {
  const view = (parentElement.beside ??= new Beside())
  view.draw(data)
  return () => view.ear.leave()
}

class Beside {
  ear = new Ear((parts) => this.hear(parts))

  draw(data) {
    this.data = data
    this.ear.drawn(data.topic)
    const channel = (window.besideTheCurve ??= new EventTarget())
    channel[data.part] = data
    channel.dispatchEvent(new Event("change"))
  }

  /** What is pushed takes the place of what was drawn by the same name. */
  hear(parts) {
    const pushed = parts[this.data.moves]
    if (pushed && JSON.stringify(pushed) !== JSON.stringify(this.data[this.data.moves])) {
      this.draw({ ...this.data, [this.data.moves]: pushed })
    }
  }
}
