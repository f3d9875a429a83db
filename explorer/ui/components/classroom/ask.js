import { html } from "../shared/dom.js"
import { here } from "../shared/classroom.js"
import { way } from "./way.js"

const MOST_OPTIONS = 4
const FIRST_PAGE = "start" // whose address may name no page, or "home"

/** What can be asked: prepared for the page that is shown, or made up. A question that is taken closes it. */
export class AskDialog {
  constructor(dialog, classroom) {
    this.dialog = dialog
    this.class = classroom
    this.prepared = dialog.querySelector(".prepared")
    this.form = dialog.querySelector(".own")
    this.wrong = dialog.querySelector(".wrong")
    dialog.querySelector(".for-choice").append(...Array.from({ length: MOST_OPTIONS }, (_, i) => optionField(i)))
    this.form.onchange = () => this.fit()
    this.form.onsubmit = (event) => {
      event.preventDefault()
      this.ask(this.own())
    }
  }

  open() {
    this.waits = false
    this.wrong.textContent = ""
    const page = here().split("?")[0]
    const questions = this.class.desk.prepared?.[page === "" || page === "home" ? FIRST_PAGE : page] ?? []
    this.prepared.replaceChildren(...questions.map((question) => way(question.ask, () => this.ask(question))))
    this.dialog.showModal()
  }

  ask(question) {
    this.waits = true
    this.before = this.class.parts.question?.number ?? 0
    this.class.ask(question)
  }

  show({ wrong }) {
    if (!this.waits) return
    if ((this.class.parts.question?.number ?? 0) > this.before) {
      this.waits = false
      this.form.reset()
      this.fit()
      this.dialog.close()
    } else this.wrong.textContent = wrong ? `${wrong.what}. ${wrong.advice}` : ""
  }

  fit() {
    const slides = this.form.elements.kind.value === "slider"
    this.form.querySelector(".for-choice").hidden = slides
    this.form.querySelector(".for-slider").hidden = !slides
  }

  own() {
    const { ask, why, kind, low, high, unit, truth, right } = this.form.elements
    const told = { ask: ask.value.trim(), why: why.value.trim() }
    if (kind.value === "slider") return { ...told, low: Number(low.value), high: Number(high.value), unit: unit.value.trim(), truth: Number(truth.value) }
    const options = Array.from({ length: MOST_OPTIONS }, (_, i) => this.form.elements[`option${i}`].value.trim())
    return { ...told, options: options.filter(Boolean), truth: options[Number(right.value)] }
  }
}

function optionField(i) {
  const right = html("input", { type: "radio", name: "right", value: i, "aria-label": `Answer ${i + 1} is true`, ...(i ? {} : { checked: "" }) })
  const text = html("input", { name: `option${i}`, maxlength: 48, autocomplete: "off", "aria-label": `Answer ${i + 1}`, placeholder: i < 2 ? `Answer ${i + 1}` : `Answer ${i + 1}, or nothing` })
  return html("div", { class: "option" }, text, html("label", {}, right, " true"))
}
