// Beta under one slider: reconstructions and samples of the prior, two numbers, the place on the curve of rate and
// distortion, and the latent against its prior, all drawn in the same frame. Pictures are cut from one sprite sheet: a
// row an image, its original first, then a decoded frame a stop; then a row a sample. Between two stops a picture is a
// mixture of both; at rest it is always a decoded frame. The server hears of beta when the hand lets go, and of a dot
// when it is chosen. What may come later, or move by itself, comes through beside.js.

import { html } from "./shared/dom.js"
import { Player, Sheets } from "./shared/film.js"
import { lead } from "./shared/lead.js"
import { Latent } from "./tradeoff/latent.js"
import { Numbers } from "./tradeoff/numbers.js"
import { Plane } from "./tradeoff/plane.js"
import { Rows } from "./tradeoff/rows.js"

const ONE_WAY_MS = 5200
const GLIDE_MS = 450 // that the slider takes to the stop of a lesson
const DECADE = 10 // stops from one beta to ten times as much

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const host = parentElement.querySelector(".tradeoff")
  const view = (parentElement.tradeoff ??= new Tradeoff(host))
  view.tell = (told) => setStateValue("told", told)
  view.measure = () => setTriggerValue("measure", true)
  view.arrive()
  view.show(data)
  return () => view.leave()
}

class Tradeoff {
  constructor(host) {
    this.host = host
    this.stops = host.querySelector(".stops")
    this.wait = host.querySelector(".wait")
    const point = (sample) => (this.light(sample), this.tellClass())
    const looked = () => this.tellClass()
    this.rows = new Rows(host, point)
    this.latent = new Latent(host, point, looked)
    this.numbers = new Numbers(host, (stop) => this.player.glide(stop, GLIDE_MS), () => this.measure())
    this.plane = new Plane(host, (id) => this.choose(id), looked)
    this.sheets = new Sheets(host)
    this.player = new Player(host, {
      oneWayMs: ONE_WAY_MS,
      draw: (...place) => this.draw(...place),
      rest: (stop) => this.report({ beta: this.data.stops[stop].value }),
    })
    this.hear = () => this.takeBeside()
    this.resized = new ResizeObserver(() => this.resize())
  }

  arrive() {
    const channel = (window.besideTheCurve ??= new EventTarget())
    channel.addEventListener("change", this.hear)
    this.resized.observe(this.host)
    this.led ??= lead.enter("tradeoff", (seen) => this.takeFromClass(seen))
  }

  leave() {
    this.player.leave()
    this.led.leave()
    this.led = undefined
    window.besideTheCurve.removeEventListener("change", this.hear)
    this.resized.disconnect()
  }

  async show(sent) {
    this.follow(sent)
    const sheet = await this.sheets.open(sent)
    if (!sheet) return void (this.resize(), this.led?.again()) // for the theme, which may have changed
    const { data } = sheet
    this.data = data
    this.drawnStop = null
    this.lay()
    this.rows.lay(data, sheet)
    this.latent.show(data)
    this.numbers.show(data)
    this.gaps = undefined
    this.plane.show(data)
    this.takeBeside()
    this.resize()
    this.player.load(data.stops.length, DECADE)
    this.host.dataset.version = data.version
    this.led?.again()
  }

  lay() {
    const { stops } = this.data
    this.stops.replaceChildren(
      ...stops.flatMap(({ beta }, i) => (i % DECADE ? [] : [html("span", { style: `left: ${(100 * i) / (stops.length - 1)}%` }, beta)])),
    )
  }

  /** Stand where the address says, if that has changed otherwise than by what was done here. */
  follow({ turn, at, chosen }) {
    if (turn === this.turn) return
    this.player.leave()
    Object.assign(this, { turn, chosen, asked: undefined })
    this.told = { beta: null, chosen }
    this.player.slider.value = at
    if (this.data) this.player.redraw()
  }

  report(news) {
    this.told = { ...this.told, ...news }
    this.tell({ ...this.told, turn: this.turn })
  }

  // -- a class: what one sees and all follow ---------------------------------------------------------------------

  light(sample) {
    this.lit = sample
    for (const part of [this.rows, this.latent]) part.light(sample)
  }

  tellClass() {
    const { lit = null, latent, plane, player } = this
    this.led?.tell({ place: Number(player.slider.value), lit, view: latent.view, metric: plane.metric })
  }

  takeFromClass({ place, lit, view, metric }) {
    this.player.follow(place)
    this.light(lit)
    if (view !== this.latent.view) this.latent.look(view)
    if (metric !== this.plane.metric) this.plane.measureBy(metric)
  }

  // -- what moves with the slider --------------------------------------------------------------------------------

  draw(before, share, nearest) {
    this.rows.draw(before, share)
    this.plane.place(before, share)
    this.latent.place(before, share)
    this.numbers.place(before, share)
    this.tellClass()
    if (nearest === this.drawnStop) return
    this.drawnStop = nearest
    this.numbers.write(nearest)
    this.player.slider.setAttribute("aria-valuetext", `beta ${this.data.stops[nearest].beta}`)
  }

  resize() {
    if (!this.data) return
    this.plane.draw()
    this.latent.resize()
    this.player.redraw()
  }

  // -- what comes beside: what is asked for, dots, the pictures of one, latents ------------------------------------------------

  takeBeside() {
    const { asked, dots, gaps, latents } = window.besideTheCurve ?? {}
    if (!this.data) return
    const waits = asked && asked.name !== this.data.asked
    this.host.classList.toggle("waiting", waits)
    this.wait.textContent = waits ? asked.words : ""
    if (gaps?.name === this.data.asked && gaps !== this.gaps) this.numbers.know((this.gaps = gaps).gap)
    if (latents?.of === this.data.latents_of && latents !== this.latent.taken) this.latent.take(latents)
    if (!dots) return
    if (this.asked === undefined || this.asked === dots.chosen) {
      this.asked = undefined // answered
      this.chosen = dots.chosen
      this.rows.choose(dots.row)
    }
    this.plane.setDots(dots.dots, this.chosen)
  }

  choose(id) {
    this.asked = this.chosen = id === this.chosen ? "" : id
    this.rows.choose(null)
    this.plane.press(this.chosen)
    this.report({ chosen: this.chosen })
  }
}
