// The app's components on a page without a server. Each is called as Streamlit calls it, with data that sheets.js computes
// and the networks in worker.js; what it tells goes into the address.

import { Line } from "./line.js"
import { Networks } from "./networks.js"
import { betaSheet, imageOf, morphSheet, squaredAway, startSheet, together } from "./sheets.js"

const ROOT = new URL("../../", import.meta.url)
const SIDE = 32
const find = (selector) => document.querySelector(selector)
const shelf = (globalThis.explorerShelf = new Map()) // name -> what shared/shelf.js fetches from a server otherwise

const content = await (await fetch(new URL("content.json", ROOT))).json()
const networks = new Networks(content.models)
let here = false // the network of the page that opens first
let loading
globalThis.explorerLive = new Line(networks)
const site = { content, networks, images: await imagesOf(content.images), own: [] }

async function imagesOf({ sprite, names }) {
  const picture = new Image()
  picture.src = sprite
  await picture.decode()
  return names.map((name, i) => {
    const context = square()
    context.drawImage(picture, 0, i * SIDE, SIDE, SIDE, 0, 0, SIDE, SIDE)
    return imageOf(context, name)
  })
}

function square() {
  const canvas = document.createElement("canvas")
  Object.assign(canvas, { width: SIDE, height: SIDE })
  return canvas.getContext("2d", { willReadFrequently: true })
}

function element(tag, attributes, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}

/** Ready once something is so, or will hardly be any more. */
async function until(so, tries = 100) {
  if (so() || !tries) return undefined
  await new Promise((resolve) => setTimeout(resolve, 20))
  return until(so, tries - 1)
}

/** A component of the app where Streamlit would have drawn it. */
class Component {
  static async of(name, place, told = {}, styles = "") {
    const [script, parts] = await Promise.all([
      import(`./${name}.js`),
      fetch(new URL(`${name}.json`, import.meta.url)).then((answer) => answer.json()),
    ])
    const host = element("div", { "data-testid": "stBidiComponentIsolated" })
    const root = host.attachShadow({ mode: "open" })
    root.innerHTML = `<style>${parts.css}\n${styles}</style>${parts.html}`
    place.replaceChildren(host)
    return Object.assign(new Component(), { call: script.default, root, told })
  }

  show(data) {
    const tell = (name, value) => this.told[name]?.(value)
    this.data = data
    this.leave = this.call({ data, parentElement: this.root, setTriggerValue: tell, setStateValue: tell })
  }
}

/** What a component fetches under its version. */
function shelved(sheet) {
  shelf.set(sheet.version, sheet)
  return { version: sheet.version, shelf: sheet.version }
}

// -- the address: the page is its last folder, and the rest is as in the app's own links --------------------------------

const query = () => new URLSearchParams(location.search)
const pageName = () => location.pathname.slice(ROOT.pathname.length).replace(/index\.html$/, "").replace(/\/$/, "") || "start"

function write(changes) {
  const asked = query()
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) asked.delete(name)
    else asked.set(name, value)
  }
  history.replaceState({}, "", location.pathname + (asked.size ? `?${asked}` : ""))
}

function whole(name, last, otherwise) {
  const text = query().get(name)
  return /^\d{1,4}$/.test(text) && Number(text) <= last ? Number(text) : otherwise
}

const modelAsked = () => (query().get("model") in content.models ? query().get("model") : content.main)

// -- pages -----------------------------------------------------------------------------------------------------------------

/** Images side by side: one's own first, then those of a row. */
function rowOf(number) {
  const { row } = content.images
  const shown = [...site.own, ...site.images.slice(number * row, (number + 1) * row)]
  return shown.slice(0, row)
}

const rows = Math.ceil(site.images.length / content.images.row)

class Start {
  title = "Variational autoencoder"
  sentence = "It squeezes an image into a few uncertain numbers and paints it again from a random draw of them."
  takesOwn = true
  models = Object.keys(content.models)

  /** What the net paints as torch computed it beforehand, until the network is here. */
  async meanwhile(place) {
    if (modelAsked() !== content.main || whole("row", rows - 1, 0)) return false
    await this.lay(place)
    this.component.show({ ...shelved(content.first), image: whole("image", content.first.images.length - 1, 0) })
    const picture = this.component.root.querySelector("[data-picture=reconstruction]")
    await until(() => picture.dataset.version) // before what takes long begins
    return true
  }

