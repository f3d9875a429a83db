// Hands on to the picture under the slider of beta (tradeoff.js) what may come later than it, or move by itself, so that
// the picture's own data needn't be sent again: as `window.besideTheCurve[part]`.

export default function ({ data }) {
  const channel = (window.besideTheCurve ??= new EventTarget())
  channel[data.part] = data
  channel.dispatchEvent(new Event("change"))
}
