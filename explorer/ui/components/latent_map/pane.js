// One window onto images in two dimensions: as dots, and as pictures where there is room; with what lies around them.

import { linearTicks, short } from "../shared/axes.js"
import { unitPixels } from "../shared/unit.js"
import { Dots } from "./dots.js"
import { Lens } from "./lens.js"
import { Thinning } from "./thinning.js"

const SMALLEST = 20 // units a side of a picture, where all is seen
const LARGEST = 112
const GAP = 3 // units between two
const FRAME = 2 // units of a picture's frame, in its colour
const DIM = 0.25 // of pictures that are not selected
const NEAR = 9 // units from a dot that a pointer means it
const HARD = 32 // pixels of the screen from which a picture's own are seen, and have hard edges
const HELD = 15 // units from the cross-hair that a hand takes hold of it

export class Pane {
  constructor(host, scene) {
    Object.assign(this, { host, scene })
    const [ground, dots, front] = host.querySelectorAll("canvas")
    this.ground = ground.getContext("2d")
    this.dots = new Dots(dots)
    this.front = front.getContext("2d")
    this.lens = new Lens([-1, -1], [1, 1])
  }

  /** Take up places, most of which lie within low..high. */
  load(places, [low, high]) {
    const { width, height } = this.lens
    this.lens = new Lens(low, high)
    this.lens.resize(width, height)
    this.places = places
    this.thin()
  }

  /** Choose anew which images are shown as pictures: where they lie, or which are welcome, has changed. */
  thin() {
    const { welcome } = this.scene
    if (this.places && welcome) this.thinning = new Thinning(this.places, welcome, Math.max(...this.lens.span) / 2)
  }

