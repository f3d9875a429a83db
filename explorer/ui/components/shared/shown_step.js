// The step whose pictures are shown, told by whoever shows them to whoever draws the same run: components don't see each
// other, but all see the document.

/** `step` of the run; null while it follows the newest. */
export function tellShownStep(run, step) {
  if (document.shownStep?.run === run && document.shownStep.step === step) return
  document.shownStep = { run, step }
  document.dispatchEvent(new CustomEvent("shown-step"))
}

export const shownStep = (run) => (document.shownStep?.run === run ? document.shownStep.step : null)

export const onShownStep = (listener) => document.addEventListener("shown-step", listener)
