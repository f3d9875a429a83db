import { html } from "../shared/dom.js"
import { way } from "./way.js"

/** What the class is asked: students answer, the teacher sees how many have, and reveals what, with the truth. */
export class Question {
  constructor(host, classroom) {
    this.host = host
    this.class = classroom
    this.find = (selector) => host.querySelector(selector)
    this.fold = this.find(".fold")
    this.fold.onclick = () => this.open(this.find(".inside").hidden)
  }

  open(open) {
    this.find(".inside").hidden = !open
    this.fold.textContent = open ? "Hide" : "Show"
    this.fold.setAttribute("aria-expanded", open)
  }

  show() {
    const { question, stands, answer, desk } = this.class
    const teaches = stands === "presenting"
    const state = JSON.stringify([question, teaches, question?.revealed ? answer : null])
    if (state !== this.state) {
      this.state = state
      this.host.hidden = !question
      if (question) this.lay(question, teaches)
    }
    if (question) this.say(question, teaches, answer, desk)
    if (desk.csv && desk.csv.number === this.class.saving) this.save(desk.csv)
  }

  lay(question, teaches) {
    if (question.number !== this.number) this.open(true)
    this.number = question.number
    this.host.classList.toggle("teaches", teaches)
    this.find("h2").textContent = question.ask
    this.find(".why").textContent = question.revealed?.why ?? ""
    this.find(".answers").replaceChildren(...this.answers(question, teaches))
    const deeds = question.revealed
      ? [way("Save all answers", () => this.class.save()), way("Close", () => this.class.close(), true)]
      : [way("Take back", () => this.class.close()), way("Reveal", () => this.class.reveal(), true)]
    this.find(".deeds").replaceChildren(...(teaches ? deeds : []))
  }

  answers(question, teaches) {
    if (question.revealed) return question.slides ? spread(question, this.class.answer) : bars(question, this.class.answer)
    if (teaches) return question.slides ? [html("p", {}, `${question.answers[0]} to ${question.answers.at(-1)}`)] : [html("ul", {}, ...question.answers.map((answer) => html("li", {}, answer)))]
    return question.slides ? this.slider(question) : question.answers.map((answer, i) => this.option(answer, i))
  }

  option(answer, i) {
    const button = way(answer, () => this.class.give(i))
    button.setAttribute("aria-pressed", this.class.answer === i)
    button.dataset.answer = i
    return button
  }

  slider({ answers }) {
    const last = answers.length - 1
    const input = html("input", { type: "range", min: 0, max: last, step: 1, value: this.class.answer ?? Math.round(last / 2), "aria-label": "Your answer" })
    const said = html("output")
    input.oninput = () => {
      said.textContent = answers[input.value]
      input.setAttribute("aria-valuetext", answers[input.value])
    }
    input.oninput()
    const ends = html("div", { class: "ends", "aria-hidden": "true" }, html("span", {}, answers[0]), html("span", {}, answers[last]))
    return [html("div", { class: "slide" }, input, ends), html("div", { class: "set" }, said, way("Answer", () => this.class.give(Number(input.value)), true))]
  }

  say(question, teaches, answer, desk) {
    for (const button of this.find(".answers").querySelectorAll("[data-answer]")) button.setAttribute("aria-pressed", Number(button.dataset.answer) === answer)
    const count = desk.answered?.number === question.number ? desk.answered.count : 0
    const words = teaches ? `${count} of ${desk.followers ?? 0} who follow ${count === 1 ? "has" : "have"} answered` : ""
    const given = answer === undefined ? "" : `Your answer: ${question.answers[answer]}. You may change it until the truth is shown.`
    const told = question.revealed ? result(question, answer) : teaches ? words : given
    if (this.find(".count").textContent !== told) this.find(".count").textContent = told
  }

  save({ text }) {
    this.class.saving = undefined
    const link = html("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "answers.csv" })
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  }
}

const total = (counts) => counts.reduce((sum, count) => sum + count, 0)

function result({ revealed, slides, answers }, answer) {
  const all = total(revealed.counts)
  const own = answer === undefined ? "" : `. Yours: ${answers[answer]}`
  const many = `${all} ${all === 1 ? "answer" : "answers"}`
  return `${slides ? many : `${revealed.counts[revealed.at]} right of ${many}`}${own}`
}

/** A bar an answer, the true one marked. */
function bars({ answers, revealed: { at, counts } }, own) {
  const most = Math.max(1, ...counts)
  return answers.map((answer, i) => {
    const marks = [i === at && "true", i === own && "yours"].filter(Boolean).join(", ")
    const bar = html("i", { style: `width: ${(100 * counts[i]) / most}%`, "aria-hidden": "true" })
    const words = html("span", {}, answer, ...(marks ? [" ", html("small", {}, i === at ? `\u2713 ${marks}` : marks)] : []))
    return html("div", { class: i === at ? "bar true" : "bar" }, words, html("b", {}, counts[i]), html("div", { class: "way" }, bar))
  })
}

/** Where on the slider they lie, and where the truth does. */
function spread({ answers, revealed: { at, truth, counts } }, own) {
  const [most, last] = [Math.max(1, ...counts), answers.length - 1]
  const left = (i) => `left: ${(100 * i) / last}%`
  const columns = counts.flatMap((count, i) => (count ? [html("i", { class: i === own ? "own" : "", style: `${left(i)}; height: ${(100 * count) / most}%` })] : []))
  const given = counts.flatMap((count, i) => (count ? [`${count} at ${answers[i]}`] : []))
  const label = `True: ${truth}. ${given.join(", ") || "No answers"}`
  const mark = html("div", { class: "truth", style: left(at) }, html("span", { style: `transform: translateX(${(-100 * at) / last}%)` }, `\u2713 ${truth}`))
  const ends = html("div", { class: "ends", "aria-hidden": "true" }, html("span", {}, answers[0]), html("span", {}, answers[last]))
  return [html("div", { class: "spread", role: "img", "aria-label": label }, ...columns, mark), ends]
}
