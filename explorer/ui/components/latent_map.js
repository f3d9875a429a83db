// Many images on a plane through a latent: panned, zoomed, circled and walked between, at the hand's speed. The plane
// comes along with their coordinates, so the latent of each of its points is known here, and how far it is from every
// image; its picture comes over the live line. The server hears of what is looked at when the hand rests.

import { canvas, html } from "./shared/dom.js"
import { Player } from "./shared/film.js"
import { Follower } from "./shared/follow.js"
import { isTyped, meaning } from "./shared/keys.js"
import { lead } from "./shared/lead.js"
import { fetched } from "./shared/shelf.js"
import { explain, termsIn } from "./shared/terms.js"
import { rounded, unpacked } from "./latent_map/arrays.js"
import { Cloud, boundsOf } from "./latent_map/cloud.js"
import { Colours } from "./latent_map/colours.js"
import { counts } from "./latent_map/counts.js"
import { Hand } from "./latent_map/hand.js"
import { Lattice } from "./latent_map/lattice.js"
import { Pane } from "./latent_map/pane.js"
import { Path } from "./latent_map/path.js"
import { Pictures } from "./latent_map/pictures.js"
import { circle, simplified, within } from "./latent_map/polygon.js"
import { Walk } from "./latent_map/walk.js"

const QUIET_MS = 400
const ONE_WAY_MS = 5200 // of beta, played
const A_STEP = 24 // of the map's width, that an arrow key walks
const RADIUS = 1 / 8 // of the map's width, that a key selects around the cross-hair
const ROUND = 12 // corners of that
const KEYS = {
  ArrowLeft: { walk: [-1, 0] }, ArrowRight: { walk: [1, 0] }, ArrowUp: { walk: [0, 1] }, ArrowDown: { walk: [0, -1] },
  "+": { zoom: 1.5 }, "=": { zoom: 1.5 }, "-": { zoom: 1 / 1.5 }, Home: { zoom: 0 },
  l: { circle: 1 }, L: { circle: 1 }, "[": { circle: 1 / 1.25 }, "]": { circle: 1.25 },
  Enter: { open: true }, n: { point: true }, N: { point: true }, Escape: { clear: true },
}

const isTouch = (event) => event.pointerType === "touch"

/** How far a place lies beyond the middle 84 % of a length, to the one side or the other. */
const beyond = (at, most) => Math.min(0, at - 0.08 * most) + Math.max(0, at - 0.92 * most)

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".latent-map")
  const map = (parentElement.latentMap ??= new LatentMap(host))
  map.looked.tell = (view) => setTriggerValue("view", { version: map.data.version, ...view })
  map.arrive()
  map.show(data)
  return () => map.leave()
}

class LatentMap {
  mode = "move"
  hovered = -1
  radius = RADIUS

  constructor(host) {
    this.host = host
    const find = (name) => host.querySelector(name)
    this.pictures = new Pictures(() => this.changed())
    this.main = new Pane(find(".main .pane"), this)
    this.second = new Pane(find(".second .pane"), this)
    this.walk = new Walk(find("aside"), (image) => this.open(image))
    this.lattice = new Lattice(() => this.changed())
    this.path = new Path(find(".film"), this)
    this.looked = new Follower()
    this.hands = [this.main, this.second].map((pane) => this.take(pane))
    this.card = find(".card")
    this.large = canvas(32)
    this.card.prepend(this.large.canvas)
    this.said = find(".said")
    for (const button of host.querySelectorAll("[data-mode]")) button.onclick = () => this.setMode(button.dataset.mode)
    for (const button of host.querySelectorAll("[data-zoom]")) button.onclick = () => this.zoom(Number(button.dataset.zoom))
    this.select = find("select")
    this.select.onchange = () => this.choose({ colour: this.select.value, category: null })
    find(".pictured").onclick = () => this.choose({ pictures: !this.view.pictures })
    find(".lattice").onclick = () => this.choose({ lattice: !this.view.lattice })
    find(".clear").onclick = () => this.clear()
    this.player = new Player(host, {
      oneWayMs: ONE_WAY_MS,
      draw: (before, share) => this.stand(before + share),
      rest: (stop) => this.rest(stop),
    })
    this.player.slider.addEventListener("change", () => this.later && this.show(this.later))
    this.resized = new ResizeObserver(() => this.resize())
  }

