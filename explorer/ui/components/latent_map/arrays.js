// Arrays of numbers as explorer/ui/components/latent_map.py packs them.

/** Base64 of little-endian numbers, as an array of a type. */
export function unpacked(text, Type = Float32Array) {
  return new Type(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer)
}

/** A number as short as its place on a screen needs it, on which so many units are seen. */
export function rounded(value, seen) {
  const digits = Math.max(0, Math.ceil(2.5 - Math.log10(seen)))
  return Number(value.toFixed(Math.min(6, digits)))
}