  async lay(place) {
    this.component ??= await Component.of("bottleneck", place, {
      image: (image) => write({ image }),
      others: () => (write({ row: (whole("row", rows - 1, 0) + 1) % rows, image: null }), show()),
    }, rows < 2 ? ".others { display: none; }" : "")
  }

  async draw(place) {
    await this.lay(place)
    const [model, row] = [modelAsked(), whole("row", rows - 1, 0)]
    const shown = rowOf(row)
    const key = [model, row, site.own.length].join()
    if (key !== this.key) {
      const sheet = await startSheet(site, model, shown)
      Object.assign(this, { key, sheet: shelved(sheet) })
    }
    this.component.show({ ...this.sheet, image: whole("image", shown.length - 1, 0) })
    return content.models[model].caption
  }
}

class Beta {
  title = "Beta"
  sentence = "What an image loses, and what samples gain."
  turn = 0

  async draw(place) {
    this.component ??= await Component.of("tradeoff", place, {
      told: ({ beta }) => beta !== null && write({ at: content.beta.stops.find(({ value }) => value === beta).beta }),
    }, ".figures .latent .switch { display: none; }") // lengths and axes of many images' latents are measured by the app
    this.sheet ??= shelved(await swept())
    const { stops } = content.beta
    const asked = Number(query().get("at")) || 1e-3
    const away = stops.map(({ value }) => Math.abs(Math.log(value / asked)))
    const at = Math.max(0, away.indexOf(Math.min(...away))) / (stops.length - 1)
    const beside = (window.besideTheCurve ??= new EventTarget())
    beside.dots = { dots: content.dots, chosen: "", row: null }
    beside.asked = { name: content.beta.asked, words: "" } // nothing is on its way
    this.component.show({ ...this.sheet, turn: ++this.turn, at, chosen: "" })
    beside.dispatchEvent(new Event("change"))
    this.component.root.querySelector("[data-view=kl]").click()
    return content.models[content.conditional].caption
  }
}

let sweep // promised once, whichever page wants it first

/** All pictures under the slider of beta; they are made ahead, while nobody waits for anything. */
function swept() {
  sweep ??= networks.load(content.conditional).then(() => betaSheet(site, (n, of) => pageName() === "beta" && wait(`Painting ${of} pictures in this browser: ${Math.round((100 * n) / of)} %`)))
  sweep.catch(() => (sweep = undefined))
  return sweep
}

class Interpolate {
  title = "Interpolate"
  sentence = "Drag from A to B: two ways through latent space, and a plain mix of pixels as control."
  takesOwn = true
  models = Object.keys(content.models)

  async draw(place, below) {
    this.component ??= await Component.of("morph", place, { position: (t) => write({ t: t === 0.5 ? null : t }) })
    const model = modelAsked()
    const every = [...site.own, ...site.images]
    const own = site.own.length
    const [a, b] = ["a", "b"].map((end) => whole(`index_${end}`, site.images.length - 1, content.morph[end]) + own)
    const ends = { a: this.own?.a ?? a, b: this.own?.b ?? b }
    const key = [model, ends.a, ends.b, own].join()
    if (key !== this.key) {
      const sheet = await morphSheet(site, model, every[ends.a], every[ends.b])
      Object.assign(this, { key, sheet: shelved(sheet) })
    }
    const t = Number(query().get("t") ?? 0.5)
    this.component.show({ ...this.sheet, position: t >= 0 && t <= 1 ? t : 0.5 })
    below.replaceChildren(element("div", { class: "ends" }, ...["a", "b"].flatMap((end) => this.thumbs(end, every, ends[end]))))
    const opened = ends.a === content.morph.a + own && ends.b === content.morph.b + own
    return `${content.models[model].caption} ${opened ? content.morph.why : ""}`
  }

  thumbs(end, every, at) {
    const buttons = every.map((image, i) => {
      const context = square()
      context.drawImage(image.canvas, 0, 0)
      const button = element("button", { type: "button", title: image.name, "aria-label": `${end.toUpperCase()}: ${image.name}`, "aria-pressed": String(i === at) }, context.canvas)
      button.onclick = () => {
        this.own = { ...this.own, [end]: i < site.own.length ? i : undefined }
        if (i >= site.own.length) write({ [`index_${end}`]: i - site.own.length })
        show()
      }
      return button
    })
    return [element("b", {}, end.toUpperCase()), element("div", { class: "thumbs", role: "group", "aria-label": `${end.toUpperCase()}: choose an image` }, ...buttons)]
  }
}

