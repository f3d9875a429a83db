// The live line of the app (shared/live.js), for a page without a server: pictures that a hand asks for (shared/decode.js)
// are decoded here. Nothing else is ever heard.

export class Line {
  states = new EventTarget()
  role = "viewer"
  state = "open"
  channels = new Map() // number -> who asks
  newest = new Map() // number -> the question that waits
  serial = 0

  constructor(networks) {
    this.networks = networks
  }

  watch() {
    return () => {}
  }

  say() {
    return false
  }

  keepSaying() {}

  openChannel(name, decoder) {
    this.channels.set(++this.serial, decoder)
    return this.serial
  }

  closeChannel(channel) {
    this.channels.delete(channel)
    this.newest.delete(channel)
  }

  /** A question, as shared/decode.js writes it: a line of JSON, then float32. The newest of a channel wins. */
  send(message) {
    const end = message.indexOf(10)
    const question = JSON.parse(new TextDecoder().decode(message.subarray(0, end)))
    const numbers = new Float32Array(message.slice(end + 1).buffer)
    const busy = this.newest.has(question.decode)
    this.newest.set(question.decode, { ...question, numbers })
    if (!busy) queueMicrotask(() => this.answer(question.decode))
    return true
  }

  async answer(channel) {
    const { serial, model, beta, count, numbers } = this.newest.get(channel) ?? {}
    if (!serial) return
    const head = { serial, step: 0 }
    try {
      const betas = beta === null ? undefined : new Float32Array(count).fill(beta)
      const { pixels } = await this.networks.decode(model, numbers, count, betas, { urgent: count <= 2 })
      this.channels.get(channel)?.see(head, pixels)
    } catch (error) {
      this.channels.get(channel)?.see({ ...head, wrong: `It can't be decoded: ${error.message}.` })
    }
    if (this.newest.get(channel)?.serial === serial) this.newest.delete(channel)
    else this.answer(channel)
  }
}
