// A word with an explanation, for components that draw it: explorer/ui/components/terms.py says what happens with it.

import { html } from "./dom.js"

/** The word; `explain` says what it means. `terms` is what terms.templates sends: key -> {word, says}. */
export function term(terms, key, text = terms[key].word) {
  const button = html("button", { type: "button", class: "term", "data-term": key, "aria-expanded": "false" }, text)
  button.setAttribute("aria-label", `${text}, explained`)
  explain(button, terms)
  return button
}

/** Each `<dfn data-of="kl">KL</dfn>` in a component's HTML becomes its word: key -> button. */
export function termsIn(host, terms) {
  return Object.fromEntries([...host.querySelectorAll("dfn[data-of]")].map((place) => {
    const word = term(terms, place.dataset.of, place.textContent)
    place.replaceWith(word)
    return [place.dataset.of, word]
  }))
}

/** Fill the slots of a word's sentence, "{so}", with numbers in words: {so: "312"}. */
export function explain(button, terms, numbers = {}) {
  const words = terms[button.dataset.term].says.replace(/\{(\w+)\}/g, (slot, name) => numbers[name] ?? slot)
  if (button.getAttribute("aria-description") !== words) button.setAttribute("aria-description", words)
}
