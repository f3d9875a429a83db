// Charts in SVG: scales from values to pixels, round ticks, axes, and labels that don't lie on each other.

import { html, svg } from "./dom.js"

/** A scale from low..high to the pixels from..to, and its `ticks(wanted)`. */
export function linear(low, high, from, to) {
  const scale = (value) => from + ((value - low) / (high - low)) * (to - from)
  scale.ticks = (wanted = 4) => linearTicks(low, high, wanted)
  return scale
}

/** The same for values above 0 on a logarithmic scale; ticks stand at 1, 2, 5 of each decade, `apart` pixels at least. */
export function logarithmic(low, high, from, to) {
  const [first, last] = [Math.log10(low), Math.log10(high)]
  const scale = (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from)
  scale.inside = (value) => value >= low && value <= high
  scale.ticks = (apart = 0) => {
    const kept = []
    for (const tick of logTicks(low, high)) {
      if (!kept.length || Math.abs(scale(tick) - scale(kept.at(-1))) >= apart) kept.push(tick)
    }
    return kept
  }
  return scale
}

/** A logarithmic scale over values, all above 0, with room at both ends: a share of a decade. */
export function aroundAll(values, room, from, to) {
  const logs = values.map(Math.log10)
  return logarithmic(10 ** (Math.min(...logs) - room), 10 ** (Math.max(...logs) + room), from, to)
}

/** About `wanted` round numbers from low to high. */
export function linearTicks(low, high, wanted) {
  const raw = (high - low) / Math.max(1, wanted)
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= raw)
  const ticks = []
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)))
  return ticks
}

/** 1, 2, 5 of each decade, or linear ticks where fewer than two of these fit. */
export function logTicks(low, high) {
  let ticks = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    ticks.push(...[1, 2, 5].map((digit) => Number((digit * 10 ** power).toPrecision(3))))
  }
  ticks = ticks.filter((tick) => tick >= low && tick <= high)
  for (let wanted = 3; ticks.length < 2 && wanted < 7; wanted++) ticks = linearTicks(low, high, wanted)
  return ticks
}

/** A number with three digits, as short as it gets. */
export function short(value) {
  const size = Math.abs(value)
  if (value === 0 || (size >= 1e-4 && size < 1e5)) return String(Number(value.toPrecision(3)))
  return value.toExponential(1).replace("e+", "e").replace(".0e", "e")
}

/**
 * Grid lines with their numbers on the left, numbers below, the line between, and what the horizontal axis shows.
 *
 * `frame` is {left, right, bottom, height}, pixels; `y` and `x` are ticks: {at: pixels, words, anchor}.
 */
export function axes({ left, right, bottom, height }, { y = [], x = [], title }) {
  return [
    ...y.flatMap(({ at, words }) => [
      svg("line", { class: "grid-line", x1: left, x2: right, y1: at, y2: at }),
      tickText(left - 7, at + 3.5, words, "end"),
    ]),
    ...x.map(({ at, words, anchor }) => tickText(at, bottom + 15, words, anchor)),
    svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    ...(title ? [tickText((left + right) / 2, height - 5, title)] : []),
  ]
}

/** A small text beside an axis or a dot. */
export const tickText = (x, y, words, anchor = "middle") => svg("text", { class: "tick", x, y, "text-anchor": anchor }, words)

/** Ticks of a scale as `axes` takes them. */
export const labelled = (scale, ticks) => ticks.map((tick) => ({ at: scale(tick), words: short(tick) }))

/** The `d` of a path through points [x, y], pixels. */
export const through = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`

/** A part of a drawing beyond which nothing is seen. */
export const pane = (x, y, width, height) => svg("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}` })

/** Says of one label after the other, centred on x, whether it lies clear of those that it said yes to. */
export function clearance() {
  const taken = []
  return (x, y, words) => {
    const half = 4 * words.length
    const clear = taken.every((other) => Math.abs(other.x - x) >= other.half + half || Math.abs(other.y - y) >= 12)
    if (clear) taken.push({ x, y, half })
    return clear
  }
}

/**
 * The first of some places, {x, y} of its middle, where words of a size lie clear of all that is taken and within bounds.
 *
 * Returns it as something that takes room: {x, y, half, high}, with half its width and half its height; or undefined.
 */
export function spot(places, width, height, taken, { left, right, top, bottom }) {
  const [half, high] = [width / 2, height / 2]
  const fits = ({ x, y }) =>
    x - half >= left && x + half <= right && y - high >= top && y + high <= bottom &&
    taken.every((other) => Math.abs(other.x - x) >= other.half + half || Math.abs(other.y - y) >= other.high + high)
  const found = places.find(fits)
  return found && { ...found, half, high }
}

/** An entry of a legend: a sample drawn on 18 x 10 pixels, and words. */
export const entry = (shapes, ...words) => html("span", {}, svg("svg", { viewBox: "0 0 18 10", width: 18, height: 10, "aria-hidden": true }, ...shapes), ...words)

/** The sample of a line. */
export const stroke = (name) => svg("path", { class: name, d: "M0 5L18 5" })

/** The sample of a dot. */
export const dot = (name, r = 4) => svg("circle", { class: name, cx: 9, cy: 5, r })
