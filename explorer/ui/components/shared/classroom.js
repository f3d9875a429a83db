// Who leads in this tab: it presents, follows who does, or goes its own way. explorer/live/classroom.py keeps the class.

import { lead } from "./lead.js"
import { appAddress } from "./address.js"
import { live } from "./live.js"
import { Kept } from "./store.js"

const TAB = new Kept("explorer-class") // its name as a presenter, or what it does in a class
const BROWSER = new Kept("explorer-class", true) // its name in a class
const JOIN = "join" // the parameter of the address that a code leads to
const NOT_OF_A_PLACE = [JOIN, "token"]
const TOUCHES = ["click", "input", "drop", "keydown", "pointerdown", "pointermove"]
const TOUCHED = "button, a, input, select, textarea, summary, label, canvas, svg, [role=slider], [role=button], [role=tab], [role=radio], [tabindex='0']:not([data-testid])"
const PASSING_KEYS = new Set(["Tab", "Escape", "Shift", "Control", "Alt", "Meta"])
const DRAG = 12 // pixels across, from where a finger doesn't scroll
const APART_MS = 40 // between two places of a picture that is dragged

class Classroom extends EventTarget {
  parts = {} // of the topic "class:", as explorer/live/classroom.py says
  desk = {} // of "desk:", to who presents
  mine = this.kept("present") // the name of this tab's presentation
  joined = this.kept("joined") // "follow" or "explore"; undefined for who was not asked yet
  waiting = new Map() // places of pictures that are to be told
  given = this.kept("given") ?? {} // {boot, number, answer}: what was answered here last

  constructor() {
    super()
    if (new URLSearchParams(location.search).has(JOIN)) this.keep("joined", "follow")
    lead.place = (name) => (this.stands === "following" ? this.parts[`at ${name}`] : undefined)
    live.watch("class:", ({ parts }) => this.hear(parts))
    live.states.addEventListener("change", () => this.lineChanged())
    for (const type of ["popstate", "addresschange"]) addEventListener(type, () => this.addressChanged())
    for (const type of TOUCHES) addEventListener(type, (event) => this.touched(event), { capture: true })
    if (this.joined === "follow") live.keepSaying("follow", {})
  }

  get role() {
    return live.role
  }

  /** Whether nothing is heard of the class: the server is away, or the way there. */
  get lost() {
    return live.state === "lost"
  }

  /** "presenting", "following", "exploring" (away from the class), "waiting" (for it to begin), "invited", or "" without a class. */
  get stands() {
    if (!this.parts.presented) return this.joined ? "waiting" : ""
    if (this.parts.presented === this.mine) return "presenting"
    if (!this.joined) return "invited"
    return this.joined === "follow" ? "following" : "exploring"
  }

  // -- the teacher ----------------------------------------------------------------------------------------------------

  begin() {
    const name = newName()
    if (!live.say("begin", { name })) return
    this.keep("joined", undefined)
    live.keepSaying("follow", null)
    this.keep("present", name)
    this.parts.presented = name
    this.present()
  }

  end() {
    live.say("end", { name: this.mine })
    this.stop()
    this.changed()
  }

  /** Here is where the class is, and all that it sees. */
  present() {
    this.desk = {}
    this.unwatch ??= live.watch("desk:", ({ parts }) => (Object.assign(this.desk, parts), this.changed()))
    lead.told = (name, at) => this.tellSoon(name, at)
    this.addressChanged()
    for (const [name, { at }] of lead.pictures) if (at !== undefined) this.tellSoon(name, at)
    this.changed()
  }

  stop() {
    this.keep("present", undefined)
    lead.told = undefined
    this.unwatch?.()
    this.unwatch = undefined
    live.keepSaying("present", null)
  }

  tellSoon(name, at) {
    this.waiting.set(name, at)
    this.telling ??= setTimeout(() => this.tell(), Math.max(0, APART_MS - (performance.now() - (this.toldAt ?? -APART_MS))))
  }

  tell() {
    this.telling = undefined
    this.toldAt = performance.now()
    for (const [picture, at] of this.waiting) live.say("at", { picture, at })
    this.waiting.clear()
  }

  // -- a student --------------------------------------------------------------------------------------------------------

  follow() {
    this.keep("joined", "follow")
    live.keepSaying("follow", {})
    this.go()
    this.changed()
  }

  explore() {
    this.keep("joined", "explore")
    this.notFollow()
  }

  leave() {
    this.keep("joined", undefined)
    this.notFollow()
  }

