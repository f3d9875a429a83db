// What a hand has drawn around.

/** Which of some places lie within corners [x, y]: Uint8Array, 1 for those; even-odd. */
export function within(places, corners) {
  const found = new Uint8Array(places.length / 2)
  if (corners.length < 3) return found
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  for (let i = 0; i < found.length; i++) {
    const x = places[2 * i]
    const y = places[2 * i + 1]
    if (x < left || x > right || y < low || y > high) continue
    let inside = 0
    for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) inside ^= 1
    }
    found[i] = inside
  }
  return found
}

/**
 * As many corners at most: again and again that one goes which takes least area along (Visvalingam and Whyatt 1993); and
 * all that take `little`.
 */
export function simplified(corners, most, little) {
  const kept = corners.slice()
  const area = (i) => {
    const [[ax, ay], [bx, by], [cx, cy]] = [-1, 0, 1].map((step) => kept[(i + step + kept.length) % kept.length])
    return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
  }
  while (kept.length > 3) {
    const areas = kept.map((_, i) => area(i))
    const least = areas.indexOf(Math.min(...areas))
    if (kept.length <= most && areas[least] > little) break
    kept.splice(least, 1)
  }
  return kept
}

/** A circle with so many corners. */
export function circle(x, y, radius, corners) {
  return Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]
  })
}
