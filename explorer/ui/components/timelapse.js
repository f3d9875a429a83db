// The probe images and what a run made of them, at any step so far. At the slider's right end it follows the training.
// Pictures that came once stay in the browser; one that is missing is asked for while the nearest stands in.

const PLAY_MS = 4000
const ASK_MS = 120 // between two requests while the slider is dragged

export default function ({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".timelapse")
  host.timelapse ??= new Timelapse(host)
  host.timelapse.ask = (step) => setStateValue("step", step)
  host.timelapse.update(data)
}

class Timelapse {
  constructor(host) {
    this.host = host
    this.images = host.querySelector(".images")
    this.slider = host.querySelector("input")
    this.button = host.querySelector("button")
    this.readout = host.querySelector("output")
    this.slider.oninput = () => (this.pause(), this.choose(Number(this.slider.value)))
    this.slider.onchange = () => this.request(this.step)
    this.button.onclick = () => (this.playing ? this.pause() : this.play())
  }

  async update(data) {
    if (data.subject !== this.data?.subject) {
      this.pause()
      this.strips = new Map() // step -> decoded strip
      this.step = null // the one chosen; null follows the newest
      if (this.data) this.request(null)
    }
    const { strips } = this
    this.data = data
    this.slider.max = data.steps.length - 1
    const fresh = data.strips.filter(({ step }) => !strips.has(step))
    const [originals] = await Promise.all([
      data.originals === this.originals?.src ? this.originals : decoded(data.originals),
      ...fresh.map(async ({ step, src }) => strips.set(step, await decoded(src))),
    ])
    if (strips !== this.strips) return // another run came meanwhile
    if (originals !== this.originals) this.layOut(originals)
    this.draw()
  }

  layOut(originals) {
    this.originals = originals
    const size = originals.naturalHeight
    for (const figure of this.images.querySelectorAll("figure")) figure.remove()
    this.canvases = Array.from({ length: originals.naturalWidth / size }, (_, i) => {
      const figure = document.createElement("figure")
      const [above, below] = [canvas(size, `Original ${i + 1}`), canvas(size, `Reconstruction ${i + 1}`)]
      figure.append(above, below)
      this.images.append(figure)
      cut(originals, i, above)
      return below
    })
  }

  choose(index) {
    this.step = index >= this.data.steps.length - 1 ? null : this.data.steps[index]
    this.draw()
  }

  draw() {
    const { steps } = this.data
    const newest = steps.at(-1)
    const wanted = this.step ?? newest
    let index = steps.findLastIndex((step) => step <= wanted)
    if (index < 0) index = 0
    this.slider.value = index
    const shown = nearest([...this.strips.keys()], steps[index])
    if (shown !== steps[index] && !this.playing) this.request(steps[index])
    this.canvases.forEach((below, i) => cut(this.strips.get(shown), i, below))
    this.host.dataset.version = `${this.data.subject}-${shown}`
    const words = `step ${shown.toLocaleString("en")}${shown === newest ? ", newest" : ` of ${newest.toLocaleString("en")}`}`
    this.readout.textContent = words
    this.slider.setAttribute("aria-valuetext", words)
  }

  request(step) {
    this.asked = step
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.ask(this.asked)
    }, ASK_MS)
  }

  play() {
    const known = [...this.strips.keys()].filter((step) => step <= this.data.steps.at(-1)).sort((a, b) => a - b)
    const start = performance.now()
    this.button.textContent = "Pause"
    const frame = (now) => {
      const place = (now - start) / PLAY_MS
      if (place >= 1) {
        this.step = null
        this.pause()
        return this.draw()
      }
      this.step = known[Math.floor(Math.max(0, place) * known.length)]
      this.draw()
      this.playing = requestAnimationFrame(frame)
    }
    this.playing = requestAnimationFrame(frame)
  }

  pause() {
    cancelAnimationFrame(this.playing)
    this.playing = undefined
    this.button.textContent = "Play"
  }
}

async function decoded(src) {
  const image = new Image()
  image.src = src
  await image.decode()
  return image
}

function canvas(size, label) {
  const node = document.createElement("canvas")
  node.width = node.height = size
  node.setAttribute("role", "img")
  node.setAttribute("aria-label", label)
  return node
}

/** Draw the i-th square of a strip. */
function cut(strip, i, onto) {
  const size = onto.width
  onto.getContext("2d").drawImage(strip, i * size, 0, size, size, 0, 0, size, size)
}

const nearest = (steps, wanted) => steps.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a))
