// The button that begins to present: for teachers, while they don't.

import { inClass } from "./shared/classroom.js"

export default function ({ parentElement }) {
  const classroom = inClass()
  const button = parentElement.querySelector(".present")
  const show = () => (button.hidden = classroom.role !== "teacher" || classroom.stands === "presenting")
  button.onclick = () => classroom.begin()
  classroom.addEventListener("change", show)
  show()
  return () => classroom.removeEventListener("change", show)
}
