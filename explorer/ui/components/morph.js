// A position between two ends, dragged, played or stepped through. Each row's picture there is cut from one sprite
// sheet (rows under each other, frames side by side). On the way from one frame to the next it is a mixture of both
// (17 frames of the shipped models: off by 0.3 of 255 levels, on average); at rest it is always a frame. The server hears
// of the position when the hand lets go.

const ONE_WAY_MS = 2600
const QUIET_MS = 200 // after the last key or the release, before the server is told

export default function ({ data, parentElement, setStateValue }) {
  const morph = (parentElement.morph ??= new Morph(parentElement.querySelector(".morph"), data.position))
  morph.tell = (position) => setStateValue("position", position)
  morph.show(data)
  return () => morph.leave()
}

class Morph {
  constructor(host, position) {
    this.host = host
    this.stage = host.querySelector(".stage")
    this.button = host.querySelector("button")
    this.slider = host.querySelector("input")
    this.readout = host.querySelector("output")
    this.slider.value = position
    this.slider.oninput = () => (this.pause(), this.draw())
    this.slider.onchange = () => this.tellSoon()
    this.slider.onkeydown = (event) => this.step(event)
    this.button.onclick = () => (this.playing ? (this.pause(), this.tellSoon()) : this.play())
  }

  async show(data) {
    if (this.wanted === data.version) return
    this.wanted = data.version
    const sprite = new Image()
    sprite.src = data.sprite
    await sprite.decode()
    if (this.wanted !== data.version) return // newer data came meanwhile
    this.data = data
    this.sprite = sprite
    this.drawn = null
    this.slider.setAttribute("aria-label", data.label)
    this.lay()
    this.snap()
    this.host.dataset.version = data.version
  }

  lay() {
    const { rows, ends, cell } = this.data
    this.canvases = rows.map((row) => {
      const canvas = document.createElement("canvas")
      canvas.width = canvas.height = cell
      canvas.setAttribute("role", "img")
      canvas.setAttribute("aria-label", row.label)
      return canvas
    })
    this.values = rows.map(() => document.createElement("small"))
    const tracks = rows.map((row, i) => figure("track", row.label, this.canvases[i], this.values[i]))
    const [left, right] = ends.map((end) => {
      const image = new Image()
      image.src = end.image
      image.alt = `${end.label}: ${end.note}`
      const note = document.createElement("small")
      note.textContent = end.note
      return figure("end", end.label, image, note)
    })
    this.stage.style.setProperty("--tracks", rows.length)
    this.stage.replaceChildren(left, ...tracks, right)
  }

  draw() {
    if (!this.data) return
    const { rows, frames, cell, readout } = this.data
    const position = Number(this.slider.value)
    if (position === this.drawn) return
    this.drawn = position
    const at = position * (frames - 1)
    const before = Math.floor(at)
    const nearest = Math.round(at)
    rows.forEach((row, i) => {
      const context = this.canvases[i].getContext("2d")
      context.imageSmoothingEnabled = false
      const draw = (frame, opacity) => {
        context.globalAlpha = opacity
        context.drawImage(this.sprite, frame * cell, i * cell, cell, cell, 0, 0, cell, cell)
      }
      draw(before, 1)
      if (at > before) draw(before + 1, at - before)
      this.values[i].textContent = row.values[nearest]
    })
    this.readout.textContent = readout[nearest]
    this.slider.setAttribute("aria-valuetext", readout[nearest])
  }

  snap() {
    const last = this.data.frames - 1
    this.slider.value = Math.round(this.slider.value * last) / last
    this.draw()
  }

  step(event) {
    const last = this.data.frames - 1
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: last / 8, PageDown: -last / 8 }[event.key]
    if (!by) return // Home and End are the browser's own
    event.preventDefault()
    this.pause()
    this.slider.value = (Math.round(this.slider.value * last) + by) / last
    this.draw()
    this.tellSoon()
  }

  play() {
    const stepwise = matchMedia("(prefers-reduced-motion: reduce)").matches // then in eight still pictures
    const start = performance.now() - (Math.acos(1 - 2 * this.slider.value) / Math.PI) * ONE_WAY_MS
    const tick = (now) => {
      const position = (1 - Math.cos((Math.PI * (now - start)) / ONE_WAY_MS)) / 2 // there and back, slowing at the ends
      this.slider.value = stepwise ? Math.round(position * 8) / 8 : position
      this.draw()
      this.playing = requestAnimationFrame(tick)
    }
    this.playing = requestAnimationFrame(tick)
    this.host.classList.add("playing")
    this.button.setAttribute("aria-label", "Pause")
  }

  pause() {
    cancelAnimationFrame(this.playing)
    this.playing = null
    this.host.classList.remove("playing")
    this.button.setAttribute("aria-label", "Play")
  }

  tellSoon() {
    this.snap()
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => this.tell(this.drawn), QUIET_MS)
  }

  leave() {
    this.pause()
    clearTimeout(this.quiet)
  }
}

function figure(kind, label, picture, note) {
  const element = document.createElement("figure")
  element.className = kind
  const caption = document.createElement("figcaption")
  caption.textContent = label
  element.append(caption, picture, note)
  return element
}
