import { html } from "../shared/dom.js"

/** A button, perhaps the one that most will want. */
export function way(name, go, first = false) {
  const button = html("button", { type: "button", class: first ? "first-choice" : "" }, name)
  button.onclick = go
  return button
}
