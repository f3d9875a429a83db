// Pictures of codes while a hand moves: codes go over the live line, pixels come back (explorer/live/decoding.py).
//
//   const decoder = new Decoder("map", ({ pixels, count, wrong }) => {
//     if (wrong) note.textContent = wrong // a sentence for the person
//     else paint(context, pixels) // the first of them; paint(context, pixels, 1) is the second
//   })
//   const context = canvas(32, "Decoded picture") // shared/dom.js; in CSS: image-rendering: pixelated, and its size
//   slider.oninput = () => decoder.ask("cifar10-beta-1e-3", null, z) // Float32Array; as often as you like, each frame
//   decoder.ask(model, beta, lattice, 400) // many at once: `take` is called for each 32 of them, with `from`
//   decoder.ask(model, null, Float32Array.from(indices), 1, true) // the codes of a VQ-VAE, 64 of a picture
//   return () => decoder.leave()
//
// The newest wins: what was asked before may never be answered, or be answered in part. At most two questions are on
// their way, so that the server always has the next while one travels. It asks again when the line was lost.

import { withLine } from "./hear.js"

const SIDE = 32
const VALUES = SIDE * SIDE * 3
const MOST_AT_ONCE = 32 // pictures of a question, as explorer/live/decoding.py has it
const MOST_ON_THE_WAY = 2

export class Decoder {
  asked = undefined // what was asked last, while not all of it is on its way
  onTheWay = new Map() // serial -> {asked, from, count}
  serial = 0 // of questions on the line
  number = 0 // of calls of `ask`

  /**
   * @param name of what asks: small letters, digits, - and _
   * @param take called with {pixels: Uint8Array (count * 32 * 32 * 3), count, from: how many came before, serial: what
   *   `ask` returned, step: how far the model was trained}, or with {wrong: a sentence, serial}
   */
  constructor(name, take) {
    this.take = take
    withLine((line) => {
      if (this.gone) return
      this.line = line
      this.channel = line.openChannel(name, this)
      this.send()
    })
  }

  /**
   * @param model its id
   * @param beta null, or of a model of every beta, at which one
   * @param numbers Float32Array of `count` latents; it is not copied until it is sent: don't write into it
   * @param codes whether they are the codes of a VQ-VAE instead
   * @returns a number, that of this question, which `take` is told as `serial`
   */
  ask(model, beta, numbers, count = 1, codes = false) {
    this.number += 1
    this.asked = { serial: this.number, model, beta, numbers, count, codes, sent: 0 }
    this.send()
    return this.number
  }

  leave() {
    this.gone = true
    if (this.channel) this.line.closeChannel(this.channel)
  }

  // -- called by the line --------------------------------------------------------------------------------------------

  /** A connection begins: nothing that was on its way will be answered. */
  begin() {
    const first = [...this.onTheWay.values()].find(({ asked }) => asked.serial === this.number)
    this.onTheWay.clear()
    if (first) this.asked = Object.assign(first.asked, { sent: first.from })
    this.send()
  }

  see(head, pixels) {
    const question = this.onTheWay.get(head.serial)
    for (const serial of this.onTheWay.keys()) if (serial <= head.serial) this.onTheWay.delete(serial) // left out, those before
    if (!question) return
    const { asked, from, count } = question
    if (head.wrong && asked === this.asked) this.asked = undefined
    this.send()
    const told = { from, serial: asked.serial }
    this.take(head.wrong ? { ...told, wrong: head.wrong } : { ...told, pixels, count, step: head.step })
  }

  // ------------------------------------------------------------------------------------------------------------------

  send() {
    const { asked } = this
    if (!asked || !this.channel || this.onTheWay.size >= MOST_ON_THE_WAY) return
    if (asked.sent && this.onTheWay.size) return // of many, each part has to come: another would replace it
    const count = Math.min(MOST_AT_ONCE, asked.count - asked.sent)
    const serial = this.serial + 1
    const { model, beta, codes, sent: from } = asked
    const head = new TextEncoder().encode(JSON.stringify({ decode: this.channel, serial, model, beta, count, codes }) + "\n")
    const width = asked.numbers.length / asked.count
    const part = asked.numbers.subarray(from * width, (from + count) * width)
    const message = new Uint8Array(head.length + part.byteLength)
    message.set(head)
    message.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), head.length)
    if (!this.line.send(message)) return // it will begin again
    this.serial = serial
    this.onTheWay.set(serial, { asked, from, count })
    asked.sent += count
    if (asked.sent >= asked.count) this.asked = undefined
  }
}

/** One of several decoded pictures, as the browser's own: for `putImageData` and `createImageBitmap`. */
export function imageData(pixels, index = 0) {
  const image = new ImageData(SIDE, SIDE)
  for (let from = index * VALUES, to = 0; to < image.data.length; from += 3, to += 4) {
    image.data[to] = pixels[from]
    image.data[to + 1] = pixels[from + 1]
    image.data[to + 2] = pixels[from + 2]
    image.data[to + 3] = 255
  }
  return image
}

/** Fill a canvas of 32 x 32 pixels with one of several decoded pictures. */
export function paint(context, pixels, index = 0) {
  context.putImageData(imageData(pixels, index), 0, 0)
}
