// What charts are drawn in: a sixteenth of the root's font size, 1 pixel as a rule. So a chart grows with the type around
// it, in the projector view and for people who read large letters, and all numbers in its script are of these.

/** Pixels of one. */
export const unitPixels = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16

/** Width and height of an element, in units. */
export function extent({ clientWidth, clientHeight }) {
  return [clientWidth / unitPixels(), clientHeight / unitPixels()]
}

/** A length in CSS that is as many units. */
export const inUnits = (number) => `${number / 16}rem`