class Latents {
  title = "Latents"
  sentence = "What happens to a picture along each dimension of its latent."

  async draw(place) {
    const { sliders, main } = content
    this.component ??= await Component.of("latent_sliders", place, { state: (state) => this.told(state) }, ".others { display: none; }")
    const { width } = sliders
    this.mu ??= (await networks.encode(main, together(site.images), site.images.length)).mu
    this.sheet ??= shelved(sliders)
    const keys = sliders.images.map(({ key }) => key)
    const image = keys.includes(query().get("start")) ? query().get("start") : keys[0]
    this.state = { image, a: "", b: "", at: query().get("moved") ?? "", locked: query().get("locked") ?? "", also: "" }
    this.starts ??= new Map(keys.map((key, i) => [key, numbers(sliders.mu).subarray(i * width, (i + 1) * width)]))
    this.component.show({ ...this.sheet, state: this.state, nearest: this.nearest() })
    return `${content.models[main].caption} ${sliders.words}`
  }

  told(state) {
    this.state = state
    write({ start: state.image, moved: state.at || null, locked: state.locked || null })
    this.component.show({ ...this.sheet, state, nearest: this.nearest() })
  }

  /** Of the images that are here, those whose means lie nearest to where the sliders stand. */
  nearest() {
    const { width } = content.sliders
    const z = Float32Array.from(this.starts.get(this.state.image))
    for (const part of this.state.at.split("*").filter(Boolean)) {
      const [dimension, value] = part.split("_")
      if (dimension in z) z[dimension] = Number(value)
    }
    const away = site.images.map((_, i) => squaredAway(z, this.mu.subarray(i * width, (i + 1) * width)))
    const first = away.map((_, i) => i).toSorted((a, b) => away[a] - away[b]).slice(0, content.near)
    const strip = square()
    Object.assign(strip.canvas, { width: first.length * SIDE })
    first.forEach((i, at) => strip.drawImage(site.images[i].canvas, at * SIDE, 0))
    const label = `${first.length} images`
    return { sprite: strip.canvas.toDataURL(), count: first.length, label, words: `Nearest of the ${site.images.length} images here, by latent` }
  }
}

/** float32 of base64. */
const numbers = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer)

class Lessons {
  title = "Lesson"
  sentence = "Be led through these pages, a step at a time: two sentences, what to look at, a question."

  async draw(place) {
    const { title, minutes, sentence, steps, left } = content.lesson
    const begin = element("a", { class: "begin", href: new URL(steps[0].here, ROOT).href }, "Begin")
    place.replaceChildren(element("div", { class: "ways" }, element("div", { class: "card" }, element("b", {}, title), `${minutes} minutes, ${steps.length} steps. ${sentence}`, element("br", {}), begin)))
    return left
  }
}

const PAGES = {
  start: ["Start", new Start()],
  beta: ["Beta", new Beta()],
  interpolate: ["Interpolate", new Interpolate()],
  latents: ["Latents", new Latents()],
  ...(content.lesson && { lessons: ["Lesson", new Lessons()] }),
}

// -- the frame -------------------------------------------------------------------------------------------------------------

let stands // the page that is drawn
let drawing = Promise.resolve()

const nav = find("nav")
for (const [name, [title]] of Object.entries(PAGES)) nav.append(element("a", { href: new URL(name, ROOT).href, "data-page": name }, title))

function wait(words, wrong = false) {
  const place = find(".wait")
  place.textContent = words
  place.classList.toggle("wrong", wrong)
}

/** Draw what the address says, once what is being drawn stands. */
function show() {
  drawing = drawing.then(draw).catch((error) => {
    find(".picture").classList.remove("behind")
    wait(`This page can't be drawn: ${error.message}. Reload it; if that doesn't help, its folder is damaged.`, true)
  })
  return drawing
}

