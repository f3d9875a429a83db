// Where images lie on the plane, and how far from it; between two betas, on the way from the one to the other.

import { unpacked } from "./arrays.js"

const FEW = 0.01 // of all, that lie farther out, at each side of an axis
const ROOM_OF_FEW = 0.16 // of what the others take

export class Cloud {
  constructor({ coordinates, beside, crowd, stops, plane, count, beta }) {
    this.count = count
    this.places = unpacked(coordinates) // x, y, x, y
    this.beside = unpacked(beside)
    this.crowd = crowd
    this.plane = Object.fromEntries(["origin", "u", "v"].map((axis) => [axis, unpacked(plane[axis])]))
    if (!stops) return
    this.stops = stops
    this.shares = unpacked(stops.places, Uint16Array)
    this.own = Math.max(0, stops.betas.indexOf(beta)) // the model's stop
    this.stand(this.own)
  }

  /** At a stop of beta, or between two. */
  stand(stop) {
    const { low, high, crowds } = this.stops
    const { shares, count, places, beside } = this
    const before = Math.min(Math.floor(stop), crowds.length - 1)
    const after = Math.min(before + 1, crowds.length - 1)
    const share = stop - before
    const [x, y, away] = low.map((from, axis) => (high[axis] - from) / 65535)
    for (let i = 0, a = 3 * count * before, b = 3 * count * after; i < count; i++, a += 3, b += 3) {
      places[2 * i] = low[0] + x * (shares[a] + share * (shares[b] - shares[a]))
      places[2 * i + 1] = low[1] + y * (shares[a + 1] + share * (shares[b + 1] - shares[a + 1]))
      beside[i] = low[2] + away * (shares[a + 2] + share * (shares[b + 2] - shares[a + 2]))
    }
    this.crowd = crowds[before].map((value, k) => value + share * (crowds[after][k] - value))
    this.stop = stop
  }

  /** Where images lay at a stop. */
  placesAt(stop) {
    if (!this.stops || stop === this.stop) return this.places
    const { low, high } = this.stops
    const [across, up] = [0, 1].map((axis) => (high[axis] - low[axis]) / 65535)
    const from = 3 * this.count * stop
    return Float32Array.from(this.places, (_, k) => {
      const axis = k % 2
      return low[axis] + (axis ? up : across) * this.shares[from + 3 * (k >> 1) + axis]
    })
  }

  /** The latent at a place. */
  z(x, y) {
    const { origin, u, v } = this.plane
    return origin.map((from, i) => from + x * u[i] + y * v[i])
  }

  /** How far the median image is from that which is nearest to it. */
  get apart() {
    return this.crowd[0]
  }

  /** Whether a place is so near the middle of all images that next to none of them is. */
  averages(x, y) {
    const [, middleX, middleY, beside, core] = this.crowd
    return Math.hypot(x - middleX, y - middleY, beside) < core
  }

  /** The images nearest to a place in the whole latent: [{image, away}], nearest first. */
  nearest(x, y, many) {
    const found = []
    let worst = Infinity
    for (let i = 0; i < this.count; i++) {
      const dx = this.places[2 * i] - x
      const dy = this.places[2 * i + 1] - y
      const square = dx * dx + dy * dy + this.beside[i] * this.beside[i]
      if (square >= worst) continue
      let at = found.length
      while (at > 0 && found[at - 1].square > square) at--
      found.splice(at, 0, { image: i, square })
      if (found.length > many) found.pop()
      if (found.length === many) worst = found[many - 1].square
    }
    return found.map(({ image, square }) => ({ image, away: Math.sqrt(square) }))
  }

  /** From where to where most of them lie, at all stops, and all landmarks: [low, high], both [x, y]. */
  bounds(landmarks) {
    const stops = this.stops ? [0, this.own, this.stops.betas.length - 1] : [this.stop]
    const all = stops.map((stop) => boundsOf(this.placesAt(stop)))
    if (landmarks.length) all.push([Math.min, Math.max].map((most) => [1, 2].map((axis) => most(...landmarks.map((each) => each[axis])))))
    return [Math.min, Math.max].map((most, end) => [0, 1].map((axis) => most(...all.map((bounds) => bounds[end][axis]))))
  }
}

/** From where to where most of some places lie, with as much room around that few are left out. */
export function boundsOf(places) {
  const axes = [0, 1].map((axis) => places.filter((_, k) => k % 2 === axis).toSorted())
  const ends = axes.map((values) => [FEW, 1 - FEW].map((share) => values[Math.round(share * (values.length - 1))]))
  return [-1, 1].map((side, end) => ends.map(([low, high]) => [low, high][end] + side * ROOM_OF_FEW * (high - low)))
}
