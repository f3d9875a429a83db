// What the server pushes to all who watch: one websocket a tab, whatever the number of scripts that bring this text
// along. explorer/live says what goes over it.

import { appAddress } from "./address.js"

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 8000
const SAID_AFTER_MS = 1500 // of trying again, until a person is told: a moment's break is nobody's business
const GRACE_MS = 2000 // that a socket stays open when nobody watches: the next page may

class Live {
  topics = new Map() // name -> {boot, version, rows: null where nobody wants them, parts, listeners}
  state = "idle" // "idle", "open" or "lost"
  states = new EventTarget() // "change" when `state` has
  retry = FIRST_RETRY_MS
  kept = new Map() // key -> what is said anew on each connection: who one is
  channels = new Map() // name -> a Decoder of shared/decode.js or a Sampler of shared/sample.js, through which pictures come
  opened = 0 // of these, so far

  /**
   * Hear of a topic until the returned function is called.
   * @param listener called with {parts, rows, from, known}: what has changed; at first with the parts that are known, if any
   * @param rows how many of its rows are known, by whom they are wanted; others leave them out
   */
  watch(name, listener, rows = null) {
    let topic = this.topics.get(name)
    const fresh = !topic
    if (fresh) this.topics.set(name, (topic = { version: 0, rows: null, parts: {}, listeners: new Set() }))
    if (Object.keys(topic.parts).length) listener({ parts: topic.parts, rows: [], from: 0, known: true })
    topic.listeners.add(listener)
    const wants = rows !== null && (topic.rows === null || rows < topic.rows)
    if (wants) topic.rows = rows
    if (fresh || wants) {
      this.open()
      this.ask(name)
    }
    return () => {
      topic.listeners.delete(listener)
      if (topic.listeners.size || this.topics.get(name) !== topic) return
      this.topics.delete(name)
      this.tell({ leave: name })
      this.rest()
    }
  }

  /** Say something to the server, if it listens now. */
  say(kind, what = {}) {
    return this.tell({ say: kind, ...what })
  }

  /** Say something now, and again after each break; null says nothing any more. */
  keepSaying(kind, what) {
    if (what === null) this.kept.delete(kind)
    else this.kept.set(kind, what)
    this.open()
    if (what !== null) this.say(kind, what)
    this.rest()
  }

  /** A channel for pictures, under a name that it alone has; returns that. Whoever asks has `begin` and `see`. */
  openChannel(name, asker) {
    const channel = `${name}-${(this.opened += 1)}`
    this.channels.set(channel, asker)
    this.open()
    return channel
  }

  closeChannel(channel) {
    this.channels.delete(channel)
    this.rest()
  }

  /** Send text or bytes; whether the server listens now. */
  send(message) {
    if (!this.boot || this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(message)
    return true
  }

  // -- the socket ---------------------------------------------------------------------------------------------------

  get needed() {
    return this.topics.size > 0 || this.kept.size > 0 || this.channels.size > 0
  }

  open() {
    clearTimeout(this.resting)
    if (this.socket || !this.needed) return
    const socket = (this.socket = new WebSocket(new URL("live", appAddress()).href.replace(/^http/, "ws")))
    socket.binaryType = "arraybuffer"
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.hear(JSON.parse(data)) : this.see(new Uint8Array(data)))
    socket.onclose = () => this.lose(socket)
  }

  lose(socket) {
    if (socket !== this.socket) return
    this.socket = undefined
    if (!this.needed) return this.change("idle")
    this.lostAt ??= performance.now()
    if (performance.now() - this.lostAt >= SAID_AFTER_MS) this.change("lost")
    clearTimeout(this.again)
    this.again = setTimeout(() => this.open(), this.retry * (0.5 + Math.random() / 2))
    this.retry = Math.min(LONGEST_RETRY_MS, 2 * this.retry)
  }

  rest() {
    if (this.needed) return
    clearTimeout(this.resting)
    this.resting = setTimeout(() => {
      if (this.needed) return
      const socket = this.socket
      this.socket = undefined
      socket?.close()
      this.change("idle")
    }, GRACE_MS)
  }

  hear(message) {
    if (message.boot) {
      this.boot = message.boot
      this.role = message.role
      this.lostAt = undefined
      this.retry = FIRST_RETRY_MS
      for (const name of this.topics.keys()) this.ask(name)
      for (const [kind, what] of this.kept) this.say(kind, what)
      for (const asker of this.channels.values()) asker.begin()
      this.change("open")
      return
    }
    const topic = this.topics.get(message.topic)
    if (!topic || message.since > topic.version) return // to who watched it before; what was asked for since is on its way
    const anew = topic.version > 0 && message.parts.rows_anew // and not only told to who comes late
    Object.assign(topic, { boot: this.boot, version: message.version })
    Object.assign(topic.parts, message.parts)
    const news = { parts: message.parts, rows: [], from: topic.rows ?? 0 }
    if (topic.rows !== null && message.from <= topic.rows) { // or else those before are on their way
      news.rows = message.rows.slice(topic.rows - message.from)
      topic.rows += news.rows.length
    }
    if (anew) topic.rows = null // whoever wants them has to begin again
    for (const listener of Array.from(topic.listeners)) listener(news) // those that there are: one may bring others
  }

  see(bytes) {
    const end = bytes.indexOf(10)
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))
    this.channels.get(head.decode ?? head.sample)?.see(head, bytes.subarray(end + 1))
  }

  ask(name) {
    const { boot, version, rows } = this.topics.get(name)
    this.tell({ watch: name, boot: boot ?? this.boot, version, rows: rows ?? Number.MAX_SAFE_INTEGER })
  }

  tell(message) {
    return this.send(JSON.stringify(message))
  }

  change(state) {
    if (state === this.state) return
    this.state = state
    this.states.dispatchEvent(new Event("change"))
  }
}

export const live = (globalThis.explorerLive ??= new Live())
document.dispatchEvent(new Event("explorer-live")) // whoever hears of it through shared/hear.js may have waited