async function draw() {
  const name = pageName() in PAGES ? pageName() : "start"
  const [title, page] = PAGES[name]
  const place = find(".picture")
  if (page !== stands) {
    stands?.component?.leave?.()
    if (stands) Object.assign(stands, { component: undefined, turn: 0 })
    place.replaceChildren()
    find(".below").replaceChildren()
    find(".caption").textContent = ""
    scrollTo(0, 0)
  }
  stands = page
  delete document.documentElement.dataset.page
  document.title = `${title} - VAE Explorer`
  for (const link of nav.children) link.toggleAttribute("aria-current", link.dataset.page === name)
  find(".page-title h1").textContent = page.title
  find(".page-title p").textContent = page.sentence
  choices(page)
  lesson()
  const late = setTimeout(() => here && wait("Computing \u2026"), 300)
  if (here || !(await page.meanwhile?.(place))) place.classList.add("behind")
  if (name !== "lessons") await (loading ??= networks.load(content.main).then(() => (here = true)))
  if (page.models && modelAsked() !== content.main) await networks.load(modelAsked())
  const caption = await page.draw(place, find(".below"))
  clearTimeout(late)
  place.classList.remove("behind")
  wait("")
  find(".caption").textContent = caption
  document.documentElement.dataset.page = name // it stands
}

function choices(page) {
  const place = find(".choices")
  const nodes = []
  if (page.models?.length > 1) {
    const options = page.models.map((id) => element("option", { value: id, ...(id === modelAsked() && { selected: "" }) }, content.models[id].title))
    const select = element("select", {}, ...options)
    select.onchange = () => (write({ model: select.value === content.main ? null : select.value }), show())
    nodes.push(element("label", {}, "Model", select))
  }
  if (page.takesOwn) {
    const input = element("input", { type: "file", accept: "image/*", "aria-label": "A picture of your own" })
    input.onchange = () => input.files[0] && takeOwn(input.files[0])
    nodes.push(element("label", { class: "own" }, "Your picture", input))
  }
  place.replaceChildren(...nodes)
}

/** A picture of one's own: its middle square, 32 x 32. It goes nowhere. */
async function takeOwn(file) {
  try {
    const picture = await createImageBitmap(file)
    const side = Math.min(picture.width, picture.height)
    const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2]
    const small = await createImageBitmap(picture, x, y, side, side, { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: "high" })
    const context = square()
    context.fillStyle = "#fff" // below what is transparent
    context.fillRect(0, 0, SIDE, SIDE)
    context.drawImage(small, 0, 0)
    site.own = [imageOf(context, "your picture")]
  } catch {
    return wait(`${file.name} is no picture that this browser can read. Choose a PNG, JPEG or WebP.`, true)
  }
  write({ image: null })
  if (stands instanceof Interpolate) stands.own = { ...stands.own, a: 0 }
  show()
}

let bar

async function lesson() {
  const place = find(".lesson-bar")
  const at = query().get("lesson") === content.lesson?.name ? whole("lesson-step", content.lesson?.steps.length ?? 0, 0) : 0
  if (!at) {
    bar?.leave?.()
    bar = undefined
    return place.replaceChildren()
  }
  bar ??= await Component.of("lesson", place)
  bar.show(content.lesson.steps[at - 1])
}

addEventListener("popstate", show)
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]")
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || !link.href.startsWith(ROOT.href)) return
  event.preventDefault()
  history.pushState({}, "", link.href)
  show()
})
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show) // canvases are drawn in the theme's colours

find(".train").textContent = content.train
find(".credit").textContent = `Images: ${content.images.words}`

await show()
const terms = element("div", { hidden: "" })
document.body.append(terms)
document.head.append(element("style", {}, (await (await fetch(new URL("terms.json", import.meta.url))).json()).css))
;(await import("./terms.js")).default({ data: {}, parentElement: terms })
await keepOffline()
swept().catch(() => {}) // so that Beta stands at once; what a hand asks for comes between its parts

async function keepOffline() {
  const place = find(".offline")
  if (!navigator.serviceWorker) return void (place.textContent = "Not kept for later: for that a browser asks for https, or an address on this machine.")
  try {
    await navigator.serviceWorker.register(new URL("sw.js", ROOT), { scope: ROOT.pathname })
    await navigator.serviceWorker.ready
    place.textContent = "Ready offline: these pages open without a network from now on."
    document.documentElement.dataset.offline = ""
  } catch (error) {
    place.textContent = `Not kept for offline use: ${error.message}`
  }
}
