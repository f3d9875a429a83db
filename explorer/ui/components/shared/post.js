// What is asked for, by buttons, and brought, by the component that talks to the server. One of them a tab, whatever the
// number of scripts that bring this text along. explorer/ui/components/downloads.py says how a click becomes a file.

const BEHIND_MS = 30 // two frames: a widget that was changed just before has told the server by then
const LOOK_MS = 50 // between two looks at a figure that Plotly draws
const PATIENCE_MS = 30_000 // for a figure to be drawn
const AT_WORK = "_snapshotInProgress" // Plotly's mark on a figure while it makes a picture of it

class Post {
  asked = new Map() // serial number -> what is waited for
  wrong = new Map() // key of a button -> why it has no file
  buttons = new Map() // where a button stands -> what draws it
  serial = 0

  ask(key) {
    if (this.waits(key)) return
    this.wrong.delete(key)
    const one = { serial: ++this.serial, key, told: false, heard: false, here: false }
    this.asked.set(one.serial, one)
    setTimeout(() => ((one.told = true), this.tell()), BEHIND_MS)
    this.draw()
  }

  waits(key) {
    return [...this.asked.values()].some((one) => one.key === key)
  }

  tell() {
    const told = [...this.asked.values()].filter((one) => one.told)
    this.send?.(told.map(({ serial, key, heard }) => ({ serial, key, heard })))
  }

  hear(letter, send) {
    const news = !this.send && this.asked.size > 0
    this.send = send
    const end = letter.indexOf(10)
    const head = JSON.parse(new TextDecoder().decode(letter.subarray(0, end)))
    const heard = head.heard.map((serial) => this.asked.get(serial)).filter((one) => one && !one.heard)
    for (const one of heard) one.heard = true
    if (news || heard.length) this.tell()
    const one = this.asked.get(head.serial)
    if (!one || one.here) return
    one.here = true
    this.take(one, head, letter.subarray(end + 1))
  }

  async take(one, head, file) {
    try {
      if (head.wrong) throw new Error(head.wrong)
      await (head.figure ? photograph(head.figure) : save(head, file))
    } catch (error) {
      this.wrong.set(one.key, error.message)
    }
    this.asked.delete(one.serial)
    this.tell()
    this.draw()
  }

  draw() {
    for (const draw of this.buttons.values()) draw()
  }
}

export const post = (globalThis.explorerPost ??= new Post())

function save({ name, type }, file) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([file], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

// Plotly makes the picture on a click on a button of its own, which style.css hides: it shows only on hovering, and not at
// all on a phone.
async function photograph({ container, version, format }) {
  const figure = await until(() => {
    const found = document.querySelector(`.st-key-${container} .js-plotly-plot`)
    return found?.layout?.meta === version && !found[AT_WORK] && found.querySelector(".modebar-btn") && found
  })
  if (!figure) throw new Error("This figure is not on the page any more.")
  const { _context: shown } = figure // Plotly's own name for what a figure was configured with
  const options = shown.toImageButtonOptions // which the click reads at once
  options.format = format
  figure.querySelector(".modebar-btn").click()
  await until(() => !figure[AT_WORK])
}

async function until(there, late = performance.now() + PATIENCE_MS) {
  const found = there()
  if (found || performance.now() > late) return found
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  return until(there, late)
}
