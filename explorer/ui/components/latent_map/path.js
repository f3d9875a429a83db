// A path that a hand lays over the map: points, a line through them, and a walk along it, decoded on the way.

import { Player } from "../shared/film.js"

const STOPS = 33 // stops of the slider, as of the film that is saved (explorer/ui/latents/film.py)
const ONE_WAY_LEAST_MS = 1500 // from the first point to the last, played
const A_LEG_MS = 450 // more, for each point on the way
const GRASP = 13 // units from a point that a hand takes hold of it
const LITTLE = 0.025 // of the window's width: a corner that stands out less is left out

export class Path {
  before = [] // paths as they were, the newest last

  /** @param host holds the slider and buttons; @param map whose `view.path` it is, [[x, y], ...] */
  constructor(host, map) {
    this.host = host
    this.map = map
    const find = (name) => host.querySelector(name)
    this.readout = find("output")
    this.undoing = find(".undo")
    this.removing = find(".remove")
    this.undoing.onclick = () => this.undo()
    this.removing.onclick = () => this.set([])
    this.player = new Player(host, {
      of: " along the path",
      oneWayMs: ONE_WAY_LEAST_MS,
      draw: (before, share) => this.walk((before + share) / (STOPS - 1)),
      rest: () => this.map.tellSoon(0),
    })
  }

  get points() {
    return this.map.view?.path ?? []
  }

  /** What the address, the class or a hand made of it. */
  stand() {
    const text = JSON.stringify(this.points)
    if (text === this.known) return
    this.known = text
    if (JSON.stringify(this.before.at(-1)) === text) this.before.pop() // Back did it
    this.player.pause()
    const { slider, button } = this.player
    const few = this.points.length < 2
    slider.disabled = button.disabled = few
    this.player.oneWayMs = ONE_WAY_LEAST_MS + A_LEG_MS * this.points.length
    this.player.frames = few ? 0 : STOPS
    this.player.page = 4
    this.player.drawn = Number(slider.value) // nothing walks until it is moved
  }

  leave() {
    this.player.leave()
  }

  show(chosen) {
    const { points, host } = this
    host.hidden = !chosen && !points.length
    this.undoing.disabled = !this.before.length
    this.removing.disabled = !points.length
    const most = this.map.data.corners
    const next = points.length >= most ? "no more fit." : "click for another, or drag to draw; a click on one takes it out."
    this.readout.textContent = points.length ? `${points.length} of ${most} points${chosen ? `: ${next}` : ""}` : "Click for a first point, or drag to draw."
  }

  // -- hands and keys ------------------------------------------------------------------------------------------------

  begin(at, touch) {
    const held = this.pointAt(at, touch)
    this.moves = { held, from: this.points, drawn: held < 0 ? [this.placeAt(at)] : [] }
    return "path"
  }

  drag(at) {
    const { held, from, drawn } = this.moves
    if (held < 0) drawn.push(this.placeAt(at))
    this.map.view.path = held < 0 ? [...from, ...drawn] : from.with(held, this.placeAt(at))
    this.map.changed()
  }

  end(cancelled) {
    const { held, from, drawn } = this.moves
    const moved = this.map.view.path
    this.map.view.path = from
    this.moves = undefined
    if (cancelled) return this.map.changed()
    const room = this.map.data.corners - from.length
    const { width, scale } = this.map.main.lens
    this.set(held < 0 ? [...from, ...bends(drawn, room, ((LITTLE * width) / scale) ** 2)] : moved)
  }

  tap(at, touch) {
    this.moves = undefined
    const held = this.pointAt(at, touch)
    if (held < 0) this.add(this.placeAt(at))
    else this.set(this.points.toSpliced(held, 1))
  }

  add(place) {
    if (this.points.length < this.map.data.corners) this.set([...this.points, place])
  }

  undo() {
    if (this.before.length) this.map.choose({ path: this.before.pop() })
  }

  set(path) {
    this.before.push(this.points)
    this.map.choose({ path })
  }

  placeAt(at) {
    return this.map.main.lens.at(...at).map((value) => this.map.roundedPlace(value))
  }

  pointAt([px, py], touch) {
    const { lens, unit } = this.map.main
    const near = GRASP * unit * (touch ? 1.6 : 1)
    return this.points.findLastIndex((point) => {
      const [x, y] = lens.to(...point)
      return Math.hypot(x - px, y - py) <= near
    })
  }

  /** To a share of the way. */
  walk(share) {
    if (this.points.length > 1) this.map.walkTo(...along(this.points, share))
  }

  // -- drawing -------------------------------------------------------------------------------------------------------

  draw({ front, lens, unit }, theme) {
    const places = this.points.map((point) => lens.to(...point))
    if (!places.length) return
    for (const [width, colour] of [[5, theme.ground], [2.2, theme.text]]) {
      front.lineWidth = width * unit
      front.lineJoin = front.lineCap = "round"
      front.strokeStyle = colour
      front.beginPath()
      for (const place of places) front.lineTo(...place)
      front.stroke()
    }
    if (this.moves?.held < 0) return // while it is drawn
    for (const [i, [x, y]] of places.entries()) {
      front.beginPath()
      front.arc(x, y, (i ? 4.5 : 6.5) * unit, 0, 7)
      front.fillStyle = i ? theme.ground : theme.text // the first is where it begins
      front.strokeStyle = theme.text
      front.lineWidth = 2 * unit
      front.fill()
      front.stroke()
    }
  }
}

/** The place at a share of a line through points. */
function along(points, share) {
  const lengths = points.slice(1).map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]))
  let left = share * lengths.reduce((sum, length) => sum + length, 0)
  let leg = 0
  while (leg < lengths.length - 1 && left > lengths[leg]) left -= lengths[leg++]
  const part = lengths[leg] ? Math.min(1, left / lengths[leg]) : 0
  return [0, 1].map((axis) => points[leg][axis] + part * (points[leg + 1][axis] - points[leg][axis]))
}

/** The bends of a line: ends stay; inner points go that span little area with their neighbours, and more than `most`. */
function bends(points, most, little) {
  const kept = points.slice()
  const area = (i) => {
    const [[ax, ay], [bx, by], [cx, cy]] = [kept[i - 1], kept[i], kept[i + 1]]
    return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
  }
  while (kept.length > 2) {
    const areas = kept.slice(1, -1).map((_, i) => area(i + 1))
    const least = areas.indexOf(Math.min(...areas))
    if (kept.length <= most && areas[least] > little) break
    kept.splice(least + 1, 1)
  }
  return kept.slice(0, Math.max(0, most))
}
