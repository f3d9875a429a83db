"""Interpolate as only a browser shows it: the drag, the keys, the film, the files."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.chromium import frames, renewed, wait_settled

_PATIENCE_MS = 180_000  # on a machine with much else to do


@pytest.fixture
def opened(page: Page) -> Page:
    return reopened(page, "/interpolate?source=Shapes")


def reopened(page: Page, address: str) -> Page:
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(address)
    page.locator("[data-picture=morph][data-version]").wait_for()
    wait_settled(page, _PATIENCE_MS / 1000)
    return page


def pixels(page: Page) -> list[str]:
    """What the canvases show, as data addresses."""
    return page.locator(".morph canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")


def box(element: Locator) -> FloatRect:
    """Where it stands, pixels."""
    found = element.bounding_box()
    assert found
    return found


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def version(page: Page, picture: str) -> str | None:
    return page.locator(f"[data-picture={picture}]").get_attribute("data-version")


def saved(page: Page, button: str) -> Image.Image:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))


def test_a_drag_draws_without_the_server_until_it_ends(apart: Page):
    sent: list[str | bytes] = []
    apart.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    apart.clock.install()
    reopened(apart, "/interpolate?source=Shapes")
    assert sent
    track = box(apart.locator(".morph input"))
    x, y, width = track["x"] + 12, track["y"] + track["height"] / 2, track["width"] - 24
    before, sent_before = pixels(apart), len(sent)
    apart.mouse.move(x, y)
    apart.mouse.down()
    seen = []
    for i in range(21):
        apart.mouse.move(x + width * i / 20, y)
        seen.append(pixels(apart))
    apart.clock.run_for(500)  # more than the hand rests before the server is told
    assert len(sent) == sent_before
    assert len({tuple(each) for each in seen}) == 21
    for canvas in range(3):
        assert len({each[canvas] for each in [before, *seen]}) > 15
    apart.mouse.up()
    at_rest = pixels(apart)  # of a frame: on the way they were mixed
    apart.wait_for_url("**t=1")
    assert len(sent) > sent_before
    wait_settled(apart)
    assert pixels(apart) == at_rest


def test_keys_move_it_frame_by_frame(opened: Page):
    slider = opened.get_by_role("slider", name="Position from A to B")
    slider.focus()
    before = pixels(opened)
    opened.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "t = 0.56"
    assert pixels(opened) != before
    opened.keyboard.press("ArrowLeft")
    assert pixels(opened) == before
    opened.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "t = 0.00"
    opened.wait_for_url("**t=0")
    opened.keyboard.press("Tab")  # on to the controls, not into nowhere
    assert opened.evaluate("document.activeElement.tagName") == "INPUT"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_and_pause(opened: Page, motion: Literal["no-preference", "reduce"]):
    opened.emulate_media(reduced_motion=motion)
    readout = opened.locator(".morph output")
    opened.get_by_role("button", name="Play").click()
    seen = frames(
        readout,
        "readout => readout.textContent",
        "seen.has('t = 0.00') && seen.has('t = 1.00')" if motion == "reduce" else "seen.size > 9",
    )
    opened.get_by_role("button", name="Pause").click()
    eighths = {f"t = {i / 8:.2f}" for i in range(9)}
    assert (seen <= eighths) == (motion == "reduce")
    still = readout.inner_text()
    if still != "t = 0.50":  # where it began: the address would not change
        opened.wait_for_url("**t=*")
        assert f"t = {float(query(opened)['t']):.2f}" == still == readout.inner_text()


def test_a_link_shows_the_same_again(opened: Page):
    with renewed(opened, "morph"):
        opened.get_by_role("button", name="Shuffle").click()
    with renewed(opened, "interpolation"):
        opened.get_by_role("slider", name="Steps of the filmstrip").press("ArrowLeft")
    opened.get_by_role("slider", name="Position from A to B").press("PageUp")
    opened.wait_for_url("**t=0.625*")
    wait_settled(opened)
    shown = version(opened, "morph"), version(opened, "interpolation"), pixels(opened)
    assert {"index_a", "index_b", "steps", "t"} <= set(query(opened))
    reopened(opened, opened.url)
    assert (version(opened, "morph"), version(opened, "interpolation"), pixels(opened)) == shown


def test_films_and_filmstrips_open(opened: Page):
    with saved(opened, "GIF") as film:
        assert (film.format, film.size) == ("GIF", (8 * (3 * 32 + 2 * 2), 256))
        assert len(list(ImageSequence.Iterator(film))) == 64
    with saved(opened, "Filmstrip as PNG") as strip:
        assert strip.format == "PNG"
        assert strip.size[0] > 9 * 128
        assert strip.size[1] > 3 * 128
    opened.get_by_role("radio", name="Slerp").click()
    with saved(opened, "GIF") as film:
        assert film.size == (256, 256)


def test_buttons_show_their_whole_names(opened: Page):
    names = ["Upload A", "Upload B", "Shuffle"]
    for width in (1280, 1024, 853, 390):
        opened.set_viewport_size({"width": width, "height": 800})
        words = opened.locator(".st-key-ends button p").filter(has_text=re.compile("Upload|Shuffle"))
        shown = words.evaluate_all("all => all.map(p => [p.innerText, p.scrollWidth - p.clientWidth])")
        assert sorted(name for name, _ in shown) == sorted(names)
        assert all(cut <= 0 for _, cut in shown), (width, shown)
        fields = opened.locator(".st-key-ends [data-testid=stColumn]").all()
        ends = box(opened.locator(".st-key-ends"))
        assert max(box(each)["x"] + box(each)["width"] for each in fields) <= ends["x"] + ends["width"] + 1, width


def test_fits_a_telephone(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    reopened(page, "/interpolate?source=Shapes")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    stage = box(page.locator(".morph"))
    assert stage["y"] + stage["height"] < 844  # the pictures and their slider at one glance
    for canvas in page.locator(".morph canvas").all():
        assert box(canvas)["width"] > 150
    expect(page.get_by_role("slider", name="Position from A to B")).to_be_in_viewport()
