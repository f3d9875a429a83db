// What a hand does on a map: a mouse, a pen, or one finger or two.

const TREMBLE = 4 // pixels that a press may move and still be a tap
const WHEEL = 0.0016 // of a zoom's logarithm, a pixel
const PINCHED = 0.012 // the same of a pinch on a trackpad

/**
 * Tells what is done, at places in pixels of the map.
 *
 * @param on {begin(at, event) -> what a drag is called, drag(what, at, by), end(what, cancelled), tap(at, event),
 *   hover(at, event), leave(), zoom(factor, at), pan(by), canShrink() -> whether there is anything to zoom out to}
 */
export class Hand {
  fingers = new Map() // pointer -> where
  awake = false // whether it has moved over the map since the page was scrolled elsewhere

  constructor(node, on) {
    Object.assign(this, { node, on })
    node.addEventListener("pointerdown", (event) => this.press(event))
    node.addEventListener("pointermove", (event) => this.move(event))
    node.addEventListener("pointerup", (event) => this.release(event, false))
    node.addEventListener("pointercancel", (event) => this.release(event, true))
    node.addEventListener("pointerleave", () => this.fingers.size || on.leave())
    node.addEventListener("wheel", (event) => this.roll(event), { passive: false })
  }

  /** The wheel turns somewhere: a page that is scrolled doesn't get caught by a map on its way. */
  rolledElsewhere = (event) => {
    if (!event.composedPath().includes(this.node)) this.awake = false
  }

  at({ clientX, clientY }) {
    const box = this.node.getBoundingClientRect()
    return [clientX - box.left, clientY - box.top]
  }

  press(event) {
    if (event.button > 0) return
    this.node.setPointerCapture(event.pointerId)
    this.awake = true
    this.fingers.set(event.pointerId, this.at(event))
    if (this.fingers.size === 1) {
      this.start = this.at(event)
      this.moved = false
      this.what = this.on.begin(this.start, event)
    } else if (this.what !== "pinch") {
      if (this.moved) this.on.end(this.what, true)
      this.what = "pinch"
    }
  }

  move(event) {
    const at = this.at(event)
    if (event.movementX || event.movementY) this.awake = true
    const before = this.fingers.get(event.pointerId)
    if (!before) return void this.on.hover(at, event)
    if (this.what === "pinch") return this.pinch(event.pointerId, at)
    if (!this.moved && Math.hypot(at[0] - this.start[0], at[1] - this.start[1]) < TREMBLE) return
    const from = this.moved ? before : this.start
    this.moved = true
    this.fingers.set(event.pointerId, at)
    this.on.drag(this.what, at, [at[0] - from[0], at[1] - from[1]], from)
  }

  pinch(finger, at) {
    const other = [...this.fingers].find(([each]) => each !== finger)?.[1]
    const before = this.fingers.get(finger)
    this.fingers.set(finger, at)
    if (!other) return
    const apart = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]))
    this.on.pan([(at[0] - before[0]) / 2, (at[1] - before[1]) / 2])
    this.on.zoom(apart(at) / apart(before), [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2])
  }

  release(event, cancelled) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size) return
    if (this.what !== "pinch" && !this.moved && !cancelled) this.on.tap(this.at(event), event)
    else if (this.what !== "pinch") this.on.end(this.what, cancelled)
    this.what = undefined
  }

  roll(event) {
    const pinched = event.ctrlKey
    if (!this.awake && !pinched) return
    if (event.deltaY > 0 && !this.on.canShrink() && !pinched) return // the page's own
    event.preventDefault()
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1)
    this.on.zoom(Math.exp(-pixels * (pinched ? PINCHED : WHEEL)), this.at(event))
  }
}
