// Put into every page before its own scripts: when is a picture on the screen?
// A picture is an element that says its version (data-version), or an <img>, whose address is its version.
window.stopwatch = (() => {
  const within = (root, selector) => {
    const found = root.querySelector(selector)
    if (found) return found
    for (const host of root.querySelectorAll('*')) {
      const inside = host.shadowRoot && within(host.shadowRoot, selector)
      if (inside) return inside
    }
    return null
  }
  const version = picture => picture && (picture.dataset.version ?? picture.src)
  const frame = () => new Promise(resolve => requestAnimationFrame(resolve))

  const onScreen = picture => {
    const { top, bottom, width } = picture.getBoundingClientRect()
    return width > 0 && bottom > 0 && top < innerHeight
  }

  // Resolves with the time at which a picture of a version other than `before` has been decoded and painted.
  async function shown(selector, before) {
    const deadline = performance.now() + 60_000
    while (performance.now() < deadline) {
      const picture = within(document, selector)
      const now = version(picture)
      if (now && now !== before && onScreen(picture)) {
        const images = picture.matches('img') ? [picture] : [...picture.querySelectorAll('img')]
        const decoded = await Promise.allSettled(images.map(image => image.decode()))
        await frame() // drawn in the paint that ends this frame,
        await frame() // which is over when the next begins
        const stands = version(within(document, selector)) === now
        if (stands && decoded.every(({ status }) => status === 'fulfilled')) return performance.now()
      } else {
        await frame()
      }
    }
    throw new Error(`no new ${selector} on the screen within a minute`)
  }

  return {
    // The first element of a selector, wherever it stands.
    within,

    // Unix time, ms, at which the first picture is on the screen.
    first: async selector => performance.timeOrigin + await shown(selector, null),

    // Start at the next release of the pointer; `elapsed` becomes the ms from there to a new picture.
    arm: selector => {
      const before = version(within(document, selector))
      window.elapsed = new Promise((resolve, reject) => {
        const released = event => shown(selector, before).then(end => resolve(end - event.timeStamp), reject)
        window.addEventListener('pointerup', released, { capture: true, once: true })
      })
    },

    // Count frames, and frames in which something was drawn on a canvas, until `stop`.
    countFrames: () => {
      const prototype = CanvasRenderingContext2D.prototype
      const drawImage = prototype.drawImage
      let frames = 0, drawn = 0, dirty = false, running = true
      prototype.drawImage = function (...args) { dirty = true; return drawImage.apply(this, args) }
      const start = performance.now()
      const tick = () => {
        if (!running) return
        frames += 1
        if (dirty) drawn += 1
        dirty = false
        requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
      window.stopCounting = () => {
        running = false
        prototype.drawImage = drawImage
        const seconds = (performance.now() - start) / 1000
        return { seconds, fps: frames / seconds, drawn_fps: drawn / seconds }
      }
    },
  }
})()