  arrive() {
    this.toldClass = undefined
    this.led ??= lead.enter("latent-map", (seen) => this.takeFromClass(seen))
    this.walk.open()
    for (const { host } of [this.main, this.second]) this.resized.observe(host)
    for (const { rolledElsewhere } of this.hands) addEventListener("wheel", rolledElsewhere, { capture: true, passive: true })
  }

  leave() {
    clearTimeout(this.quiet)
    this.led.leave()
    this.led = undefined
    this.walk.closeSoon()
    this.player.leave()
    this.path.leave()
    this.resized.disconnect()
    for (const { rolledElsewhere } of this.hands) removeEventListener("wheel", rolledElsewhere, { capture: true })
  }

  async show(sent) {
    if (this.looked.hear(sent.view)) this.asked = sent.view
    this.newest = sent.version
    this.later = this.data && this.player.slider.matches(":active") ? sent : undefined
    if (this.later) return // more stops of beta may come while it is dragged: when it is let go
    if (this.data?.version !== sent.version) {
      const data = await fetched(sent.shelf, () => this.newest === sent.version)
      if (!data || this.newest !== sent.version) return
      this.load({ ...data, version: sent.version })
    }
    this.pictures.open(sent.pictures, this.data.count)
    if (this.asked) this.look(this.asked)
    this.resize()
    this.host.dataset.version = this.data.version
    this.led?.again()
  }

  /** Take up other images, or another plane. */
  load(data) {
    const find = (name) => this.host.querySelector(name)
    this.data = data
    this.count = data.count
    this.cloud = new Cloud(data)
    this.colourings = new Map(data.colourings.map((each) => [each.key, each]))
    this.select.replaceChildren(...data.colourings.map(({ key, title }) => html("option", { value: key }, title)))
    this.order = Uint32Array.from({ length: data.count }, (_, i) => i).toSorted((a, b) => this.cloud.beside[a] - this.cloud.beside[b])
    this.main.titles = data.plane.names
    this.welcome = this.order
    this.main.load(this.cloud.places, this.cloud.bounds(data.landmarks))
    const size = this.cloud.plane.origin.length.toLocaleString("en")
    const shell = data.shell?.toFixed(1) ?? ""
    find(".main figcaption span").textContent = `${size} numbers. Across: ${data.plane.names[0]}; up: ${data.plane.names[1]}`
    find(".main figcaption span").title = data.plane.names.join("; ")
    find(".length span").textContent = shell
    this.words ??= termsIn(this.host, data.terms)
    for (const word of Object.values(this.words)) explain(word, data.terms, { size, shell })
    this.layout = data.layouts[0]
    find(".second").hidden = !this.layout
    find(".desk").classList.toggle("two", Boolean(this.layout))
    if (this.layout) {
      const places = unpacked(this.layout.coordinates)
      this.second.load(places, boundsOf(places))
      find(".second figcaption b").textContent = this.layout.title
      find(".second figcaption span").textContent = this.layout.note
    }
    for (const name of [".lattice", ".decoded"]) find(name).hidden = Boolean(data.no_decoder)
    find(".length").hidden = data.shell === null
    find(".control").hidden = !data.stops
    if (data.stops) {
      const { words, betas } = data.stops
      const decades = words.flatMap((word, i) => (Math.abs(Math.log10(betas[i]) - Math.round(Math.log10(betas[i]))) < 0.01 ? [[word, i]] : []))
      find(".stops").replaceChildren(...decades.map(([word, i]) => html("span", { style: `left: ${(100 * i) / Math.max(1, words.length - 1)}%` }, word)))
    }
    this.lattice.clear()
    this.walk.begin()
    this.coloured = this.welcomed = undefined
    this.hovered = -1
    if (this.view) this.asked ??= this.view
    if (data.stops) this.player.load(data.stops.betas.length, 5)
  }

