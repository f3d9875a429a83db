// Encoders and decoders, each asked by its model's id. Work is done in small parts, so that what a hand waits for comes
// between two of them.

const MANY = 16 // parts that wait, from which one more worker is worth its start
const MOST_WORKERS = 3 // each has the runtime and its networks in memory, about 60 MB
const AT_ONCE = 8 // pictures of a part: 30 ms on two busy cores

export class Networks {
  waiting = []
  serial = 0

  constructor(models) {
    this.models = models
    this.most = Math.max(1, Math.min(MOST_WORKERS, Math.floor((navigator.hardwareConcurrency ?? 2) / 2)))
    this.hands = [] // none before something is asked: what is drawn first needs none
  }

  hire() {
    const hand = { worker: new Worker(new URL("worker.js", import.meta.url)), now: undefined }
    hand.worker.onmessage = ({ data }) => this.take(hand, data)
    hand.worker.onerror = (event) => this.take(hand, { id: hand.now?.id, wrong: event.message || "the networks can't be started" })
    this.hands.push(hand)
    return hand
  }

  /** Fetch both halves of a model's network. */
  async load(model) {
    await Promise.all(["encoder", "decoder"].map((half) => this.ask({ file: `${model}-${half}`, x: null, shape: [0], beta: null })))
  }

  /**
   * Images, Float32Array of `count` times 3 x 32 x 32, 0..1.
   * @param betas one an image, or undefined: the model's own
   * @returns {mu, logvar}, Float32Arrays of `count` times the latent's dimensions
   */
  async encode(model, images, count, betas, done) {
    const found = await this.inParts(model, "encoder", images, count, [3, 32, 32], betas, false, done)
    return { mu: joined(found, "mu"), logvar: joined(found, "logvar") }
  }

  /** Latents -> {floats: as the decoder says, channel by channel; pixels: Uint8ClampedArray, as canvases take them}. */
  async decode(model, z, count, betas, { urgent = false, done } = {}) {
    const found = await this.inParts(model, "decoder", z, count, [this.models[model].dims], betas, urgent, done)
    return { floats: joined(found, "pixels"), pixels: concatenated(Uint8ClampedArray, found.map(({ pixels }) => pixels)) }
  }

  inParts(model, half, numbers, count, size, betas, urgent, done) {
    const { beta } = this.models[model]
    const every = beta === null ? null : (betas ?? new Float32Array(count).fill(beta))
    const width = size.reduce((a, b) => a * b)
    const parts = []
    for (let from = 0; from < count; from += AT_ONCE) {
      const to = Math.min(count, from + AT_ONCE)
      const part = { file: `${model}-${half}`, x: numbers.slice(from * width, to * width), shape: [to - from, ...size], beta: every && every.slice(from, to) }
      parts.push(this.ask(part, urgent).then((found) => (done?.(to - from), found)))
    }
    return Promise.all(parts)
  }

  ask(message, urgent = false) {
    return new Promise((resolve, reject) => {
      const one = { message: { ...message, id: ++this.serial }, id: this.serial, resolve, reject }
      if (urgent) this.waiting.unshift(one)
      else this.waiting.push(one)
      this.go()
    })
  }

  go() {
    while (this.waiting.length) {
      let hand = this.hands.find(({ now }) => !now)
      const few = !this.hands.length || (this.waiting.length > MANY && this.hands.length < this.most)
      if (!hand && few) hand = this.hire()
      if (!hand) return
      hand.now = this.waiting.shift()
      hand.worker.postMessage(hand.now.message, [])
    }
  }

  take(hand, { id, outputs, pixels, wrong }) {
    const { now } = hand
    if (!now || id !== now.id) return
    hand.now = undefined
    if (wrong) now.reject(new Error(wrong))
    else now.resolve({ ...outputs, floats: outputs.pixels, pixels })
    this.go()
  }
}

const joined = (found, name) => concatenated(Float32Array, found.map((part) => part[name === "pixels" ? "floats" : name]))

function concatenated(Numbers, parts) {
  const whole = new Numbers(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

