"""What holds of every page in a browser: it can be read, reached, told apart, and fits the window."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from explorer import units
from explorer.glossary import TERMS
from tests.chromium import wait_settled
from tests.server import PROJECT

PAGES = sorted(path.stem for path in (PROJECT / "explorer" / "pages").glob("[!_]*.py"))
WIDTHS = (1280, 1024, 853, 390)  # 853 is 1280 at a zoom of 150 %
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]}
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
# Text of charts, which axe leaves out: contrast with the nearest opaque ground behind it, where it is too low.
FAINT = """least => {
  const channels = css => {
    const numbers = css.match(/[\\d.]+/g).map(Number)
    const scale = css.startsWith('color(') ? 255 : 1
    return [...numbers.slice(0, 3).map(n => n * scale), numbers[3] ?? 1]
  }
  const luminance = rgb => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const value = rgb[i] / 255
    return sum + weight * (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  }, 0)
  const above = element => element.parentElement ?? element.getRootNode().host
  const all = root => [...root.querySelectorAll('*')].flatMap(e => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])])
  return all(document).filter(e => e.matches('svg text') && e.textContent.trim()).flatMap(text => {
    const style = getComputedStyle(text), ink = channels(style.fill)
    let opacity = ink[3] * style.fillOpacity, ground = [255, 255, 255]
    for (let e = text, found = false; e; e = above(e)) {
      const behind = channels(getComputedStyle(e).backgroundColor)
      opacity *= getComputedStyle(e).opacity
      if (!found && behind[3] === 1) [ground, found] = [behind, true]
    }
    if (!opacity || !text.getBoundingClientRect().width) return []
    const pair = [ground, ground.map((g, i) => opacity * ink[i] + (1 - opacity) * g)].map(luminance)
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
    return ratio < least ? [`${text.textContent} ${ratio.toFixed(2)}`] : []
  })
}"""
# The names of buttons, but for those of Streamlit beside a list ("Open") or a number: they belong to its label.
NAMES = """buttons => buttons
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .filter(e => !e.closest('[data-testid=stSelectbox], [data-testid=stMultiSelect], [data-testid=stNumberInput]'))
  .map(e => e.getAttribute('aria-label') || e.innerText.trim() || e.title)"""
# What can be read, of charts and components too, a line a text; and what words are explained: [key, what is said].
READ = """() => {
  const seen = { text: '', words: [] }
  const read = root => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) seen.text += node.textContent
      if (node.nodeType !== Node.ELEMENT_NODE || ['STYLE', 'SCRIPT'].includes(node.tagName)) continue
      const { display } = getComputedStyle(node)
      if (display !== 'contents' && !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      if (node.matches('button.term')) seen.words.push([node.dataset.term, node.getAttribute('aria-description')])
      if (node.shadowRoot) read(node.shadowRoot)
      read(node)
      if (node.ownerSVGElement || display !== 'inline') seen.text += '\\n'
    }
  }
  read(document.body)
  return seen
}"""
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


@pytest.fixture(params=PAGES)
def opened(request: pytest.FixtureRequest, page: Page) -> Page:
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    page.goto(f"/{request.param}?source=Shapes")
    wait_settled(page)
    return page


def test_a_page_can_be_read_told_apart_and_seen_whole(opened: Page):
    page = opened
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_function(
            "theme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === theme", arg=theme
        )
        wait_settled(page)
        assert not [
            (fault["help"], node["target"], node["html"])
            for fault in Axe().run(page, options=RULES).response["violations"]
            for node in fault["nodes"]
        ]
        assert not page.evaluate(FAINT, LEAST_CONTRAST), f"in the {theme} theme"
    names = page.get_by_role("button").evaluate_all(NAMES)
    assert all(names), names
    assert not [name for name, count in Counter(names).items() if count > 1]
    assert_words_are_explained(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{width} pixels"


def assert_words_are_explained(page: Page) -> None:
    """Each word of the trade that the page shows is explained on it, with a number that the page shows."""
    seen = page.evaluate(READ)
    explained = dict(seen["words"])
    used = {key for key, term in TERMS.items() if term.pattern.search(seen["text"])}
    assert explained.keys() == used
    for key, said in explained.items():
        numbers = {*NUMBER.findall(said.removeprefix(TERMS[key].meaning))} - {f"{units.PIXEL_VALUES:,}"}
        assert numbers & {*NUMBER.findall(seen["text"])}, said


def test_a_folded_sidebar_hides_no_title(page: Page):
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto("/claims")
    wait_settled(page)
    page.get_by_test_id("stSidebarHeader").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    page.get_by_test_id("stExpandSidebarButton").wait_for()
    title = page.get_by_role("heading", level=1)
    assert title.evaluate(
        """title => {
          const {left, top, width, height} = title.getBoundingClientRect()
          return [[left + 1, top + 1], [left + width - 1, top + height / 2]].every(
            ([x, y]) => document.elementFromPoint(x, y) === title)
        }"""
    )