  // -- what is looked at --------------------------------------------------------------------------------------------

  /** As the address, or the class, has it. */
  look(view) {
    this.asked = undefined
    clearTimeout(this.quiet)
    this.standAt(view)
    this.changed()
  }

  standAt(view) {
    const { data, cloud } = this
    this.view = { ...view }
    const colour = this.colourings.has(view.colour) ? view.colour : data.colourings[0].key
    if (this.coloured !== colour) {
      this.coloured = colour
      this.colours = new Colours(this.colourings.get(colour))
      this.select.value = colour
      this.host.querySelector(".legend").replaceChildren(...this.colours.legend((category) => this.chooseCategory(category)))
    }
    if (view.image !== null && view.image >= this.count) this.view.image = null
    if (view.zoom) this.main.lens.stand(...view.zoom)
    else this.main.lens.goHome()
    if (cloud.stops) {
      const stop = this.stopOf(view.beta)
      this.player.stand(stop / Math.max(1, cloud.stops.betas.length - 1))
      this.stand(stop)
    }
    this.path.stand()
    this.choosePictures(this.selection())
  }

  /** Those that are selected, if any, come first; so do those that lie near the plane. */
  choosePictures(selected) {
    const others = selected?.some((one, i) => one !== this.welcomed?.[i]) ?? Boolean(this.welcomed)
    this.selected = selected
    if (!others && this.welcome) return
    this.welcomed = selected
    this.welcome = selected ? [...this.order.filter((i) => selected[i]), ...this.order.filter((i) => !selected[i])] : this.order
    for (const pane of [this.main, this.second]) pane.thin()
  }

  stopOf(beta) {
    const at = beta === null ? -1 : this.cloud.stops.betas.indexOf(beta)
    return at < 0 ? this.cloud.own : at
  }

  /** Whether images are shown as pictures, where there is room; else all as dots. */
  get pictured() {
    return this.view.pictures
  }

  /** Which images are selected: Uint8Array, or null. */
  selection() {
    const { polygon, drawnOn, drawnAt, category } = this.view
    if (category !== null && this.colours.categories.length) return Uint8Array.from(this.colours.values, (value) => value === category)
    if (!polygon.length) return null
    if (drawnOn) return drawnOn === this.layout?.key ? within(this.second.places, polygon) : null
    const { cloud } = this
    return within(cloud.stops && drawnAt !== null ? cloud.placesAt(this.stopOf(drawnAt)) : cloud.places, polygon)
  }

  /** A person chose something. */
  choose(news, wait = 0) {
    this.standAt({ ...this.view, ...news })
    this.changed()
    this.tellSoon(wait)
  }

  tellSoon(wait = QUIET_MS) {
    clearTimeout(this.quiet)
    this.quiet = setTimeout(() => this.looked.chose(this.view), wait)
  }

  /** What moves under the hand; all else stands in the address, to which a class is led. */
  tellClass() {
    const { place, image, zoom } = this.view
    const seen = { place, image, zoom, stop: this.cloud.stop ?? null }
    const told = JSON.stringify(seen)
    if (told === this.toldClass) return
    this.toldClass = told
    this.led?.tell(seen)
  }

  /** What a class looks at; nothing is told the server, to which it is no choice of this person's. */
  takeFromClass({ place, image, zoom, stop }) {
    if (!this.view) return
    this.look({ ...this.view, place, image, zoom })
    if (stop === null || !this.cloud.stops) return
    this.player.slider.value = stop / Math.max(1, this.cloud.stops.betas.length - 1)
    this.stand(Math.min(stop, this.cloud.stops.betas.length - 1))
  }

