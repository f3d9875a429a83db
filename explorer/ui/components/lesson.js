// A lesson's bar: lesson.py says what `data` holds. Back and next are buttons, and Page Up and Page Down, which a presenter's
// remote sends too, whatever has the focus but for what is typed into. What the step points at is outlined, and scrolled to
// until a person scrolls.

import { appAddress } from "./shared/address.js"
import { inClass } from "./shared/classroom.js"
import { html } from "./shared/dom.js"
import { wantsNoMotion } from "./shared/film.js"
import { isTyped } from "./shared/keys.js"

const LOOK_MS = 150 // between two looks for what is pointed at: pages are drawn bit by bit
const SETTLES_MS = 4_000 // in which what is above it may still be drawn, and move it
const SCROLLS_MS = 500 // that a smooth scroll takes
const ROOM = 12 // pixels around it
const MARK = "lesson-point"
const BY_HAND = ["wheel", "touchmove", "pointerdown"]

export default function ({ data, parentElement }) {
  const bar = (parentElement.lesson ??= new LessonBar(parentElement.querySelector(".lesson")))
  bar.arrive()
  bar.show(data)
  return () => bar.close()
}

class LessonBar {
  constructor(host) {
    this.host = host
    this.find = (selector) => host.querySelector(selector)
    this.find(".back").onclick = () => this.go(this.data.back)
    this.find(".next").onclick = () => this.go(this.data.next)
    this.find(".again").onclick = () => this.go(this.data.here)
    this.find(".leave").onclick = () => this.leave()
  }

  arrive() {
    if (this.looking) return
    this.looking = setInterval(() => this.look(), LOOK_MS)
    this.press ??= (event) => this.turn(event)
    this.rest ??= () => (this.settled = true)
    this.hear ??= () => this.stood !== inClass().stands && this.ask()
    inClass().addEventListener("change", this.hear)
    addEventListener("keydown", this.press, { capture: true }) // before sliders, to whom these keys are big steps
    for (const type of BY_HAND) addEventListener(type, this.rest, { capture: true, passive: true })
  }

  close() {
    clearInterval(this.looking)
    this.looking = undefined
    inClass().removeEventListener("change", this.hear)
    removeEventListener("keydown", this.press, { capture: true })
    for (const type of BY_HAND) removeEventListener(type, this.rest, { capture: true })
    this.mark(undefined)
  }

