/** The app's own address, with a slash at the end, wherever a proxy or server.baseUrlPath has put it. */
export function appAddress() {
  const script = [...document.scripts].find(({ src }) => src.includes("/static/js/"))
  return script ? script.src.replace(/static\/js\/.*$/, "") : new URL("./", location.href).href
}
