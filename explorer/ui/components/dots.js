// Says what stands beside the curve to the picture that draws it (tradeoff.js), so that a run in progress can move
// without the picture's own data being sent again.

export default function ({ data }) {
  const channel = (window.besideTheCurve ??= new EventTarget())
  channel.latest = data
  channel.dispatchEvent(new Event("change"))
}
