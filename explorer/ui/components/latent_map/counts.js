// How many are selected, and of which kinds.

import { html } from "../shared/dom.js"

const MOST_KINDS = 5

/** What is said of a selection, Uint8Array; kinds are counted where colours tell them apart. */
export function counts(selected, { categories, index, css }) {
  const total = selected.reduce((sum, one) => sum + one, 0)
  const parts = [html("b", {}, `${total.toLocaleString("en")} ${total === 1 ? "image" : "images"} selected`)]
  if (!categories.length || !total) return parts
  const of = Array.from({ length: categories.length + 1 }, () => 0)
  selected.forEach((one, i) => (of[index[i]] += one))
  const kinds = categories.map((name, i) => ({ name, count: of[i], colour: css[i] })).filter(({ count }) => count)
  kinds.sort((a, b) => b.count - a.count)
  const shown = kinds.slice(0, MOST_KINDS)
  parts.push(
    html("ul", {}, ...shown.map(({ name, count, colour }) =>
      html("li", {}, html("span", {}, name), html("i", { style: `--share: ${count / kinds[0].count}; background: ${colour}` }), String(count)))),
  )
  if (kinds.length > shown.length) parts.push(html("small", {}, `and ${kinds.length - shown.length} kinds more`))
  return parts
}
