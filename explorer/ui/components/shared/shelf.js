// What is large and the same for many is fetched once, by the name that a message says (explorer/live/shelf.py).

import { appAddress } from "./address.js"

const ASK_AGAIN_MS = 250 // at first; twice as long each time, up to the longest
const ASK_LATEST_MS = 4000

/** What stands on the server's shelf under a name; undefined as soon as it is `wanted` no more. */
export async function fetched(name, wanted, wait = ASK_AGAIN_MS) {
  const answer = await fetch(`${appAddress()}shelf/${name}`).catch(() => undefined) // the server may be away for a moment
  if (answer?.ok) return answer.json()
  await new Promise((resolve) => setTimeout(resolve, wait))
  return wanted() ? fetched(name, wanted, Math.min(2 * wait, ASK_LATEST_MS)) : undefined
}
