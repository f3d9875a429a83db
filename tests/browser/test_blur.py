"""Blur as only a browser shows it: the loupe over all pictures, the wipe, figures to take away."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.chromium import wait_settled

_PATIENCE_MS = 60_000  # on a machine with much else to do
OPEN = "/blur?source=Shapes&models=beta 0.001&models=beta 0.1&section=Same rate"


@pytest.fixture
def opened(page: Page) -> Page:
    return reopened(page, OPEN)


def reopened(page: Page, address: str) -> Page:
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(address)
    page.locator("[data-picture=microscope][data-version]").wait_for()
    wait_settled(page, _PATIENCE_MS / 1000)
    return page


def shown(page: Page, where: str) -> list[str]:
    """What canvases show, as data addresses: "slide" the whole pictures, "lens" what is under the loupe."""
    return page.locator(f".{where} canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")


def frames(page: Page) -> set[str]:
    return set(page.locator(".frame").evaluate_all("all => all.map(frame => frame.style.left + frame.style.top)"))


def hover(slide: Locator, x: float, y: float) -> None:
    """Point at a share of its width and height."""
    box = slide.bounding_box()
    assert box
    slide.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_loupe_moves_over_all_pictures_at_once_and_stands_in_the_link(opened: Page):
    slides = opened.locator(".slide")
    assert slides.count() == 3
    seen = set()
    for x in (0.2, 0.5, 0.8):
        hover(slides.nth(1), x, 0.5)
        (place,) = frames(opened)  # the same in all
        seen.add((place, *shown(opened, "lens")))
    assert len({place for place, *_ in seen}) == 3
    assert all(len({each[i] for each in seen}) == 3 for i in (1, 2, 3))  # what lies under it changed in every column
    hover(slides.nth(2), 0.5, 0.5)
    opened.wait_for_url("**loupe=12*")
    bench = opened.get_by_role("group", name="Loupe over all pictures")
    opened.mouse.move(0, 0)
    bench.focus()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowUp")
    expect(opened.locator(".said")).to_have_text("Loupe at column 14, row 12")
    opened.get_by_role("button", name="image 3").click()
    bench.focus()
    opened.keyboard.press("ArrowDown")
    column, row = re.findall(r"\d+", opened.locator(".said").inner_text())
    loupe = [f"{int(column) - 1},{int(row) - 1}"]
    opened.wait_for_url(lambda url: parse_qs(urlsplit(url).query).items() >= {"image": ["3"], "loupe": loupe}.items())
    wait_settled(opened)
    pictures, under = shown(opened, "slide"), shown(opened, "lens")
    reopened(opened, opened.url)
    assert shown(opened, "slide") == pictures
    assert shown(opened, "lens") == under


def test_wipe_and_error(opened: Page):
    original, sharp, blurred = shown(opened, "slide")
    opened.get_by_role("button", name="Wipe").click()
    half = shown(opened, "slide")
    assert half[0] == original
    assert half[1:] != [sharp, blurred]
    slide = opened.locator(".slide").nth(2)
    hover(slide, 0.5, 0.5)
    opened.mouse.down()
    hover(slide, 0.999, 0.5)
    assert shown(opened, "slide") == [original] * 3  # the edge is at the right end of all
    hover(slide, 0.001, 0.5)
    assert shown(opened, "slide") == [original, sharp, blurred]
    opened.mouse.up()
    opened.get_by_role("button", name="Error", exact=True).click()
    assert len({*shown(opened, "slide"), original, sharp, blurred}) == 5
    opened.wait_for_url("**view=error*")
    expect(opened.get_by_text("brighter")).to_be_visible()


def test_the_loupe_shows_both_sides_of_the_wipe_wherever_it_stands(opened: Page):
    """Left of the wipe's edge too, where the picture shows the original."""
    slide = opened.locator(".slide").nth(2)
    for x in (0.125, 0.875):  # whole pixels, so that the loupe stands at either end of the picture
        hover(slide, x, 0.5)
        original, _, blurred = (columns(opened, i) for i in range(3))
        assert original != blurred
        opened.get_by_role("button", name="Wipe").click()
        hover(slide, x, 0.5)
        assert columns(opened, 0) == original
        assert columns(opened, 2) == original[:4] + blurred[4:]
        opened.get_by_role("button", name="Reconstruction").click()


def columns(page: Page, i: int) -> list[str]:
    """What is under the loupe of the ith picture, column by column, as its pixels' bytes."""
    read = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 8, 8).data)"
    values = page.locator(".lens canvas").nth(i).evaluate(read)
    return [str([values[32 * y + 4 * x : 32 * y + 4 * x + 4] for y in range(8)]) for x in range(8)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_words_of_a_chart_can_be_read(page: Page, theme: Literal["light", "dark"]):
    page.emulate_media(color_scheme=theme)
    reopened(page, OPEN)
    ground = luminance(page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor"))
    words = page.locator(".js-plotly-plot").first.locator(".xtick text, .ytick text, .xtitle, .ytitle, .legendtext")
    colours = set(words.evaluate_all("all => all.map(e => getComputedStyle(e).fill)"))
    assert colours
    for lighter, darker in (sorted((ground, luminance(colour)), reverse=True) for colour in colours):
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, colours


def luminance(rgb: str) -> float:
    """Of "rgb(r, g, b)": WCAG 2.2, relative luminance."""
    shares = [int(c) / 255 for c in re.findall(r"\d+", rgb)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_figure_can_be_taken_away(opened: Page):
    with opened.expect_download() as download:
        opened.get_by_role("button", name="sharpness-by-rate as PNG").click()
    assert download.value.suggested_filename == "sharpness-by-rate-cifar-10-1000-images.png"
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert picture.width == 1920
    with opened.expect_download() as download:
        opened.get_by_role("button", name="sharpness-by-rate as SVG").click()
    assert download.value.suggested_filename == "sharpness-by-rate-cifar-10-1000-images.svg"
    assert Path(download.value.path()).read_text().startswith("<svg")
    with opened.expect_download() as download:
        opened.get_by_role("button", name="sharpness-by-rate as CSV").click()
    header, *rows = Path(download.value.path()).read_text().splitlines()
    assert header.startswith('model,family,beta,"MSE, pixels 0 to 1","PSNR, dB"')
    assert len(rows) > 10


def test_columns_stand_apart_on_a_small_screen(page: Page):
    page.set_viewport_size({"width": 1024, "height": 768})
    reopened(page, "/blur?source=Shapes")
    edges = page.locator("figure dl").evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().left, e.scrollWidth])"
    )
    assert len(edges) == 7
    assert all(left + width <= right for (left, width), (right, _) in pairwise(edges))


def test_a_phone_shows_it_without_scrolling_sideways(opened: Page):
    opened.set_viewport_size({"width": 390, "height": 844})
    wait_settled(opened)
    main = opened.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    box = opened.locator(".slide").nth(2).bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
    assert box["width"] > 100