  chooseCategory(category) {
    this.choose({ category: this.view.category === category ? null : category, polygon: [], drawnOn: "", drawnAt: null })
    this.sayCounts()
  }

  chooseAround(corners, pane) {
    const { seen } = pane.lens
    const kept = simplified(corners, this.data.corners, (seen / 400) ** 2)
    const polygon = kept.map((corner) => corner.map((value) => rounded(value, seen)))
    const { cloud } = this
    const drawnAt = pane === this.main && cloud.stops ? cloud.stops.betas[Math.round(cloud.stop)] : null
    this.choose({ polygon, drawnOn: pane === this.main ? "" : this.layout.key, drawnAt, category: null })
    this.sayCounts()
  }

  clear() {
    this.choose({ polygon: [], drawnOn: "", drawnAt: null, category: null })
    this.said.textContent = "Selection cleared"
  }

  /** Mark an image, and walk to where it lies. */
  open(image) {
    const place = [0, 1].map((axis) => this.roundedPlace(this.cloud.places[2 * image + axis]))
    this.choose({ image, place })
    this.said.textContent = `${this.data.names[image]} marked`
  }

  get place() {
    if (this.view.place) return this.view.place
    const { places } = this.cloud
    const mean = [0, 0]
    for (let k = 0; k < places.length; k++) mean[k % 2] += places[k] / this.count
    return mean
  }

  roundedPlace(value) {
    return rounded(value, this.main.lens.seen)
  }

  walkTo(x, y, wait) {
    this.view.place = [this.roundedPlace(x), this.roundedPlace(y)]
    this.view.image = null
    this.changed()
    this.tellSoon(wait)
  }

  pan(pane, by) {
    pane.lens.pan(...by)
    this.panned(pane)
  }

  /** The lens moved. */
  panned(pane) {
    if (pane === this.main) {
      const { lens } = pane
      this.view.zoom = lens.isHome ? null : [rounded(lens.x, lens.seen), rounded(lens.y, lens.seen), Number(lens.times.toPrecision(3))]
      this.tellSoon()
    }
    this.changed()
  }

  zoom(factor, pane = this.main, at = [pane.lens.width / 2, pane.lens.height / 2]) {
    if (factor) pane.lens.zoom(factor, ...at)
    else pane.lens.goHome()
    this.panned(pane)
  }

  /** At a stop of beta, or between two: the cloud moves. */
  stand(stop) {
    const { cloud } = this
    if (!cloud?.stops || cloud.stop === stop) return
    cloud.stand(stop)
    this.main.places = cloud.places
    const word = cloud.stops.words[Math.round(stop)]
    this.host.querySelector(".now").replaceChildren("beta ", html("b", {}, word))
    this.player.slider.setAttribute("aria-valuetext", `beta ${word}`)
    if (Number.isInteger(stop)) this.main.thin()
    this.changed()
  }

  rest(stop) {
    const beta = stop === this.cloud.own ? null : this.cloud.stops.betas[stop]
    this.choose({ beta })
  }

  get beta() {
    const { stops, stop } = this.cloud
    return stops ? stops.betas[Math.round(stop)] : this.data.beta
  }

  setMode(mode) {
    this.mode = mode
    this.changed()
  }

  // -- hands and keys -----------------------------------------------------------------------------------------------

