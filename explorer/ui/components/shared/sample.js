// Samples of a prior on their way from noise to picture, as the server goes it (explorer/live/sampling.py).
//
//   const sampler = new Sampler("noise", ({ at, time, pixels, guesses, wrong }) => {
//     if (wrong) note.textContent = wrong // a sentence for the person
//     else paint(context, pixels, 3) // of shared/decode.js: the fourth picture, at this moment
//   })
//   sampler.ask({ model, prior, seed: 1, count: 8, labels: null, guidance: 1, steps: 20 }) // as often as you like
//   return () => sampler.leave()
//
// The newest wins: of what was asked before nothing comes any more, and the server leaves off. All steps of the newest
// come, in order. It asks again when the line was lost.

import { withLine } from "./hear.js"

const APART_MS = 50 // between two questions: the server leaves off what came in between

export class Sampler {
  serial = 0 // of questions on the line
  asked = undefined // what was asked last, while not all of it has come

  /**
   * @param name of what asks: small letters, digits, - and _
   * @param take called with {at: which moment, from 0, time: 0 to 1, steps, count, pixels: Uint8Array (count * 32 * 32 * 3),
   *   guesses: the same of where the moment before would have led, if that is known}, or with {wrong: a sentence}
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

  /** @param question what explorer/live/sampling.py lists, from the model on */
  ask(question) {
    this.asked = question
    this.serial += 1 // nothing of the one before is taken any more
    clearTimeout(this.soon)
    const wait = (this.sentAt ?? -APART_MS) + APART_MS - performance.now()
    if (wait > 0) this.soon = setTimeout(() => this.send(), wait)
    else this.send()
  }

  leave() {
    this.gone = true
    clearTimeout(this.soon)
    if (!this.channel) return
    this.line.say("sample", { sample: this.channel, serial: this.serial, stop: true })
    this.line.closeChannel(this.channel)
  }

  // -- called by the line --------------------------------------------------------------------------------------------

  /** A connection begins: nothing that was on its way will come. */
  begin() {
    this.send()
  }

  see({ serial, at, time, count, steps, guessed, wrong }, pixels) {
    if (serial !== this.serial || !this.asked) return
    if (wrong || at === steps) this.asked = undefined
    if (wrong) return this.take({ wrong })
    const own = guessed ? pixels.length / 2 : pixels.length
    this.take({ at, time, count, steps, pixels: pixels.subarray(0, own), guesses: guessed ? pixels.subarray(own) : undefined })
  }

  // ------------------------------------------------------------------------------------------------------------------

  send() {
    if (!this.asked || !this.channel) return
    if (this.line.say("sample", { sample: this.channel, serial: this.serial, ...this.asked })) this.sentAt = performance.now()
  }
}
