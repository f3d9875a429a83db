// Elements in one expression: `html("p", { class: "rate" }, "so many nats")`.

/** An HTML element with its attributes and what it holds, elements or text. */
export function html(tag, attributes = {}, ...content) {
  return filled(document.createElement(tag), attributes, content)
}

/** An SVG element with its attributes and what it holds, elements or text. */
export function svg(tag, attributes = {}, ...content) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, content)
}

/** The context of a square canvas whose pixels stay hard; the label says what is shown, to those who don't see it. */
export function canvas(side, label) {
  const context = html("canvas", { width: side, height: side, ...(label && { role: "img", "aria-label": label }) }).getContext("2d")
  context.imageSmoothingEnabled = false
  return context
}

function filled(node, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...content)
  return node
}
