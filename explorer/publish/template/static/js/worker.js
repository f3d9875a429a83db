// Runs the networks, off the thread that draws: a message is {id, file, x, shape, beta}, an answer {id, outputs: name ->
// Float32Array, pixels} or {id, wrong}. Pixels are the decoder's, uint8 as a canvas has them.

self.importScripts("../../ort/ort.wasm.min.js")

const runtime = self.ort

const RUNTIME = "ort-wasm-simd.wasm"
const VALUES = 3 * 32 * 32
const PLANE = 32 * 32
const sessions = new Map()

runtime.env.wasm.numThreads = 1 // more need headers that a plain static host doesn't send
runtime.env.logLevel = "error"

const ready = unpack()

// It lies there compressed, for hosts that compress nothing: 2.9 MB instead of 10.6.
async function unpack() {
  const answer = await fetched(`../../ort/${RUNTIME}.packed`)
  const whole = new Response(answer.body.pipeThrough(new DecompressionStream("gzip")))
  const blob = new Blob([await whole.arrayBuffer()], { type: "application/wasm" })
  runtime.env.wasm.wasmPaths = { [RUNTIME]: URL.createObjectURL(blob) }
}

async function fetched(path) {
  const answer = await fetch(new URL(path, location.href))
  if (!answer.ok) throw new Error(`${path.split("/").pop()} isn't there (${answer.status})`)
  return answer
}

function session(file) {
  if (!sessions.has(file)) sessions.set(file, open(file))
  return sessions.get(file)
}

async function open(file) {
  const [network] = await Promise.all([fetched(`../../networks/${file}.onnx`).then((answer) => answer.arrayBuffer()), ready])
  return runtime.InferenceSession.create(new Uint8Array(network), { executionProviders: ["wasm"] })
}

function asPixels(floats) {
  const pixels = new Uint8ClampedArray(floats.length) // rounds, and keeps to 0..255
  for (let from = 0; from < floats.length; from += VALUES) {
    for (let i = 0; i < PLANE; i++) for (let c = 0; c < 3; c++) pixels[from + 3 * i + c] = 255 * floats[from + c * PLANE + i]
  }
  return pixels
}

onmessage = async ({ data: { id, file, x, shape, beta } }) => {
  try {
    const network = await session(file)
    if (!x) return postMessage({ id, outputs: {} })
    const fed = { x: new runtime.Tensor("float32", x, shape) }
    if (beta !== null) fed.beta = new runtime.Tensor("float32", beta, [shape[0]])
    const found = await network.run(fed)
    const outputs = Object.fromEntries(Object.entries(found).map(([name, tensor]) => [name, tensor.data]))
    postMessage({ id, outputs, pixels: outputs.pixels && asPixels(outputs.pixels) })
  } catch (error) {
    sessions.delete(file)
    postMessage({ id, wrong: error.message ?? String(error) })
  }
}
