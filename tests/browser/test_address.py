"""Back and Forward over several pages, in a browser."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.chromium import wait_settled

_PATIENCE_MS = 60_000
_LOOK_EVERY_MS = 50
# Which image is chosen on Start; the ends, the position and the steps on Interpolate; choices on Compare; pictures.
_SEEN = """() => {
  const parts = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map(e => e.shadowRoot ?? e)
  const all = (selector, say) => [document, ...parts].flatMap(part => [...part.querySelectorAll(selector)].map(say))
  const pressed = '.row button[aria-pressed="true"], .images button[aria-pressed="true"]'
  return [
    all(`${pressed}, .morph .end small, .morph output`, e => e.ariaLabel || e.textContent),
    all('[data-testid=stMain] input[type=number]', e => e.value),
    all('[data-testid=stMain] [role=radio][aria-checked="true"]', e => e.innerText),
    all('[data-picture][data-version]', e => e.dataset.version),
  ]
}"""


class Walk:
    """A walk through the app that notes what the address says and what is seen, a stop for each step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops: list[tuple[str, list[Any]]] = []
        page.set_default_timeout(_PATIENCE_MS)
        page.emulate_media(reduced_motion="reduce")

    def seen(self) -> list[Any]:
        """What is chosen, and the versions of all pictures."""
        found = self.page.evaluate(_SEEN)
        assert isinstance(found, list)
        return found

    def stop(self, address: str, redraws: bool = True) -> None:
        """Note where the walk stands, once the address matches and the pictures, or whatever is seen, are others."""
        expect(self.page).to_have_url(re.compile(address))
        if self.stops:
            self.wait("!==", self.stops[-1][1], ".slice(-1)" if redraws else "")
        wait_settled(self.page)
        self.stops.append((self.page.url, self.seen()))

    def check(self, stop: tuple[str, list[Any]]) -> None:
        """What is seen and said must be as it was at a stop."""
        expect(self.page).to_have_url(stop[0])
        wait_settled(self.page)
        with suppress(TimeoutError):  # what differs, the assertion says better
            self.wait("===", stop[1])
        assert (self.page.url, self.seen()) == stop

    def wait(self, compared: str, stop: list[Any], part: str = "") -> None:
        """Until what is seen, or a part of it, compares so with what was seen at a stop."""
        now, then = (f"JSON.stringify({of}{part})" for of in (f"({_SEEN})()", "stop"))
        self.page.wait_for_function(f"stop => {now} {compared} {then}", arg=stop, polling=_LOOK_EVERY_MS)


def to_page(page: Page, name: str, waited_for: str) -> Locator:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    found = page.locator(waited_for).first
    found.wait_for()
    return found


def test_every_step_is_undone_and_redone_once_on_all_pages(page: Page) -> None:
    walk = Walk(page)
    page.goto("/?source=Shapes")
    page.locator('[data-picture="reconstruction"][data-version]').wait_for()
    walk.stop(r"/\?source=Shapes$")
    for image in (5, 7):
        page.get_by_role("button", name=re.compile(f"^Image {image}:")).click()
        walk.stop(f"image={image - 1}")
    page.get_by_role("button", name="Others").click()
    walk.stop("seed=1$")
    to_page(page, "Interpolate", ".morph[data-version]")
    walk.stop("/interpolate.source=Shapes$")
    page.get_by_role("button", name="Shuffle").click()
    expect(page).to_have_url(re.compile("index_a=.*index_b="))
    for end, field in enumerate(("A: image", "B: image")):  # fields and pictures come one after the other
        index = parse_qs(urlsplit(page.url).query)[f"index_{field[0].lower()}"][0]
        expect(page.get_by_role("spinbutton", name=field)).to_have_value(index)
        expect(page.locator(".morph .end small").nth(end)).to_contain_text(re.compile(f"image {int(index):,}$"))
    walk.stop("index_a=.*index_b=")
    page.get_by_role("slider", name="Position from A to B").press("PageUp")
    walk.stop("t=0.625", redraws=False)
    page.get_by_role("slider", name="Steps of the filmstrip").press("ArrowLeft")
    walk.stop("steps=5")
    to_page(page, "Compare", '[data-picture="reconstructions"][data-version]')
    walk.stop("/compare.source=Shapes$")
    page.get_by_role("radio", name="absolute").click()
    walk.stop("error=absolute")
    page.get_by_role("spinbutton", name="Seed").fill("7")
    page.get_by_role("spinbutton", name="Seed").press("Enter")
    walk.stop("seed=7")
    to_page(page, "Blur", '[data-picture="microscope"][data-version]')
    walk.stop("/blur")
    page.get_by_role("button", name="image 3", exact=False).first.click()
    walk.stop("image=3", redraws=False)
    page.get_by_role("radio", name="Where blur comes from").click()
    walk.stop("section=Where")

    for stop in walk.stops[-2::-1]:
        page.go_back()
        walk.check(stop)
    for stop in walk.stops[1:]:
        page.go_forward()
        walk.check(stop)


@pytest.mark.parametrize("address", ["/?source=moon&image=77&model=none", "/interpolate?split=test&t=7"])
def test_back_from_a_link_that_was_put_right_leaves_it(page: Page, address: str) -> None:
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_text("The link asks for").first).to_be_visible(timeout=_PATIENCE_MS)
    expect(page).not_to_have_url(re.compile("moon|image=77|t=7"))
    wait_settled(page)
    expect(page.get_by_text("The link asks for").first).to_be_visible()
    page.go_back()
    assert page.url == "about:blank"
