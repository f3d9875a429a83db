// Keys that mean something to what has the focus.

/** What a pressed key means, a name of a key to anything; undefined for others, which keep their way to the browser. */
export function meaning(event, keys) {
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return undefined
  event.preventDefault()
  return keys[event.key]
}

/** Frames that a slider's keys move by, `page` the two big ones; Home and End are the browser's own. */
export const steps = (page) => ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page, PageDown: -page })

const TYPED_INTO = "textarea, select, [contenteditable], [role=listbox], [role=option], [role=combobox], input:not([type=range], [type=checkbox], [type=radio], [type=button])"

/** Whether a key is a letter of what somebody writes, or looks for in a list, and so no command. */
export const isTyped = (event) => event.composedPath()[0].matches?.(TYPED_INTO) ?? false
