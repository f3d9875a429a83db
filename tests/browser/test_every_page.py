"""What holds of every page in a browser: it can be read, reached, told apart, and fits the window."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from explorer import units
from explorer.glossary import TERMS
from tests import access
from tests.chromium import wait_settled
from tests.server import PROJECT

PAGES = sorted(path.stem for path in (PROJECT / "explorer" / "pages").glob("[!_]*.py"))
VIEWS = [  # of a page that draws another thing in each
    "latents?view=holes&n=200",
    "latents?view=directions&n=200",
    "samples?view=between&from=3",
    "samples?view=numbers",
]
WIDTHS = (1280, 1024, 853, 640)  # 853 is 1280 at a zoom of 150 %, and 640 at one of 200 %
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
CONTRAST, HIGH_CONTRAST = "color-contrast", "color-contrast-enhanced"  # rules of axe
THEMES = {"light": [], "dark": [CONTRAST]}  # and rules that ask what the theme decides; none: all of them
DRAWINGS = {
    "exclude": [".main-svg"]
}  # Plotly's thousands of nodes have no names but their figure's: `access` looks at them
LEAST, HIGH = 4.5, 7.0  # the contrasts that these ask for: WCAG 2.2, 1.4.3 and 1.4.6
PROJECTED = 18  # pixels of the smallest letters at 1024 x 768
# The names of buttons, but for those of Streamlit beside a list ("Open") or a number: they belong to its label.
NAMES = """buttons => buttons
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .filter(e => !e.closest('[data-testid=stSelectbox], [data-testid=stMultiSelect], [data-testid=stNumberInput]'))
  .map(e => e.getAttribute('aria-label') || e.innerText.trim() || e.title)"""
# What can be read, of charts and components too, a line a text, but for the names of pages; and what words are
# explained: [key, what is said].
READ = """() => {
  const seen = { text: '', words: [] }
  const read = root => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) seen.text += node.textContent
      if (node.nodeType !== Node.ELEMENT_NODE || ['STYLE', 'SCRIPT', 'NAV'].includes(node.tagName)) continue
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


def at(page: Page, width: int, height: int = 800) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{width} pixels"


def dressed(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.wait_for_function(
        "theme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === theme", arg=theme
    )
    wait_settled(page)


def violations(page: Page, *rules: str) -> list[tuple[str, list[str], str]]:
    """What axe finds by some rules, or by all that are checked here."""
    options = {"runOnly": {"type": "rule", "values": rules}} if rules else {"runOnly": RULES}
    found = Axe().run(page, context=DRAWINGS, options=options).response["violations"]
    return [(fault["help"], node["target"], node["html"]) for fault in found for node in fault["nodes"]]


@pytest.fixture(params=[*PAGES, *VIEWS])
def opened(request: pytest.FixtureRequest, page: Page) -> Page:
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    page.goto(f"/{request.param}{'&' if '?' in request.param else '?'}source=Shapes")
    wait_settled(page)
    return page


def test_a_page_can_be_read_told_apart_reached_and_seen_whole(opened: Page):
    """One visit for all: opening a page takes longer than most of what is asked of it."""
    page = opened
    names = page.get_by_role("button").evaluate_all(NAMES)
    assert all(names), names
    assert not [name for name, count in Counter(names).items() if count > 1]
    assert_words_are_explained(page)
    assert not access.faults(page, access.NAMELESS)
    assert not access.faults(page, access.UNREACHED)
    page.keyboard.press("Tab")
    assert not access.faults(page, access.UNMARKED)
    page.emulate_media(reduced_motion="reduce")
    assert not access.faults(page, access.MOVING)
    for width in WIDTHS:
        at(page, width)
    at(page, 640, 400)
    page.get_by_test_id("stExpandSidebarButton").wait_for()
    assert not access.faults(page, access.COVERED)
    for width, theme in ((1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")):
        at(page, width)
        dressed(page, theme)
        assert not violations(page, *THEMES[theme]), f"{theme}, {width} pixels"
        assert not access.faults(page, access.FAINT, LEAST), f"{theme}, {width} pixels"
    can_be_read_from_the_last_row(page)


def can_be_read_from_the_last_row(page: Page) -> None:
    """In the projector view."""
    at(page, 1024, 768)
    page.keyboard.press("p")
    page.get_by_test_id("stSidebar").wait_for(state="hidden")
    for theme in THEMES:
        dressed(page, theme)
        assert not violations(page, HIGH_CONTRAST), theme
        assert not access.faults(page, access.FAINT, HIGH), theme
    assert not access.faults(page, access.SMALL, PROJECTED)
    assert not access.faults(page, access.COVERED)
    at(page, 1024, 768)


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
    page.goto("/claims?claim=blur")
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
