"""Codes as only a browser shows them: a picture that follows the hand, by pointer and by keys."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from explorer import models
from explorer.analysis.latents import codes
from explorer.data import load_image_set
from explorer.nets.vq import VQVAE
from tests.chromium import wait_settled

MODEL = "cifar10-vq-64"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
PIXELS = """canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"""


@pytest.fixture
def opened(page: Page) -> Page:
    page.goto(f"/latents?source=Shapes&n=200&view=Codes&model={MODEL}&code=7")
    page.locator("[data-picture=codes][data-version][data-shown]").wait_for()
    wait_settled(page)
    return page


def painted(page: Page) -> np.ndarray:
    """What the canvas of A shows: uint8 (32, 32, 3)."""
    found = page.get_by_role("img", name="A, painted").evaluate(PIXELS)
    return np.array(found, np.uint8).reshape(32, 32, 4)[..., :3]


def said(page: Page) -> str:
    """Of the address: what was painted."""
    return parse_qs(urlsplit(page.url).query).get("cells", [""])[0]


def shows(page: Page, of: np.ndarray) -> None:
    """Wait until the picture is that of some codes, and compare it with what the net decodes of them."""
    page.locator(f"[data-picture=codes][data-shown='{','.join(map(str, of.tolist()))}']").wait_for()
    net = models.load_model(models.get(MODEL))
    assert isinstance(net, VQVAE)
    assert np.abs(painted(page).astype(int) - codes.decode(net, of[None])[0]).max() <= 1  # batches round otherwise


def test_a_picture_follows_what_is_painted_taken_and_undone(opened: Page):
    page = opened
    images = load_image_set("shapes")
    net = models.load_model(models.get(MODEL))
    assert isinstance(net, VQVAE)
    a, b = codes.use(net, images.images[images.some("validation", 200)[:2]]).indices
    shows(page, a)
    grid = page.get_by_role("grid", name="Cells of A").bounding_box()
    assert grid
    cell = grid["width"] / 8
    page.mouse.move(grid["x"] + cell / 2, grid["y"] + cell / 2)
    page.mouse.down()
    page.mouse.move(grid["x"] + 2.5 * cell, grid["y"] + cell / 2, steps=2)
    dragged = a.copy()
    dragged[:3] = 7
    shows(page, dragged)
    assert said(page) == ""  # while the hand is down
    page.mouse.up()
    page.wait_for_url("**cells=0-2.7*")
    page.get_by_role("gridcell", name="row 8, column 7").first.focus()  # of A, which stands first
    page.get_by_role("button", name="From B").click()
    page.get_by_role("gridcell", name="row 8, column 7").first.focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**cells=0-2.7_54-55.b_62-63.b*")
    taken = dragged.copy()
    taken[[54, 55, 62, 63]] = b[[54, 55, 62, 63]]
    shows(page, taken)
    page.go_back()
    shows(page, dragged)
    page.get_by_role("button", name="Undo").click()
    shows(page, a)
    expect(page.get_by_role("button", name="Reset")).to_be_disabled()


def test_the_grid_can_be_read_by_all(opened: Page):
    assert not faults(opened, RULES)
    opened.emulate_media(color_scheme="dark")
    wait_settled(opened)
    assert not faults(opened, ["color-contrast"])
    opened.set_viewport_size({"width": 390, "height": 800})
    assert opened.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def faults(page: Page, rules: list[str]) -> list[tuple[str, str]]:
    found = Axe().run(page, context="[data-testid=stMain]", options={"runOnly": rules}).response["violations"]
    return [(fault["help"], node["html"]) for fault in found for node in fault["nodes"]]
