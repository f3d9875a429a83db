"""Sliders through a latent as only a browser shows them: pictures that follow the hand."""

from __future__ import annotations

import functools
import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from explorer import models
from explorer.data import ImageSet, load_image_set
from explorer.nets.base import Net
from explorer.pixels import to_float, to_uint8
from tests.chromium import wait_settled

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
PIXELS = """canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"""
HERE = re.compile("decoded where the sliders stand")


@pytest.fixture
def opened(page: Page) -> Page:
    return to_sliders(page)


def to_sliders(page: Page) -> Page:
    page.goto(f"/latents?source=Shapes&n=200&view=Directions&model={models.DEFAULT}")
    page.locator("[data-picture=latent-sliders][data-version]").wait_for()
    wait_settled(page)
    return page


def here(page: Page) -> np.ndarray:
    """The large picture: uint8 (32, 32, 3)."""
    found = page.get_by_role("img", name=HERE).evaluate(PIXELS)
    return np.array(found, np.uint8).reshape(32, 32, 4)[..., :3]


def moved(page: Page) -> dict[str, float]:
    """What the address says of sliders."""
    said = parse_qs(urlsplit(page.url).query).get("moved", [""])[0].rpartition("~")[2]
    return {key: float(value) for key, _, value in (part.partition("_") for part in said.split("*")) if key}


@functools.cache
def known() -> tuple[ImageSet, Net]:
    return load_image_set("shapes"), models.load_model(models.get(models.DEFAULT))


def shows(page: Page, image: int, strengths: dict[str, float]) -> None:
    """Wait until the large picture is of these strengths, and compare it with what the net makes of these codes."""
    said = json.dumps([str(image), strengths], separators=(",", ":"))
    page.locator(f"[data-picture=latent-sliders][data-at='{said}']").wait_for()
    images, net = known()
    with torch.inference_mode():
        z = net.encode(to_float(images.images[images.one_of_each("validation", 10, 0)[[image]]])).mode()
        for dimension, value in strengths.items():
            z[0, int(dimension)] = value
        expected = to_uint8(net.decode(z))[0].astype(int)
    assert np.abs(here(page) - expected).max() <= 1  # batches round otherwise


def slider(page: Page, number: int) -> Locator:
    return page.get_by_role("slider", name=f"dimension {number}", exact=True)


def test_the_picture_follows_a_slider_and_back_undoes_it(opened: Page):
    page = opened
    shows(page, 0, {})
    box = slider(page, 4).bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, y)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"moved=[\w-]+~4_1\.\d"))  # where it was let go: it was taken hold of below 1
    dragged = moved(page)
    shows(page, 0, dragged)
    page.get_by_role("button", name="Image 2: square").click()
    expect(page).to_have_url(re.compile("start=1"))
    shows(page, 1, dragged)  # the same dimension, of another image
    page.go_back()
    shows(page, 0, dragged)
    slider(page, 17).press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"moved=.*17_"))
    both = moved(page)
    assert both.keys() == {"4", "17"}
    shows(page, 0, {"4": both["4"], "17": both["17"]})
    page.get_by_role("button", name="Lock dimension 4", exact=True).click()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page).to_have_url(re.compile("locked=4"))
    shows(page, 0, dragged)
    page.get_by_role("button", name="Surprise").click()
    page.wait_for_function("() => new URL(location).searchParams.get('moved').split('*').length > 15")
    assert moved(page)["4"] == dragged["4"]
    for _ in range(5):
        page.go_back()
    shows(page, 0, {})


def test_a_press_before_the_last_one_is_answered_is_a_step_of_its_own(page: Page):
    on_its_way: list[str | bytes] = []
    late = threading.Event()

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        server.on_message(lambda said: on_its_way.append(said) if late.is_set() else line.send(said))
        lines.append(line)

    lines: list[WebSocketRoute] = []
    page.route_web_socket(re.compile("_stcore/stream$"), connect)
    to_sliders(page)
    late.set()
    page.get_by_role("button", name="Lock dimension 4", exact=True).click()
    while not any(b"locked=4" in said for said in on_its_way if isinstance(said, bytes)):
        page.evaluate("new Promise(requestAnimationFrame)")
    page.get_by_role("button", name="Surprise").click()
    late.clear()
    for said in on_its_way:
        lines[-1].send(said)
    expect(page).to_have_url(re.compile("moved="))
    page.go_back()
    expect(page).to_have_url(re.compile("locked=4"))
    expect(page).not_to_have_url(re.compile("moved="))
    page.go_back()
    expect(page).not_to_have_url(re.compile("locked=4"))
    shows(page, 0, {})


def test_directions_can_be_read_and_reached_on_a_phone(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/latents?source=Shapes&n=200&view=Directions&along=Attributes")
    page.locator("[data-picture=latent-sliders][data-version]").wait_for()
    wait_settled(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not [(fault["help"], node["target"], node["html"]) for fault in found for node in fault["nodes"]]
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 900)")
    picture, first = page.get_by_role("img", name=HERE), page.get_by_role("slider").first
    assert not first.evaluate("slider => slider.getBoundingClientRect().bottom > 0")
    box = picture.bounding_box()
    assert box
    assert box["y"] >= 0  # it stays in sight