  resize() {
    const { clientWidth, clientHeight } = this.host
    const ratio = Math.min(2, devicePixelRatio) // finer ones nobody sees, and each takes time
    this.ratio = ratio
    this.unit = unitPixels()
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)]
    for (const { canvas } of [this.ground, this.front]) Object.assign(canvas, { width, height })
    this.dots.resize(width, height)
    this.lens.resize(clientWidth, clientHeight)
  }

  /** Pixels a side of a picture. */
  get side() {
    return this.unit * Math.min(LARGEST, SMALLEST * this.lens.times ** 0.45)
  }

  draw() {
    const { front, lens, scene, ratio, unit } = this
    if (!this.places || !lens.width) return
    const radius = Math.min(4.5, (scene.count > 4000 ? 1.7 : 2.3) * lens.times ** 0.2) * unit * ratio
    this.dots.draw(lens, this.places, scene, Math.round(2 * radius) / 2, ratio)
    front.setTransform(1, 0, 0, 1, 0, 0)
    front.clearRect(0, 0, front.canvas.width, front.canvas.height)
    if (scene.pictured) this.drawPictures()
    front.setTransform(ratio, 0, 0, ratio, 0, 0)
    if (this.titles) this.drawAxes()
  }

  drawPictures() {
    const { front, lens, scene, ratio, side, places } = this
    const { selected, colours, pictures } = scene
    const drawn = Math.round(side * ratio)
    const frame = Math.max(1, Math.round(FRAME * this.unit * ratio))
    front.imageSmoothingEnabled = drawn < HARD
    front.lineWidth = frame
    front.lineJoin = "miter"
    this.inSight = []
    for (const i of this.thinning.shown((side + (GAP + 2 * FRAME) * this.unit) / lens.scale)) {
      const [x, y] = lens.to(places[2 * i], places[2 * i + 1])
      if (x < -side || y < -side || x > lens.width + side || y > lens.height + side) continue
      const [left, top] = [Math.round(x * ratio - drawn / 2), Math.round(y * ratio - drawn / 2)]
      front.globalAlpha = selected && !selected[i] ? DIM : 1
      front.strokeStyle = colours.css[colours.index[i]]
      front.strokeRect(left - frame / 2, top - frame / 2, drawn + frame, drawn + frame)
      pictures.draw(front, i, left, top, drawn)
      this.inSight.push(i)
    }
    front.globalAlpha = 1
  }

  /** Numbers along two sides, and what they are of. */
  drawAxes() {
    const { front, lens, scene, unit } = this
    const { width, height } = lens
    const [low, high] = [lens.at(0, height), lens.at(width, 0)]
    this.setType(10.5)
    front.textAlign = "center"
    front.textBaseline = "alphabetic"
    for (const tick of linearTicks(low[0], high[0], width / (60 * unit))) {
      const [x] = lens.to(tick, 0)
      if (x > 34 * unit && x < width - 12 * unit) this.write(short(tick), x, height - 6 * unit, scene.theme.text)
    }
    front.textAlign = "left"
    front.textBaseline = "middle"
    for (const tick of linearTicks(low[1], high[1], height / (60 * unit))) {
      const [, y] = lens.to(0, tick)
      if (y > 12 * unit && y < height - 22 * unit) this.write(short(tick), 6 * unit, y, scene.theme.text)
    }
  }

  setType(size, weight = 400) {
    this.front.font = `${weight} ${size * this.unit}px ${this.scene.theme.font}`
  }

  /** Words that can be read whatever lies behind them. */
  write(words, x, y, colour) {
    this.front.strokeStyle = this.scene.theme.ground
    this.front.lineWidth = 3 * this.unit
    this.front.lineJoin = "round"
    this.front.strokeText(words, x, y)
    this.front.fillStyle = colour
    this.front.fillText(words, x, y)
  }

  /** One image, enlarged and ringed. */
  drawMarked(image, colour, larger = 1.5) {
    const { front, lens, scene, unit } = this
    const [x, y] = lens.to(this.places[2 * image], this.places[2 * image + 1])
    const side = Math.max(30 * unit, this.side * larger)
    front.fillStyle = scene.theme.ground
    front.fillRect(x - side / 2 - 5 * unit, y - side / 2 - 5 * unit, side + 10 * unit, side + 10 * unit)
    front.fillStyle = colour
    front.fillRect(x - side / 2 - 3 * unit, y - side / 2 - 3 * unit, side + 6 * unit, side + 6 * unit)
    front.imageSmoothingEnabled = side * this.ratio < HARD
    scene.pictures.draw(front, image, x - side / 2, y - side / 2, side)
  }

  /** Rings around images, and lines to them from a place, if there is one. */
  drawNearest(images, place) {
    const { front, lens, scene, unit } = this
    for (const [width, colour] of [[3, scene.theme.ground], [1, scene.theme.text]]) {
      front.lineWidth = width * unit
      front.strokeStyle = colour
      front.beginPath()
      for (const image of images) {
        const [x, y] = lens.to(this.places[2 * image], this.places[2 * image + 1])
        if (place) {
          front.moveTo(...lens.to(...place))
          front.lineTo(x, y)
        }
        front.moveTo(x + 4 * unit, y)
        front.arc(x, y, 4 * unit, 0, 7)
      }
      front.stroke()
    }
  }

  /** Names of places, [name, x, y], beside what lies there. */
  drawLandmarks(landmarks) {
    const { front, lens, scene, unit } = this
    const beside = this.side / 2 + 5 * unit
    this.setType(12, 700)
    front.textAlign = "left"
    front.textBaseline = "middle"
    for (const [name, ...place] of landmarks) {
      const [x, y] = lens.to(...place)
      for (const [half, colour] of [[4, scene.theme.ground], [2.5, scene.theme.text]]) {
        front.fillStyle = colour
        front.fillRect(x - half * unit, y - half * unit, 2 * half * unit, 2 * half * unit)
      }
      this.write(name, x + beside, y, scene.theme.text)
    }
  }

  drawCross(place) {
    const { front, lens, scene, unit } = this
    const [x, y] = lens.to(...place)
    const [inner, outer] = [5 * unit, 13 * unit]
    for (const [width, colour] of [[5, scene.theme.ground], [2, scene.theme.text]]) {
      front.lineWidth = width * unit
      front.strokeStyle = colour
      front.lineCap = "round"
      front.beginPath()
      front.arc(x, y, 9 * unit, 0, 7)
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        front.moveTo(x + dx * inner, y + dy * inner)
        front.lineTo(x + dx * outer, y + dy * outer)
      }
      front.stroke()
    }
  }

  drawPolygon(corners, closed) {
    const { front, lens, scene, unit } = this
    if (corners.length < 2) return
    front.beginPath()
    for (const corner of corners) front.lineTo(...lens.to(...corner))
    if (closed) front.closePath()
    front.lineJoin = "round"
    front.globalAlpha = 0.08
    front.fillStyle = scene.theme.text
    front.fill()
    front.globalAlpha = 1
    for (const [width, colour, dash] of [[3, scene.theme.ground, []], [1.5, scene.theme.text, closed ? [] : [4, 3]]]) {
      front.setLineDash(dash)
      front.lineWidth = width * unit
      front.strokeStyle = colour
      front.stroke()
    }
    front.setLineDash([])
  }

  // -- what lies under a pointer ------------------------------------------------------------------------------------

  /** Whether a hand at a pixel holds the cross-hair at a place. */
  holds([px, py], place, touch) {
    const [x, y] = this.lens.to(...place)
    return Math.hypot(px - x, py - y) <= HELD * this.unit * (touch ? 1.6 : 1)
  }

  /** The image at a pixel, or -1: of pictures that whose middle is nearest, else of dots. */
  imageAt([px, py], touch = false) {
    const { lens, places, unit } = this
    const half = this.side / 2
    const to = (i) => {
      const [x, y] = lens.to(places[2 * i], places[2 * i + 1])
      return [Math.abs(x - px), Math.abs(y - py)]
    }
    if (this.scene.pictured) {
      const found = this.inSight?.find((i) => to(i).every((away) => away <= half))
      if (found !== undefined) return found
    }
    let [least, at] = [NEAR * unit * (touch ? 1.8 : 1), -1]
    for (let i = 0; i < this.scene.count; i++) {
      const away = Math.hypot(...to(i))
      if (away < least) [least, at] = [away, i]
    }
    return at
  }
}
