// One line at the foot of all pages: who leads here, and the ways from there; above it, what the class is asked. Nothing
// of it is seen without a class.

import { AskDialog } from "./classroom/ask.js"
import { JoinDialog } from "./classroom/join.js"
import { Question } from "./classroom/question.js"
import { way } from "./classroom/way.js"
import { inClass } from "./shared/classroom.js"

const IN_CLASS = "in-class" // of the root element, with the height of what stands at the foot: style.css leaves room for it

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
    this.join = new JoinDialog(host.querySelector(".join"))
    this.ask = new AskDialog(host.querySelector(".ask"), this.class)
    this.question = new Question(host.querySelector(".asked"), this.class)
    this.hear = () => this.show()
    this.foot = host.querySelector(".foot")
    this.resized = new ResizeObserver(() => document.documentElement.style.setProperty("--class-foot", `${this.foot.offsetHeight}px`))
  }

  arrive() {
    this.class.addEventListener("change", this.hear)
    this.resized.observe(this.foot)
    this.show()
  }

  leave() {
    this.class.removeEventListener("change", this.hear)
    this.resized.disconnect()
  }

  show() {
    const { stands, desk, lost } = this.class
    this.line.hidden = stands === ""
    this.line.dataset.stands = lost ? "" : stands
    document.documentElement.classList.toggle(IN_CLASS, stands !== "")
    const words = this.says(stands)
    if (this.words.textContent !== words) this.words.textContent = words
    if (stands !== this.stood) this.layWays(stands)
    this.join.show(desk.join)
    this.ask.show(desk)
    this.question.show()
  }

  says(stands) {
    if (stands !== "" && this.class.lost) return "The class is out of reach, trying again"
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
      presenting: [way("Join", () => this.join.open()), way("Ask", () => this.ask.open()), way("End", () => this.class.end())],
      following: [way("Explore", () => this.class.explore())],
      exploring: [way("Back to the class", () => this.class.follow(), true)],
      invited: [way("Follow", () => this.class.follow(), true)],
      waiting: [way("Leave", () => this.class.leave())],
    }
    this.ways.replaceChildren(...(ways[stands] ?? []))
  }
}
