// A button with a name in place of Plotly's own camera, which shows only on hovering and not at all on a phone.

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.title = "This figure as a picture."
  button.setAttribute("aria-label", `${data.name} as PNG`)
  button.onclick = () => document.querySelector(`.st-key-${data.figure} .modebar-btn`)?.click()
}
