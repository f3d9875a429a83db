"""What can be asked of a page in a browser beyond what axe asks, each a script that names what is wrong.

They look into components too, whose elements are hidden from `document.querySelectorAll`.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

# Streamlit's own: the arrow of a list, the buttons of a number and of what was chosen do what keys do in their field.
_FIELDS = "[data-testid=stSelectbox], [data-testid=stMultiSelect], [data-testid=stNumberInput]"
_TREE = f"""
  const fields = {_FIELDS!r}
  const all = root => [...root.querySelectorAll('*')].flatMap(e => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])])
  const above = e => e.parentElement ?? e.getRootNode().host
  const chain = e => e ? [e, ...chain(above(e))] : []
  const within = (e, selector) => chain(e).some(at => at.matches(selector))
  const drawn = e => e.checkVisibility({{visibilityProperty: true, opacityProperty: true}})
  const seen = e => drawn(e) && e.getBoundingClientRect().width > 1
  const words = e => e.getAttribute('aria-label') || e.getAttribute('title') || e.textContent.trim().slice(0, 40)
  const called = e => `${{e.tagName.toLowerCase()}}.${{e.getAttribute('class') ?? ''}} ${{words(e)}}`
  const elements = all(document.querySelector('[data-testid=stApp]')).filter(seen)
"""

FAINT = """ // text of charts, which axe leaves out: contrast with the nearest opaque ground below the limit
  const channels = css => {
    const numbers = css.match(/[\\d.]+/g).map(Number)
    const scale = css.startsWith('color(') ? 255 : 1
    return [...numbers.slice(0, 3).map(n => n * scale), numbers[3] ?? 1]
  }
  const luminance = rgb => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const value = rgb[i] / 255
    return sum + weight * (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  }, 0)
  return elements.filter(e => e.matches('svg text') && e.textContent.trim()).flatMap(text => {
    const style = getComputedStyle(text), ink = channels(style.fill)
    let opacity = ink[3] * style.fillOpacity, ground = [255, 255, 255]
    for (let e = text, found = false; e; e = above(e)) {
      const behind = channels(getComputedStyle(e).backgroundColor)
      opacity *= getComputedStyle(e).opacity
      if (!found && behind[3] === 1) [ground, found] = [behind, true]
    }
    if (!opacity) return []
    const pair = [ground, ground.map((g, i) => opacity * ink[i] + (1 - opacity) * g)].map(luminance)
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
    return ratio < limit ? [`${text.textContent} ${ratio.toFixed(2)}`] : []
  })
"""

NAMELESS = """ // pictures without a word for who doesn't see them: neither their own nor that of what they stand in
  const speaks = 'canvas, img, svg, figure, button, a, [role=img], [role=figure], [role=button], [role=group]'
  const named = e => ['aria-label', 'alt'].some(name => e.getAttribute(name)?.trim())
  return elements.filter(e => e.matches('canvas, img, svg') && !within(e, '[aria-hidden=true], [role=presentation]'))
    .filter(e => !chain(e).some(at =>
      (at.matches(speaks) && named(at)) || (at.matches('button, a, summary, label') && at.textContent.trim())))
    .map(called)
"""

UNREACHED = """ // what can be pressed but not reached by Tab or, from one of its kind beside it, by arrows
  const press = 'button, a[href], input, select, textarea, summary, [role=button], [role=slider], [role=radio]'
  const beside = e => [above(e), above(above(e))].flatMap(group => [...(group?.querySelectorAll(e.tagName) ?? [])])
  return elements.filter(e => e.matches(press) && !within(e, fields) && !e.disabled)
    .filter(e => e.tabIndex < 0 && !beside(e).some(other => other.tabIndex >= 0))
    .map(called)
"""

UNMARKED = """ // where the keyboard stands without showing it; a key must have been the last that was pressed
  const marks = ['outline', 'outlineOffset', 'boxShadow', 'borderColor', 'backgroundColor', 'stroke']
  const look = e => { const style = getComputedStyle(e); return marks.map(name => style[name]).join() }
  const place = e => Object.values(e.getBoundingClientRect().toJSON()) // of what shows itself only there
  const looks = e => [...[...e.querySelectorAll('*'), ...chain(e).slice(0, 5)].map(look), ...place(e)].join()
  const frame = () => new Promise(requestAnimationFrame)
  const stop = 'button, a[href], input, select, textarea, summary, [tabindex]'
  const stops = elements.filter(e => e.tabIndex >= 0 && e.matches(stop) && !e.matches('main') && !e.disabled)
  const found = []
  document.activeElement.blur()
  for (const e of stops) {
    const before = looks(e)
    e.focus({preventScroll: true})
    for (let frames = 0; looks(e) === before && frames < 5; frames++) await frame()
    if (e.matches(':focus') && looks(e) === before) found.push(called(e))
    e.blur()
  }
  return found
"""

COVERED = """ // what can be pressed but, scrolled to, lies under something else, or beyond a still edge
  const press = 'button, a[href], input, summary, [role=button]'
  const hit = (root, x, y) => {
    const found = root.elementFromPoint(x, y)
    return found?.shadowRoot && found.shadowRoot !== root ? hit(found.shadowRoot, x, y) ?? found : found
  }
  const scrolls = '.numbers, .pictures, [data-testid=stSidebar]'
  return elements.filter(e => e.matches(press) && !within(e, '[aria-hidden=true], svg, [data-testid=stSlider]'))
    .filter(e => {
      e.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'})
      const {left, right, top, width, height} = e.getBoundingClientRect()
      if (left < -1 || right > innerWidth + 1) return !within(e, scrolls)
      const found = hit(document, left + width / 2, top + height / 2)
      return !found || !(chain(found).includes(e) || above(e).contains(found) || found.contains(e))
    })
    .map(called)
"""

MOVING = """ // what would glide or spin
  const long = durations => durations.split(',').some(each => parseFloat(each) > 0)
  return elements.filter(e => ['', '::before', '::after'].some(part => {
    const style = getComputedStyle(e, part)
    const plays = style.animationName !== 'none' && long(style.animationDuration)
    return plays || long(style.transitionDuration) || style.scrollBehavior === 'smooth'
  })).map(called)
"""

SMALL = """ // words in letters of fewer pixels than the limit, as they come to the screen; exponents may be smaller
  return elements.flatMap(e => {
    const own = [...e.childNodes].filter(node => node.nodeType === 3).map(node => node.textContent.trim()).join('')
    if (!own || e.matches('style, script, sup') || e.getAttribute('dy')?.startsWith('-')) return []
    const matrix = e.ownerSVGElement && e.getScreenCTM?.()
    const pixels = parseFloat(getComputedStyle(e).fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1)
    return pixels < limit - 0.1 ? [`${pixels.toFixed(1)} pixels: ${called(e)}`] : []
  })
"""


def faults(page: Page, check: str, limit: float = 0.0) -> list[Any]:
    """What a check finds wrong with a page."""
    return page.evaluate(f"async limit => {{ {_TREE} {check} }}", limit)
