// Sprite sheets, and what plays them.

import { meaning, steps } from "./keys.js"
import { fetched } from "./shelf.js"

const REST_MS = 200 // from the last key or the release until the server hears of the position
const ON_IT = 1e-6 // of a frame: no farther from one is at rest on it, as a slider's value is a rounded text
const FOLLOW_MS = 80 // that a place which somebody else's hand came to is reached in: two of those that are told
export const STILLS = 8 // frames that play shows one by one to people who want no motion

/** A picture, ready to be drawn. */
export async function decoded(src) {
  const image = new Image()
  image.src = src
  await image.decode()
  return image
}

/** Whoever asked their system for no motion. */
export const wantsNoMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches

/** Square pictures of `cell` pixels a side in one picture: rows under each other, columns side by side. */
export class Sheet {
  constructor(picture, cell) {
    this.picture = picture
    this.cell = cell
  }

  /** Fill a canvas with one. */
  draw(context, row, column, opacity = 1) {
    const { cell } = this
    context.globalAlpha = opacity
    context.drawImage(this.picture, column * cell, row * cell, cell, cell, 0, 0, context.canvas.width, context.canvas.height)
  }

  /** Fill it with the mixture of one and its neighbour on the right, which has a share of 0..1. */
  mix(context, row, column, share) {
    this.draw(context, row, column)
    if (share) this.draw(context, row, column + 1, share)
  }
}

/** Fetches and decodes sheets, {version, shelf}; of those that come meanwhile, only the newest counts. */
export class Sheets {
  /** @param shown what they are shown in, whose data-version is taken away while a newer one is on its way */
  constructor(shown) {
    this.shown = shown
  }

  /** Ready once it is decoded, with all that was sent with it as `data`; undefined where it was here, or is the newest no more. */
  async open({ version, shelf }) {
    if (this.version === version) return undefined
    this.version = version
    delete this.shown.dataset.version
    const newest = () => this.version === version
    const data = await fetched(shelf, newest)
    const picture = data && (await decoded(data.sprite))
    return newest() ? Object.assign(new Sheet(picture, data.cell), { data }) : undefined
  }
}

/** Something that is drawn anew for each frame of the screen. */
export class Motion {
  /** Call `draw` with the milliseconds since now, `elapsed` of them to begin with, until it returns true. */
  start(draw, elapsed = 0) {
    this.stop()
    const start = performance.now() - elapsed
    const tick = (now) => {
      this.frame = requestAnimationFrame(tick)
      if (draw(Math.max(0, now - start))) this.stop()
    }
    this.frame = requestAnimationFrame(tick)
  }

  stop() {
    cancelAnimationFrame(this.frame)
    this.frame = undefined
  }

  get running() {
    return this.frame !== undefined
  }
}

/**
 * A slider of 0..1 over frames, dragged, stepped through with keys, or played there and back.
 *
 * On the way from one frame to the next it may stand between them, at rest it stands on one.
 */
export class Player {
  /**
   * @param host holds an input of type range and a button .play; its class is "playing" while it plays
   * @param oneWayMs from one end to the other
   * @param draw called with the frame before, the share of the next, and the nearest, wherever the slider is
   * @param rest called with the frame that it rests on, some time after the hand has let go
   * @param of what is played, where there are several: " along the path"
   */
  constructor(host, { oneWayMs, draw, rest, of = "" }) {
    Object.assign(this, { host, oneWayMs, onDraw: draw, onRest: rest, of, motion: new Motion(), frames: 0 })
    this.slider = host.querySelector('input[type="range"]')
    this.button = host.querySelector(".play")
    this.slider.oninput = () => (this.pause(), this.draw())
    this.slider.onchange = () => this.rest()
    this.slider.onkeydown = (event) => this.step(event)
    this.button.onclick = () => (this.motion.running ? this.rest() : this.play())
  }

  /** Take up other frames, `page` of them a Page key, at the same place. */
  load(frames, page) {
    Object.assign(this, { frames, page })
    this.redraw()
    this.snap()
  }

  get last() {
    return this.frames - 1
  }

  redraw() {
    this.drawn = undefined
    this.draw()
  }

  draw() {
    const place = Number(this.slider.value)
    if (!this.frames || place === this.drawn) return
    this.drawn = place
    const at = place * this.last
    const nearest = Math.round(at)
    const before = Math.abs(at - nearest) < ON_IT ? nearest : Math.floor(at)
    this.onDraw(before, Math.max(0, at - before), nearest)
  }

  move(place) {
    this.slider.value = place
    this.draw()
  }

  /** On the frame nearest to a place, without a word of it. */
  stand(place) {
    this.pause()
    clearTimeout(this.quiet)
    this.slider.value = place
    if (this.frames) this.snap()
  }

  /** To where somebody else's hand has come, without a word of it. */
  follow(place) {
    clearTimeout(this.quiet)
    this.pause()
    if (!this.frames) return void (this.slider.value = place)
    const from = Number(this.slider.value)
    this.motion.start((elapsed) => {
      const share = wantsNoMotion() ? 1 : Math.min(1, elapsed / FOLLOW_MS)
      this.move(from + (place - from) * share)
      return share === 1
    })
  }

  /** Onto the nearest frame, which is returned. */
  snap() {
    const nearest = Math.round(this.slider.value * this.last)
    this.move(nearest / this.last)
    return nearest
  }

  step(event) {
    const by = this.frames && meaning(event, steps(this.page))
    if (!by) return
    this.move((Math.round(this.slider.value * this.last) + by) / this.last)
    this.rest()
  }

  /** To a frame, slowly at both ends. */
  glide(frame, ms) {
    this.pause()
    const from = Number(this.slider.value)
    const way = frame / this.last - from
    this.motion.start((elapsed) => {
      const t = wantsNoMotion() ? 1 : Math.min(1, elapsed / ms)
      this.move(from + way * (t * t * (3 - 2 * t)))
      if (t === 1) this.rest()
      return t === 1
    })
  }

  play() {
    if (!this.frames) return
    const stills = wantsNoMotion()
    const elapsed = (Math.acos(1 - 2 * this.slider.value) / Math.PI) * this.oneWayMs
    this.motion.start((ms) => {
      const place = (1 - Math.cos((Math.PI * ms) / this.oneWayMs)) / 2 // there and back, slowing at the ends
      this.move(stills ? Math.round(place * STILLS) / STILLS : place)
    }, elapsed)
    this.showPlaying(true)
  }

  pause() {
    this.motion.stop()
    this.showPlaying(false)
  }

  showPlaying(playing) {
    this.host.classList.toggle("playing", playing)
    this.button.setAttribute("aria-label", `${playing ? "Pause" : "Play"}${this.of}`)
  }

  /** Stand on a frame, and say so when nothing has happened for a while. */
  rest() {
    this.pause()
    if (!this.frames) return
    const frame = this.snap()
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => this.onRest(frame), REST_MS)
  }

  leave() {
    this.pause()
    clearTimeout(this.quiet)
  }
}
