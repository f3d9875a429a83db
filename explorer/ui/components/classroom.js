// One line at the foot of all pages: who leads here, and the ways from there. Nothing of it is seen without a class.

import { inClass } from "./shared/classroom.js"
import { html } from "./shared/dom.js"
import { appAddress } from "./shared/address.js"
import { live } from "./shared/live.js"

const IN_CLASS = "in-class" // of the root element: style.css leaves room for the line

export default function ({ parentElement }) {
  const view = (parentElement.classroom ??= new ClassLine(parentElement.querySelector(".class")))
  view.arrive()
  return () => view.leave()
}

class ClassLine {
  constructor(host) {
    this.class = inClass()
    this.line = host.querySelector(".line")
    this.words = host.querySelector(".line p")
    this.ways = host.querySelector(".ways")
    this.join = new Join(host.querySelector(".join"))
    this.hear = () => this.show()
  }

  arrive() {
    this.class.addEventListener("change", this.hear)
    this.show()
  }

  leave() {
    this.class.removeEventListener("change", this.hear)
  }

  show() {
    const { stands } = this.class
    this.line.hidden = stands === ""
    this.line.dataset.stands = stands
    document.documentElement.classList.toggle(IN_CLASS, stands !== "")
    const words = this.says(stands)
    if (this.words.textContent !== words) this.words.textContent = words
    if (stands !== this.stood) this.layWays(stands)
    this.join.show(this.class.desk.join)
  }

  says(stands) {
    const away = this.class.parts.away ? ", who is lost for a moment" : ""
    return {
      "": "",
      presenting: `Presenting, ${this.class.desk.followers ?? 0} follow`,
      following: `Following the teacher${away}`,
      exploring: "Exploring on your own",
      invited: "The teacher is presenting",
      waiting: "Waiting for the teacher to present",
    }[stands]
  }

  layWays(stands) {
    this.stood = stands
    const ways = {
      presenting: [way("Join", () => this.join.open()), way("End", () => this.class.end())],
      following: [way("Explore", () => this.class.explore())],
      exploring: [way("Back to the class", () => this.class.follow(), true)],
      invited: [way("Follow", () => this.class.follow(), true)],
      waiting: [way("Leave", () => this.class.leave())],
    }
    this.ways.replaceChildren(...(ways[stands] ?? []))
  }
}

/** The address and its code, as large as the screen allows. */
class Join {
  constructor(dialog) {
    this.dialog = dialog
    this.first = dialog.querySelector(".first")
    this.others = dialog.querySelector(".others")
    this.hint = dialog.querySelector(".hint")
  }

  open() {
    live.say("join", { address: appAddress() })
    this.dialog.showModal()
  }

  show(ways) {
    if (!ways || JSON.stringify(ways) === this.shown) return
    this.shown = JSON.stringify(ways)
    this.choose(ways.addresses, ways.addresses[0])
    this.hint.replaceChildren(
      ...(ways.start
        ? ["Only this machine can open the app as it was started. For a class, end it and start it with", html("code", {}, ways.start)]
        : ["Telephones must be in the same network as this machine. It takes a camera, or the address typed."]),
    )
  }

  choose(addresses, chosen) {
    if (!chosen) return this.first.replaceChildren()
    this.first.replaceChildren(html("img", { src: chosen.code, alt: `Code of ${chosen.address}` }), html("b", {}, chosen.address))
    const others = addresses.filter((other) => other !== chosen)
    this.others.replaceChildren(...others.map((other) => way(other.address, () => this.choose(addresses, other))))
  }
}

function way(name, go, first = false) {
  const button = html("button", { type: "button", class: first ? "first-choice" : "" }, name)
  button.onclick = go
  return button
}
