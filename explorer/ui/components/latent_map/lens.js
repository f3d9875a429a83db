// What is seen of a plane: its middle, and how large.

const MOST_TIMES = 400 // larger than what is seen at first
const LEAST_TIMES = 0.5
const ROOM = 0.06 // of the window that stays empty around all images, at each side

/** From places to pixels and back. One unit is as long across as up, so that distances are seen as they are. */
export class Lens {
  width = 0
  height = 0
  times = 1 // larger than at first

  /** At first all is seen from low to high, both [x, y]. */
  constructor(low, high) {
    this.home = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2]
    this.span = [Math.max(high[0] - low[0], 1e-6), Math.max(high[1] - low[1], 1e-6)]
    this.x = this.home[0]
    this.y = this.home[1]
  }

  resize(width, height) {
    this.width = width
    this.height = height
    this.settle()
  }

  settle() {
    const shares = (1 - 2 * ROOM) / Math.max(this.span[0] / Math.max(1, this.width), this.span[1] / Math.max(1, this.height))
    this.scale = shares * this.times // pixels of a unit
  }

  /** How many units are seen, across or up. */
  get seen() {
    return Math.max(...this.span) / this.times
  }

  get isHome() {
    return this.times === 1 && this.x === this.home[0] && this.y === this.home[1]
  }

  /** Look at a place, so many times larger than at first. */
  stand(x, y, times) {
    this.times = Math.min(MOST_TIMES, Math.max(LEAST_TIMES, times))
    const inside = (value, axis) => Math.min(this.home[axis] + this.span[axis], Math.max(this.home[axis] - this.span[axis], value))
    this.x = inside(x, 0)
    this.y = inside(y, 1)
    this.settle()
  }


  goHome() {
    this.stand(...this.home, 1)
  }

  /** Move what is seen by pixels. */
  pan(dx, dy) {
    this.stand(this.x - dx / this.scale, this.y + dy / this.scale, this.times)
  }

  /** Make it larger, so that what is at a pixel stays there. */
  zoom(factor, px, py) {
    const [x, y] = this.at(px, py)
    this.times = Math.min(MOST_TIMES, Math.max(LEAST_TIMES, this.times * factor))
    this.settle()
    const [now, below] = this.at(px, py)
    this.stand(this.x + x - now, this.y + y - below, this.times)
  }

  /** The place at a pixel. */
  at(px, py) {
    return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale]
  }

  /** The pixel of a place. */
  to(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale]
  }
}
