// The images themselves: all of them small at first, then sheets of many, each as soon as one on it is looked at.

import { shelved } from "../shared/shelf.js"

export const PICTURE = 32
const SHRUNK = 8
const ON_A_SHEET = 256 // as in latent_map.py
const AT_ONCE = 3 // sheets on their way

export class Pictures {
  revision = 0 // another whenever one looks otherwise

  constructor(came) {
    this.came = () => ((this.revision += 1), came())
  }

  /** Take up the pictures that a message names. */
  async open({ small, sheets }, count) {
    if (this.names?.small === small) return
    const names = (this.names = { small, sheets })
    this.count = count
    this.sheets = Array.from({ length: sheets.length })
    this.wanted = new Set()
    this.busy = 0
    this.small = undefined
    const all = await this.fetch(names, small)
    if (!all) return
    this.small = all
    this.came()
  }

  async fetch(names, name) {
    const wanted = () => this.names === names
    const blob = await shelved(name, wanted, (answer) => answer.blob())
    const picture = blob && (await createImageBitmap(blob))
    return wanted() ? picture : undefined
  }

  /** Have an image's sheet fetched. */
  want(image) {
    const sheet = Math.floor(image / ON_A_SHEET)
    if (this.sheets[sheet] || this.wanted.has(sheet)) return
    this.wanted.add(sheet)
    this.next()
  }

  async next() {
    if (this.busy >= AT_ONCE) return
    const names = this.names
    const sheet = [...this.wanted].find((each) => this.sheets[each] === undefined)
    if (sheet === undefined) return
    this.busy += 1
    this.sheets[sheet] = null // on its way
    const picture = await this.fetch(names, names.sheets[sheet])
    if (this.names !== names) return
    this.sheets[sheet] = picture
    this.busy -= 1
    this.came()
    this.next()
  }

  /** Draw one into a square of a canvas. */
  draw(context, image, x, y, side) {
    const sheet = Math.floor(image / ON_A_SHEET)
    const picture = this.sheets[sheet]
    if (picture) {
      const columns = picture.width / PICTURE
      const at = image % ON_A_SHEET
      context.drawImage(picture, (at % columns) * PICTURE, Math.floor(at / columns) * PICTURE, PICTURE, PICTURE, x, y, side, side)
      return
    }
    this.want(image)
    if (!this.small) return
    const columns = this.small.width / SHRUNK
    context.drawImage(this.small, (image % columns) * SHRUNK, Math.floor(image / columns) * SHRUNK, SHRUNK, SHRUNK, x, y, side, side)
  }
}
