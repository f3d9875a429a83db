// Which images are shown as pictures: as many as don't lie on each other, and the same ones wherever the map is panned to.
// Whoever is shown stays so as the map is zoomed into: each level, half as far apart as four before, adds to the last.

const LEVELS = 48
const A_HALVING = 4 // levels

export class Thinning {
  /**
   * @param places x, y, x, y
   * @param order images, the most welcome first
   * @param widest the distance of level 0, in units of the plane
   */
  constructor(places, order, widest) {
    Object.assign(this, { places, order, widest, ranked: [], ends: [], taken: new Uint8Array(order.length) })
  }

  /** Images that lie `apart` or farther from each other, across or up. */
  shown(apart) {
    const level = Math.min(LEVELS, Math.floor(A_HALVING * Math.log2(this.widest / apart)))
    if (level < 0) return []
    while (this.ends.length <= level) this.add()
    return this.ranked.slice(0, this.ends[level])
  }

  add() {
    const { places, taken, ranked } = this
    const apart = this.widest * 2 ** (-this.ends.length / A_HALVING)
    const cells = new Map() // each holds one of them at most
    const cell = (i, dx, dy) => (Math.floor(places[2 * i] / apart) + dx) * 67108864 + Math.floor(places[2 * i + 1] / apart) + dy
    const lies = (i) => {
      for (let dx = -1; dx <= 1; dx++) {
        for (let dy = -1; dy <= 1; dy++) {
          const other = cells.get(cell(i, dx, dy))
          if (other === undefined) continue
          const [x, y] = [places[2 * i] - places[2 * other], places[2 * i + 1] - places[2 * other + 1]]
          if (Math.abs(x) < apart && Math.abs(y) < apart) return false
        }
      }
      return true
    }
    for (const i of ranked) cells.set(cell(i, 0, 0), i)
    for (const i of this.order) {
      if (taken[i] || !lies(i)) continue
      taken[i] = 1
      ranked.push(i)
      cells.set(cell(i, 0, 0), i)
    }
    this.ends.push(ranked.length)
  }
}
