// What a tab, or a browser, keeps for this app. In a frame of another site's page it may keep nothing: reading as much as
// asking then raises, and what is kept here lasts as long as the page.

const MEMORY = new Map()

/** One text, by its name; the tab's own unless it is of the whole browser. */
export class Kept {
  constructor(name, ofBrowser = false) {
    this.name = name
    this.ofBrowser = ofBrowser
  }

  /** The text, or null. */
  get text() {
    try {
      return this.storage.getItem(this.name)
    } catch {
      return MEMORY.get(this.name) ?? null
    }
  }

  set text(text) {
    try {
      if (text === null) this.storage.removeItem(this.name)
      else this.storage.setItem(this.name, text)
    } catch {
      if (text === null) MEMORY.delete(this.name)
      else MEMORY.set(this.name, text)
    }
  }

  get storage() {
    return this.ofBrowser ? localStorage : sessionStorage
  }
}
