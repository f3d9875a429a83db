// What is large and the same for many is fetched once, by the name that a message says (explorer/live/shelf.py).

import { appAddress } from "./address.js"

const ASK_AGAIN_MS = 250 // at first; twice as long each time, up to the longest
const ASK_LATEST_MS = 4000

/** What stands on the server's shelf under a name; undefined as soon as it is `wanted` no more. */
export const fetched = (name, wanted) =>
  globalThis.explorerShelf?.get(name) ?? shelved(name, wanted, (answer) => answer.json()) // a published page has its own

/** The same of what `read` makes of the answer. */
export async function shelved(name, wanted, read, wait = ASK_AGAIN_MS) {
  const answer = await fetch(`${appAddress()}shelf/${name}`).catch(() => undefined) // the server may be away for a moment
  if (answer?.ok) return read(answer)
  await new Promise((resolve) => setTimeout(resolve, wait))
  return wanted() ? shelved(name, wanted, read, Math.min(2 * wait, ASK_LATEST_MS)) : undefined
}
