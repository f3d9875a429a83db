"""The start page's figure, in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import renewed, wait_settled

PICTURE = '[data-picture="reconstruction"]'
PIXELS = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 32, 32).data)"


@pytest.fixture
def start(page: Page) -> Page:
    page.emulate_media(reduced_motion="reduce")  # nothing moves by itself
    page.goto("/?source=Shapes")
    wait_shown(page)
    return page


def wait_shown(page: Page) -> None:
    page.locator(f"{PICTURE}[data-version]").wait_for(timeout=60_000)
    wait_settled(page)


def pixels(page: Page, selector: str = PICTURE) -> list[int]:
    return page.locator(selector).evaluate(PIXELS)


def test_the_picture_is_there_and_resampling_takes_no_server(start: Page) -> None:
    drawn = pixels(start)
    assert max(drawn[::4]) - min(drawn[::4]) > 20
    assert pixels(start, ".original canvas") != drawn
    start.context.set_offline(True)
    with renewed(start, "reconstruction"):
        start.get_by_role("button", name="Resample", exact=True).click()
    resampled = pixels(start)
    assert resampled != drawn
    with renewed(start, "reconstruction"):
        start.get_by_role("button", name="Use the mean").click()
    assert pixels(start) not in (drawn, resampled)
    expect(start.get_by_text("from the mean")).to_be_visible()


def test_it_moves_by_itself_for_a_while_and_on_demand(apart: Page) -> None:
    apart.clock.install()
    apart.goto("/?source=Shapes")
    apart.locator(f"{PICTURE}[data-version]").wait_for(timeout=60_000)
    keep, stop = (apart.get_by_role("button", name=f"{what} resampling") for what in ("Keep", "Stop"))
    expect(stop).to_be_visible()
    expect(keep).to_have_count(0)
    with renewed(apart, "reconstruction"):
        pass
    apart.clock.run_for(20_000)
    keep.click()
    with renewed(apart, "reconstruction"):
        pass
    stop.click()
    expect(keep).to_be_visible()


def test_a_chosen_image_stands_in_the_link(start: Page) -> None:
    original = pixels(start, ".original canvas")
    with renewed(start, "reconstruction"):
        start.get_by_role("button", name=re.compile("Image 4")).click()
    expect(start).to_have_url(re.compile("image=3"))
    chosen = pixels(start, ".original canvas")
    assert chosen != original
    start.reload()
    wait_shown(start)
    assert pixels(start, ".original canvas") == chosen
    expect(start.get_by_role("button", name=re.compile("Image 4"))).to_have_attribute("aria-pressed", "true")


def test_others_come_also_after_a_page_whose_seed_is_a_widget(start: Page) -> None:
    start.get_by_role("link", name="Compare").first.click()
    start.get_by_test_id("stNumberInputField").wait_for()
    wait_settled(start)
    start.get_by_role("link", name="Start").first.click()
    wait_shown(start)
    with renewed(start, "reconstruction"):
        start.get_by_role("button", name="Others").click()
    expect(start).to_have_url(re.compile("seed=1"))


def test_a_dimension_is_named_under_the_pointer_and_by_the_keyboard(start: Page) -> None:
    strip, readout = start.locator(".strip"), start.locator(".readout")
    expect(readout).to_contain_text("of 128 dimensions")
    strip.hover(position={"x": 200, "y": 60})
    expect(readout).to_contain_text(re.compile(r"dimension \d+: mean .*, std .*, z .*, KL .* nats"))
    start.mouse.move(0, 0)
    strip.focus()
    start.keyboard.press("ArrowRight")
    first = readout.inner_text()
    start.keyboard.press("ArrowRight")
    assert first.startswith("dimension")
    assert readout.inner_text() not in (first, "")


def test_the_error_stays_under_its_picture(start: Page) -> None:
    for width, height in ((1280, 800), (1024, 768), (853, 533)):
        start.set_viewport_size({"width": width, "height": height})
        shown = start.locator(".error").evaluate("p => [p.scrollWidth, p.clientWidth]")
        assert shown[0] <= shown[1], width


def test_it_stacks_on_a_narrow_screen(start: Page) -> None:
    start.set_viewport_size({"width": 390, "height": 844})
    boxes = [start.locator(s).bounding_box() for s in (".original", ".encoder", ".latent", ".decoder", PICTURE)]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 5
    assert tops == sorted(tops)
    assert start.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
