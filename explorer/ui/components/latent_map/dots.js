// Images as dots, written pixel by pixel: 10,000 of them and 300 pictures take 2 ms of one core. Without a GPU this is
// smoother than WebGL: with 1,000 pictures 60 frames a second against 40 (medians; 25 and 12 in the slowest twentieth;
// Chromium 156, 900 x 600 pixels, two cores that others used too).

const LEAST_ALPHA = 24 // of 255: fainter edges of a dot are left out
const FAINT = 0.22 // of those that are not selected

export class Dots {
  constructor(canvas) {
    this.canvas = canvas
    this.context = canvas.getContext("2d")
  }

  resize(width, height) {
    this.canvas.width = width
    this.canvas.height = height
    this.image = this.context.createImageData(Math.max(1, width), Math.max(1, height))
    this.pixels = new Uint32Array(this.image.data.buffer)
    this.radius = undefined
  }

  /** @param radius of a dot, in pixels of the screen, as all else here; `ratio` of these are one of CSS */
  draw(lens, places, { colours, selected }, radius, ratio) {
    if (radius !== this.radius) this.cut(radius)
    this.pixels.fill(0)
    const inks = colours.table.map(([r, g, b]) => (b << 16) | (g << 8) | r)
    if (selected) this.put(lens, places, inks, colours.index, ratio, FAINT, (i) => !selected[i])
    this.put(lens, places, inks, colours.index, ratio, 1, selected && ((i) => selected[i]))
    this.context.putImageData(this.image, 0, 0)
  }

  put(lens, places, inks, index, ratio, opacity, wanted) {
    const { width, height } = this.canvas
    const { pixels, offsets, alphas, reach } = this
    const scale = lens.scale * ratio
    const left = width / 2 - lens.x * scale
    const top = height / 2 + lens.y * scale
    const parts = alphas.map((alpha) => Math.round(alpha * opacity) * 0x1000000)
    for (let i = 0; i < index.length; i++) {
      const x = Math.round(left + places[2 * i] * scale)
      const y = Math.round(top - places[2 * i + 1] * scale)
      if (x < reach || y < reach || x >= width - reach || y >= height - reach || (wanted && !wanted(i))) continue
      const at = y * width + x
      const ink = inks[index[i]]
      for (let k = 0; k < offsets.length; k++) {
        const pixel = at + offsets[k]
        if (alphas[k] === 255 || !pixels[pixel]) pixels[pixel] = ink + parts[k]
      }
    }
  }

  /** Which pixels a dot covers, and how much of each. */
  cut(radius) {
    this.radius = radius
    this.reach = Math.ceil(radius)
    const [offsets, alphas] = [[], []]
    for (let y = -this.reach; y <= this.reach; y++) {
      for (let x = -this.reach; x <= this.reach; x++) {
        const alpha = Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x, y))))
        if (alpha < LEAST_ALPHA) continue
        offsets.push(y * this.canvas.width + x)
        alphas.push(alpha)
      }
    }
    Object.assign(this, { offsets, alphas })
  }
}
