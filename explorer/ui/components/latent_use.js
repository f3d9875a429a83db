// What a latent is used for, as training goes on: the KL of each dimension, or the use of each code, as sorted bars, and
// the run's way through the plane of rate and distortion. Nodes stay, so that bars glide to their new heights.

import { aroundAll, axes, clearance, dot, entry, labelled, linear, pane, short, stroke, through, tickText } from "./shared/axes.js"
import { svg } from "./shared/dom.js"
import { Ear } from "./shared/hear.js"
import { explain, termsIn } from "./shared/terms.js"
import { extent } from "./shared/unit.js"

const HEIGHT = 190
const FEW_NATS = 10 // an image: points with fewer, of a net that has hardly begun, are left out, but for where it stands now
const ROOM = 0.08 // of a decade, that an axis goes on beyond its first and last point
const MARGIN = { left: 52, right: 14, top: 10, bottom: 34 }

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".latent-use")
  root.view ??= new View(root)
  root.view.update(data)
  root.view.ear.drawn(data.topic)
  return () => root.view.ear.leave()
}

class View {
  ear = new Ear(({ latent }) => latent?.bars && this.update({ ...this.data, ...latent }))

  constructor(root) {
    this.bars = root.querySelector(".bars svg")
    this.plane = root.querySelector(".plane svg")
    this.root = root
    this.title = root.querySelector(".bars b")
    this.unit = root.querySelector(".bars .unit")
    this.words = root.querySelector(".bars output")
    this.legend = root.querySelector(".plane .readout")
    this.rects = []
    new ResizeObserver(() => this.draw()).observe(root)
  }

  update(data) {
    this.data = data
    this.draw()
  }

  draw() {
    if (!this.data || !this.bars.clientWidth) return
    this.drawBars()
    this.drawPlane()
  }

  drawBars() {
    const { bars, words, title, unit, order } = this.data
    this.title.textContent = title
    this.unit.textContent = ` ${unit}`
    const [width] = extent(this.bars)
    this.bars.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`)
    const frame = { left: MARGIN.left, right: width - MARGIN.right, bottom: HEIGHT - MARGIN.bottom, height: HEIGHT }
    const high = Math.max(...bars, 1e-3)
    const y = linear(0, high, frame.bottom, MARGIN.top)
    const pitch = (frame.right - frame.left) / bars.length
    while (this.rects.length < bars.length) this.rects.push(this.bars.appendChild(svg("rect", { class: "bar" })))
    while (this.rects.length > bars.length) this.rects.pop().remove()
    bars.forEach((value, i) => {
      const place = { x: frame.left + i * pitch, width: Math.max(0.5, pitch * 0.8), y: y(value), height: Math.max(0, frame.bottom - y(value)) }
      for (const [name, pixels] of Object.entries(place)) this.rects[i].style[name] = `${pixels}px`
    })
    this.bars.querySelectorAll(":not(.bar)").forEach((node) => node.remove())
    this.bars.prepend(...axes(frame, { y: labelled(y, y.ticks()), title: order }))
    this.words.textContent = words
    this.bars.setAttribute("aria-label", `${title}: ${words}`)
  }

  drawPlane() {
    const { trail, frontier, models, terms } = this.data
    const [width] = extent(this.plane)
    this.plane.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`)
    // an untrained net's few nats would take most of a logarithmic axis
    const now = trail.at(-1)
    this.rate ??= termsIn(this.root, terms).rate
    explain(this.rate, terms, { amount: now ? `${short(now[0])} nats an image` : "not measured yet" })
    const all = [...trail, ...models.map((model) => [model.nats, model.mse])]
      .filter((point) => point[0] >= (point === now ? Number.MIN_VALUE : FEW_NATS) && point[1] > 0)
    this.plane.replaceChildren()
    this.legend.replaceChildren()
    if (!all.length) return
    const frame = { left: MARGIN.left, right: width - MARGIN.right, bottom: HEIGHT - MARGIN.bottom, height: HEIGHT }
    const x = aroundAll(all.map(([nats]) => nats), ROOM, frame.left, frame.right)
    const y = aroundAll(all.map(([, mse]) => mse), ROOM, frame.bottom, MARGIN.top)
    const inside = pane(frame.left, 0, frame.right - frame.left, frame.bottom)
    for (const [name, points] of Object.entries({ frontier, trail })) {
      const seen = points.filter(([nats, mse]) => nats > 0 && mse > 0)
      if (seen.length) inside.append(svg("path", { class: name, d: through(seen.map(([nats, mse]) => [x(nats), y(mse)])) }))
    }
    const ticks = { y: labelled(y, y.ticks()), x: labelled(x, x.ticks()), title: "rate, nats an image" }
    this.plane.append(...axes(frame, ticks), inside)
    const clear = clearance()
    for (const { nats, mse, label } of models) {
      const [cx, cy] = [x(nats), y(mse)]
      this.plane.append(svg("circle", { class: "model", cx, cy, r: 4 }))
      if (clear(cx, cy, label)) this.plane.append(tickText(cx, cy - 8, label))
    }
    const step = `step ${this.data.trail_step?.toLocaleString("en")}`
    if (now && now[0] > 0 && now[1] > 0) {
      const words = `${step}: ${short(now[0])} nats an image, MSE ${short(now[1])}`
      this.plane.append(svg("circle", { class: "now", cx: x(now[0]), cy: y(now[1]), r: 6 }, svg("title", {}, words)))
    }
    if (now) this.legend.append(entry([dot("now")], `this run, ${step}: ${short(now[0])} nats, MSE ${short(now[1])}`))
    if (models.length) this.legend.append(entry([dot("model")], "shipped models, by beta"))
    if (frontier.length) this.legend.append(entry([stroke("frontier")], "linear VAE, every beta"))
  }
}
