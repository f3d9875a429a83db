// Files to take away: explorer/ui/downloads.py says how a click becomes a file. Two components share this: the buttons,
// and the post, of which a page has one, and which is told apart by its data being bytes.

const BEHIND_MS = 30 // two frames: a widget that was changed just before has told the server by then
const LOOK_MS = 50 // between two looks at a figure that Plotly draws
const PATIENCE_MS = 30_000 // for a figure to be drawn

const ICONS = {
  picture:
    "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 2v14h14V5zm1 12 3.5-4.5 2.5 3 3.5-4.5 3.5 6z",
  table:
    "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 2v3h14V5zm0 5v4h6v-4zm8 0v4h6v-4zm-8 6v3h6v-3zm8 0v3h6v-3z",
  download: "M11 4h2v8.2l3.1-3.1 1.4 1.4L12 16l-5.5-5.5 1.4-1.4 3.1 3.1zM5 15h2v3h10v-3h2v5H5z",
}

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

const post = (globalThis.explorerPost ??= new Post())

export default function ({ data, parentElement, setStateValue }) {
  if (data instanceof Uint8Array) return post.hear(data, (asked) => setStateValue("asked", asked))
  const draw = () => show(parentElement, data)
  post.buttons.set(parentElement, draw)
  draw()
  return () => post.buttons.delete(parentElement)
}

function show(root, { key, label, icon, help, spoken, kind }) {
  const [button, path, text, wrong, said] = ["button", "path", "button span", "[role=alert]", "[role=status]"].map((each) =>
    root.querySelector(each),
  )
  const making = post.waits(key)
  const was = button.getAttribute("aria-disabled") === "true"
  if (making && !was) button.style.minWidth = `${button.offsetWidth}px` // what stands beside it stays where it is
  if (!making) button.style.minWidth = ""
  button.className = kind
  button.title = help
  button.setAttribute("aria-disabled", making) // and not "disabled", which would take the focus away
  button.setAttribute("aria-label", making ? `Making ${spoken}` : spoken)
  button.onclick = () => post.ask(key)
  if (ICONS[icon]) path.setAttribute("d", ICONS[icon])
  text.textContent = making ? "Making …" : label
  wrong.textContent = post.wrong.get(key) ?? ""
  if (making || was) said.textContent = making ? `Making ${spoken}` : wrong.textContent ? "" : `${spoken}: saved`
}

function save({ name, type }, file) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([file], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

// Plotly makes the picture on a click on a button of its own, which style.css hides: it shows only on hovering, and not at
// all on a phone.
async function photograph({ container, version }) {
  const figure = await until(() => {
    const found = document.querySelector(`.st-key-${container} .js-plotly-plot`)
    return found?.layout?.meta === version && !found._snapshotInProgress && found.querySelector(".modebar-btn") && found
  })
  if (!figure) throw new Error("This figure is not on the page any more.")
  figure.querySelector(".modebar-btn").click()
  await until(() => !figure._snapshotInProgress)
}

async function until(there) {
  const late = performance.now() + PATIENCE_MS
  for (;;) {
    const found = there()
    if (found || performance.now() > late) return found
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
