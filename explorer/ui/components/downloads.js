// Brings files: it hears from the server, and tells it what is asked for. It shows nothing.

import { post } from "./shared/post.js"

export default function ({ data, setStateValue }) {
  post.hear(data, (asked) => setStateValue("asked", asked))
}
