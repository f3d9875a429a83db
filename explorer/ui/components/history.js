// One step of a person, one entry of the browser's history. Streamlit pushes an entry for every message of the server
// that changes the address, several for one click, and none for a widget bound to it, whose values replace the entry that
// is there. Here instead the first change after something was pressed is an entry, and so is the answer to each thing that
// was chosen in a component, while others were still awaited; all else corrects the newest.

import { chosen } from "./shared/follow.js"

const DONE_BY_HAND = ["pointerdown", "keydown", "click", "drop"]

export default function ({ data }) {
  keepSteps()
  if (data?.mended !== undefined) mend(data.mended)
}

function keepSteps() {
  if (history.keepsSteps) return // one tab begins once, whichever pages it visits
  history.keepsSteps = true
  const write = { entry: history.pushState.bind(history), correction: history.replaceState.bind(history) }
  let acted = false
  for (const type of DONE_BY_HAND) addEventListener(type, (event) => (acted ||= event.isTrusted), { capture: true })
  addEventListener("popstate", () => (acted = false), { capture: true })
  history.pushState = history.replaceState = (state, title, url) => {
    const changes = new URL(url, location.href).href !== location.href
    const [oldest] = chosen.awaited
    write[(acted || oldest) && changes ? "entry" : "correction"](state, title, url)
    if (!changes) return
    acted = false
    chosen.awaited.delete(oldest)
    dispatchEvent(new Event("addresschange")) // as popstate says it of Back
  }
}

/** Put right an address that asked for what isn't there; Streamlit then takes it up as if Back had led there. */
function mend(query) {
  if (location.search.replace(/^\?/, "") === query) return
  history.replaceState({}, "", location.pathname + (query && `?${query}`))
  dispatchEvent(new PopStateEvent("popstate"))
}