  notFollow() {
    live.keepSaying("follow", null)
    live.say("unfollow")
    this.changed()
  }

  /** To where the class is: Streamlit takes it up as if Back had led there, without loading anything anew. */
  go() {
    const place = this.parts.place
    if (this.stands !== "following" || place === null || place === undefined) return
    if (place !== here()) {
      history.replaceState({}, "", appAddress() + place)
      dispatchEvent(new PopStateEvent("popstate"))
    }
    for (const name of lead.pictures.keys()) lead.take(name)
  }

  /** Whoever touches what is on the page goes their own way. Scrolling, and walking with the Tab key, is no touch. */
  touched(event) {
    if (event.type === "pointerdown") this.pressed = event
    if (this.stands !== "following" || !event.isTrusted) return
    const on = (selector) => event.composedPath().some((node) => node instanceof Element && node.matches(selector))
    if (!on("[data-in-class], .term") && on(TOUCHED) && this.isTouch(event)) this.explore()
  }

  isTouch(event) {
    if (event.type === "keydown") return !event.ctrlKey && !event.metaKey && !PASSING_KEYS.has(event.key)
    if (event.type === "pointerdown") return event.pointerType !== "touch" // by which it may be the begin of scrolling
    if (event.type !== "pointermove") return true
    const [across, down] = [event.clientX - this.pressed?.clientX, event.clientY - this.pressed?.clientY].map(Math.abs)
    return event.buttons > 0 && across > DRAG && across > down
  }

  // -- a question --------------------------------------------------------------------------------------------------------

  /** What stands on all screens of the class; not on those that were never in it. */
  get question() {
    return ["presenting", "following", "exploring"].includes(this.stands) ? (this.parts.question ?? null) : null
  }

  ask(question) {
    live.say("ask", { question })
  }

  reveal() {
    live.say("reveal", { number: this.question.number })
  }

  close() {
    live.say("close", { number: this.question.number })
  }

  /** All questions and answers so far, into a file. */
  save() {
    this.saving = (this.saving ?? 0) + 1
    live.say("csv", { number: this.saving })
  }

  /** The index of what was answered here, or undefined. */
  get answer() {
    const { boot, number, answer } = this.given
    return boot === live.boot && number === this.question?.number ? answer : undefined
  }

  give(answer) {
    const { number } = this.question
    if (!live.say("answer", { number, answer, browser: browserName() })) return
    this.keep("given", { boot: live.boot, number, answer })
    this.changed()
  }

  // -- both -------------------------------------------------------------------------------------------------------------

  hear(parts) {
    const before = this.stands
    Object.assign(this.parts, parts)
    if (before === "presenting" && this.stands !== "presenting") this.stop()
    else if (this.stands === "presenting" && !this.unwatch) this.present() // after a reload
    if (parts.place !== undefined || this.stands !== before) this.go()
    else for (const part of Object.keys(parts)) if (part.startsWith("at ")) lead.take(part.slice(3))
    this.changed()
  }

  lineChanged() {
    if (live.state === "open" && this.mine) for (const [name, { at }] of lead.pictures) if (at !== undefined) this.tellSoon(name, at)
    this.changed()
  }

  addressChanged() {
    if (this.stands !== "presenting") return
    const place = here()
    if (place === this.said && live.kept.has("present")) return
    this.said = place
    live.keepSaying("present", { name: this.mine, place })
  }

  changed() {
    lead.follows = this.stands === "following"
    this.dispatchEvent(new Event("change"))
  }

  kept(what) {
    return JSON.parse(TAB.text ?? "{}")[what]
  }

  keep(what, value) {
    this[{ present: "mine", joined: "joined", given: "given" }[what]] = value
    TAB.text = JSON.stringify({ present: this.mine, joined: this.joined, given: this.given })
  }
}

/** A name for this browser that is worth nothing beyond this run of the server: each answers once, in whatever tab. */
function browserName() {
  const [boot, known] = (BROWSER.text ?? "").split(" ")
  if (boot === live.boot && known) return known
  const name = newName()
  BROWSER.text = `${live.boot} ${name}`
  return name
}

const newName = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** Page and query of the address, below the app's own. */
export function here() {
  const query = new URLSearchParams(location.search)
  for (const name of NOT_OF_A_PLACE) query.delete(name)
  const page = location.pathname.slice(new URL(appAddress()).pathname.length).replace(/\/$/, "")
  return query.size ? `${page}?${query}` : page
}

/** The one of this tab. */
export function inClass() {
  return (globalThis.explorerClassroom ??= new Classroom())
}
