// A button that asks for a file, and says so until it is there.

import { post } from "./shared/post.js"

const ICONS = {
  picture:
    "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 2v14h14V5zm1 12 3.5-4.5 2.5 3 3.5-4.5 3.5 6z",
  table:
    "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 2v3h14V5zm0 5v4h6v-4zm8 0v4h6v-4zm-8 6v3h6v-3zm8 0v3h6v-3z",
  download: "M11 4h2v8.2l3.1-3.1 1.4 1.4L12 16l-5.5-5.5 1.4-1.4 3.1 3.1zM5 15h2v3h10v-3h2v5H5z",
}

export default function ({ data, parentElement }) {
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
  button.onpointerdown = (event) => grip(button, event)
  button.onclick = (event) => {
    if (!event.detail || kept(button, event)) post.ask(key) // no detail: by the keyboard
  }
  if (ICONS[icon]) path.setAttribute("d", ICONS[icon])
  text.textContent = making ? "Making …" : label
  wrong.textContent = post.wrong.get(key) ?? ""
  if (making || was) said.textContent = making ? `Making ${spoken}` : wrong.textContent ? "" : `${spoken}: saved`
}

// A change that is still being drawn may move the button away between press and release: held by its pointer, it gets the
// click all the same. Who drags the pointer off it means not to click.
const SLACK_PX = 8
const pressed = new WeakMap() // button -> where

function grip(button, { pointerId, clientX, clientY }) {
  pressed.set(button, [clientX, clientY])
  button.setPointerCapture(pointerId)
}

function kept(button, { clientX, clientY }) {
  const [x, y] = pressed.get(button) ?? [clientX, clientY]
  return Math.hypot(clientX - x, clientY - y) <= SLACK_PX
}