  take(pane) {
    const isMain = () => pane === this.main
    pane.host.addEventListener("keydown", (event) => this.press(event, pane))
    return new Hand(pane.host, {
      begin: (at, event) => {
        this.hover(-1)
        if (!this.data) return "none"
        if (event.shiftKey || this.mode === "lasso") return (this.lasso = { pane, corners: [pane.lens.at(...at)] }), "lasso"
        if (isMain() && this.mode === "path") return this.path.begin(at, isTouch(event))
        const walks = isMain() && (this.mode === "walk" || pane.holds(at, this.place, isTouch(event)))
        return walks ? "walk" : "move"
      },
      drag: (what, at, by) => {
        if (what === "move") this.pan(pane, by)
        if (what === "walk") this.walkTo(...pane.lens.at(...at))
        if (what === "path") this.path.drag(at)
        if (what === "lasso") {
          this.lasso.corners.push(pane.lens.at(...at))
          this.selected = within(pane.places, this.lasso.corners)
          this.changed()
        }
      },
      end: (what, cancelled) => {
        if (what === "path") return this.path.end(cancelled)
        const { lasso } = this
        this.lasso = undefined
        if (what !== "lasso") return
        if (!cancelled && lasso.corners.length > 2) this.chooseAround(lasso.corners, lasso.pane)
        else this.choose({})
      },
      tap: (at, event) => {
        this.lasso = undefined
        if (!this.data) return
        if (isMain() && this.mode === "path") return this.path.tap(at, isTouch(event))
        const image = pane.imageAt(at, isTouch(event))
        if (image >= 0) this.open(image)
        else if (isMain()) this.walkTo(...pane.lens.at(...at), 0)
      },
      hover: (at, event) => {
        if (!this.data || lead.follows || isTouch(event)) return
        const image = isMain() && pane.holds(at, this.place) ? -1 : pane.imageAt(at)
        pane.host.classList.toggle("on-image", image >= 0)
        this.hover(image, event)
      },
      leave: () => this.hover(-1),
      pan: (by) => (pane.lens.pan(...by), this.panned(pane)),
      zoom: (factor, at) => this.zoom(factor, pane, at),
      canShrink: () => pane.lens.times > 1.001,
    })
  }

  hover(image, event) {
    if (image >= 0) this.showCard(image, event)
    else this.card.hidden = true
    if (this.hovered === image) return
    this.hovered = image
    this.changed()
  }

  showCard(image, { clientX, clientY }) {
    const { card, host, colours } = this
    card.hidden = false
    this.large.clearRect(0, 0, 32, 32)
    this.pictures.draw(this.large, image, 0, 0, 32)
    const value = colours.words(image)
    const name = this.data.names[image]
    card.lastElementChild.textContent = value && value !== name ? `${name}: ${colours.title.toLowerCase()} ${value}` : name
    const box = host.getBoundingClientRect()
    const [x, y] = [clientX - box.left, clientY - box.top]
    const [wide, high] = [card.offsetWidth, card.offsetHeight]
    const left = x + 18 + wide < box.width ? x + 18 : x - 18 - wide
    const top = Math.min(Math.max(0, y - high / 2), box.height - high)
    card.style.transform = `translate(${Math.max(0, left)}px, ${top}px)`
  }

  press(event, pane) {
    if (isTyped(event) || !this.data) return
    const key = meaning(event, KEYS)
    if (!key) return
    const { lens } = this.main
    const [x, y] = this.place
    if (key.walk) {
      const step = (lens.width / lens.scale / A_STEP) * (event.shiftKey ? 4 : 1)
      this.walkTo(x + key.walk[0] * step, y + key.walk[1] * step)
      this.keepInSight()
      this.sayPlace()
    }
    if ("zoom" in key) this.zoom(key.zoom, pane, pane === this.main && key.zoom ? lens.to(x, y) : undefined)
    if (key.circle) {
      this.radius = Math.min(0.5, Math.max(0.01, this.radius * key.circle))
      this.chooseAround(circle(x, y, (lens.width / lens.scale) * this.radius, ROUND), this.main)
    }
    if (key.point) this.path.add(this.place.map((value) => this.roundedPlace(value)))
    if (key.open) this.open(this.cloud.nearest(x, y, 1)[0].image)
    if (key.clear) this.clear()
  }

  /** The map comes along with a cross-hair that walks out of it. */
  keepInSight() {
    const { lens } = this.main
    const [x, y] = lens.to(...this.place)
    const by = [beyond(x, lens.width), beyond(y, lens.height)]
    if (by[0] || by[1]) this.pan(this.main, [-by[0], -by[1]])
  }