  turn(event) {
    const way = { PageUp: ".back", PageDown: ".next" }[event.key]
    if (!way) return this.rest()
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyped(event) || document.querySelector("dialog[open], [role=dialog]")) return
    event.preventDefault()
    event.stopPropagation()
    if (!event.repeat) this.find(way).click()
  }

  show(data) {
    const another = this.data?.here !== data.here
    this.data = data
    if (!another) return
    Object.assign(this, { settled: false, until: performance.now() + SETTLES_MS, scrolled: -Infinity })
    this.find(".place b").textContent = data.title
    this.find(".place span").textContent = `step ${data.at} of ${data.of}`
    this.find(".sentences").textContent = data.sentences.join(" ")
    this.find(".back").disabled = data.back === null
    this.find(".next").textContent = data.at < data.of ? "Next" : "End"
    this.ask()
    this.mark(undefined)
    this.look()
  }

  /** As if Back or Forward had led there: pages are not loaded anew, and the step is one entry of the history. */
  go(address) {
    if (address === null) return
    if (inClass().stands === "following") inClass().explore() // whoever turns a page goes their own way
    const [page, query] = address.split("?")
    history.pushState({}, "", appAddress() + (page === this.data.home ? "" : page) + (query ? `?${query}` : ""))
    dispatchEvent(new PopStateEvent("popstate"))
  }

  page() {
    return location.pathname.slice(new URL(appAddress()).pathname.length).replace(/\/$/, "") || this.data.home
  }

  leave() {
    const query = new URLSearchParams(location.search)
    for (const name of this.data.own) query.delete(name)
    this.go(this.page() + (query.size ? `?${query}` : ""))
  }

  // -- the question ----------------------------------------------------------------------------------------------------

  /** To whoever is alone; in a class the teacher asks it, and it comes to all who follow. */
  ask() {
    if (!this.data) return
    const [place, { question, asked }] = [this.find(".question"), this.data]
    this.stood = inClass().stands
    place.hidden = !question || this.stood === "following"
    if (place.hidden) return place.replaceChildren()
    const why = html("p", { class: "why", role: "status" })
    if (this.stood === "presenting") return place.replaceChildren(html("p", {}, question.ask), this.way("Ask the class", () => inClass().ask(asked)))
    const answers = question.slides ? this.slider(question, why) : this.options(question, why)
    place.replaceChildren(html("p", {}, question.ask), answers, why)
  }

  way(name, go) {
    const button = html("button", { type: "button" }, name)
    button.onclick = go
    return button
  }

  options({ answers, at, truth, why }, told) {
    const buttons = answers.map((answer, i) => {
      const button = html("button", { type: "button" }, answer)
      button.onclick = () => {
        buttons.forEach((each, k) => each.classList.toggle("true", k === at))
        button.classList.toggle("false", i !== at)
        tell(told, i === at ? "Yes." : `No: ${lower(truth)}.`, why)
      }
      return button
    })
    return html("div", { class: "answers", role: "group", "aria-label": "Answers" }, ...buttons)
  }

  slider({ answers, at, truth, why }, told) {
    const last = answers.length - 1
    const input = html("input", { type: "range", min: 0, max: last, step: 1, value: Math.round(last / 2), "aria-label": "Your answer" })
    const said = html("output")
    const way = html("div", { class: "slide" }, input)
    const button = html("button", { type: "button" }, "Reveal")
    input.oninput = () => {
      said.textContent = answers[input.value]
      input.setAttribute("aria-valuetext", answers[input.value])
    }
    input.oninput()
    button.onclick = () => {
      way.querySelector("i")?.remove()
      way.append(html("i", { style: `left: calc(${at} * (100% - 1rem) + 0.5rem)` })) // the thumb is 1rem wide
      tell(told, `${truth}.`, why)
    }
    return html("div", { class: "answers" }, way, said, button)
  }

  // -- what it points at -------------------------------------------------------------------------------------------------

  look() {
    this.find(".again").hidden = this.stands()
    const thing = this.page() === this.data.here.split("?")[0] ? thingNamed(this.data.point) : undefined
    if (thing !== this.thing) this.mark(thing)
    if (thing && !this.settled && performance.now() < this.until) this.reach(thing)
  }

  /** Whether the address is still what the step came to: widgets that the page draws may have put it right. */
  stands() {
    if (!this.settled && performance.now() < this.until) this.query = location.search
    return this.page() === this.data.here.split("?")[0] && location.search === this.query
  }

  mark(thing) {
    if (this.thing) this.thing.style.outline = this.thing.style.outlineOffset = ""
    this.thing?.classList.remove(MARK)
    this.thing = thing
    if (!thing) return
    thing.classList.add(MARK)
    Object.assign(thing.style, { outline: "3px solid #E69F00", outlineOffset: "3px" })
  }

  /** Between the window's top and the bar; the upper end of what is taller. */
  reach(thing) {
    const scroller = document.querySelector("[data-testid=stMain]")
    const box = thing.getBoundingClientRect()
    if (!box.height || performance.now() - this.scrolled < SCROLLS_MS) return
    const [top, foot] = [scroller.getBoundingClientRect().top + ROOM, this.host.getBoundingClientRect().top - ROOM]
    const below = box.bottom - foot
    const by = box.top < top || box.height > foot - top ? box.top - top : Math.max(0, below)
    if (Math.abs(by) < 2) return
    this.scrolled = performance.now()
    scroller.scrollBy({ top: by, behavior: wantsNoMotion() ? "instant" : "smooth" })
  }
}

const lower = (words) => words.charAt(0).toLowerCase() + words.slice(1)

function tell(place, first, why) {
  place.replaceChildren(html("b", {}, first), ` ${why}`)
}

/** The first element of that name that is seen, inside of components too: explorer/ui/shell/things.py says what bears one. */
function thingNamed(name, root = document) {
  if (!name || !root) return undefined // a component that is still to be drawn has no root
  const own = `[data-thing="${name}"], [data-picture="${name}"], .st-key-${name}`
  const found = [...root.querySelectorAll(own)].find((each) => each.getClientRects().length)
  if (found) return found
  const hosts = root === document ? [...root.querySelectorAll("[data-testid=stBidiComponentIsolated]")] : []
  for (const host of hosts) {
    const inside = thingNamed(name, host.shadowRoot)
    if (inside) return inside
  }
  return undefined
}
