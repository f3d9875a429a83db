// Words that move: HTML as the page drew it, and then as it is pushed. The page's own styles hold in it.

import { Ear } from "./shared/hear.js"

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".pushed")
  host.words ??= new Words(host)
  host.words.draw(data)
  return () => host.words.ear.leave()
}

class Words {
  ear = new Ear((parts) => this.show(parts[this.part]))

  constructor(host) {
    this.host = host
  }

  draw({ topic, part, html }) {
    this.part = part
    this.show(html)
    this.ear.drawn(topic)
  }

  show(html) {
    if (typeof html !== "string" || html === this.shown) return
    this.shown = html
    const template = document.createElement("template")
    template.innerHTML = html
    const [before, now] = [[...this.host.children], [...template.content.children]]
    now.forEach((node, i) => {
      if (!before[i]) this.host.append(node)
      else if (!before[i].isEqualNode(node)) before[i].replaceWith(node) // what is the same is not read out again
    })
    before.slice(now.length).forEach((node) => node.remove())
  }
}