  sayPlace() {
    clearTimeout(this.saying)
    this.saying = setTimeout(() => {
      const [{ image }] = this.cloud.nearest(...this.place, 1)
      this.said.textContent = `${this.walk.verdict.textContent}. Nearest: ${this.data.names[image]}`
    }, QUIET_MS)
  }

  sayCounts() {
    this.said.textContent = this.selected ? counts(this.selected, this.colours)[0].textContent : "Selection cleared"
  }

  // -- drawing ------------------------------------------------------------------------------------------------------

  resize() {
    for (const pane of [this.main, this.second]) pane.resize()
    this.changed()
  }

  changed() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      if (this.data && this.view) this.draw()
    })
  }

  dressed() {
    const { color, backgroundColor, fontFamily } = getComputedStyle(this.main.host)
    return { text: color, ground: backgroundColor, font: fontFamily }
  }

  draw() {
    this.theme = this.dressed()
    const { host, main, second, view, data, cloud } = this
    const { place } = this
    this.walk.show(place, cloud, data, this.beta, this.pictures)
    main.draw()
    this.drawLattice()
    if (this.layout) second.draw()
    const nearest = this.walk.nearest.map(({ image }) => image)
    main.drawNearest(nearest, place)
    if (this.layout) second.drawNearest(nearest)
    for (const pane of this.layout ? [main, second] : [main]) {
      const on = pane === main ? "" : this.layout.key
      if (this.lasso?.pane === pane) pane.drawPolygon(this.lasso.corners, false)
      else if (!this.lasso && view.polygon.length && view.drawnOn === on) pane.drawPolygon(view.polygon, true)
      if (view.image !== null) pane.drawMarked(view.image, this.theme.text)
      if (this.hovered >= 0) pane.drawMarked(this.hovered, this.colours.css[this.colours.index[this.hovered]])
    }
    main.drawLandmarks(data.landmarks)
    this.path.draw(main, this.theme)
    const [x, y] = [0, 1].map((axis) => Math.abs(place[axis] - cloud.places[2 * view.image + axis]) * main.lens.scale)
    if (view.image === null || x > 2 || y > 2) main.drawCross(place)
    this.drawState()
    this.tellClass()
    if (host.dataset.drawn !== data.version) host.dataset.drawn = data.version
  }

  drawLattice() {
    const { ground, lens, ratio, unit } = this.main
    ground.clearRect(0, 0, ground.canvas.width, ground.canvas.height)
    if (!this.view.lattice || this.data.no_decoder) return void (this.lattice.decoder && this.lattice.close())
    const beta = this.beta
    if (this.lattice.beta !== beta) this.lattice.renew()
    this.lattice.beta = beta
    this.lattice.draw(ground, lens, ratio, unit)
    this.lattice.ask(lens, unit, { model: this.data.model, beta, z: (x, y) => this.cloud.z(x, y) })
  }

  /** Buttons, legend and counts, as far as they have changed. */
  drawState() {
    const { host, view, selected, mode } = this
    this.path.show(mode === "path")
    const state = [mode, view.pictures, view.lattice, view.category, this.coloured]
    if (state.join() !== this.stated) {
      this.stated = state.join()
      host.classList.toggle("walking", mode === "walk")
      host.classList.toggle("pathing", mode === "path")
      host.classList.toggle("lassoing", mode === "lasso")
      for (const button of host.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", button.dataset.mode === mode)
      host.querySelector(".pictured").setAttribute("aria-pressed", view.pictures)
      host.querySelector(".lattice").setAttribute("aria-pressed", view.lattice)
      for (const [i, button] of host.querySelectorAll(".legend button").entries()) button.setAttribute("aria-pressed", i === view.category)
    }
    if (selected === this.counted?.selected && this.colours === this.counted?.colours) return
    this.counted = { selected, colours: this.colours }
    host.querySelector(".clear").hidden = !selected
    host.querySelector(".counts").replaceChildren(...(selected ? counts(selected, this.colours) : []))
  }
}
