// Keeps one version of these pages, whole, so that they open without a network after the first visit. Written anew with
// each publication: another version takes the place of this one when no page of it is open any more.

const VERSION = "{version}"
const FILES = ["{files}"]
const OURS = `vae-explorer ${self.registration.scope} `
const HERE = OURS + VERSION

addEventListener("install", (event) => event.waitUntil(keep()))
addEventListener("activate", (event) => event.waitUntil(take()))
addEventListener("fetch", (event) => {
  const { request } = event
  if (request.method === "GET" && request.url.startsWith(self.registration.scope)) event.respondWith(answer(request))
})

async function keep() {
  const cache = await caches.open(HERE)
  await cache.addAll(FILES.map((name) => new Request(name, { cache: "no-cache" }))) // all of them, or it is tried again
}

async function take() {
  for (const name of await caches.keys()) if (name.startsWith(OURS) && name !== HERE) await caches.delete(name)
  await self.clients.claim()
}

async function answer(request) {
  const address = new URL(request.url)
  if (request.mode === "navigate") {
    const path = address.pathname.slice(new URL(self.registration.scope).pathname.length)
    const folder = path.replace(/index\.html$/, "")
    if (folder && !folder.endsWith("/")) return Response.redirect(`${self.registration.scope}${folder}/${address.search}`)
    address.pathname = new URL(`${folder}index.html`, self.registration.scope).pathname
  }
  const cache = await caches.open(HERE)
  return (await cache.match(address.origin + address.pathname)) ?? fetch(request)
}
