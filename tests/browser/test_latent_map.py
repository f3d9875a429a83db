"""The map of a latent in a browser: what it says and decodes is so, and what a hand does stands in the address."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explorer import models
from explorer.analysis.latents import cloud, plane
from explorer.data import load_image_set
from explorer.ui.charts.pictures import to_uint8
from tests.chromium import wait_settled

N = 200
MAP = f"/latents?source=Shapes&n={N}&model={models.DEFAULT}"
PIXELS = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"


@pytest.fixture(scope="module")
def lain() -> tuple[cloud.Cloud, np.ndarray]:
    """Where the page's images lie, and their labels."""
    images = load_image_set("shapes")
    indices = images.some("validation", N)
    found = cloud.encode(models.load_model(models.get(models.DEFAULT)), images.images[indices])
    return found, images.labels[indices]


def asked(page: Page) -> dict[str, str]:
    """What the address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def says(page: Page, *names: str) -> dict[str, str]:
    """The address, as soon as it says these of the map, and nothing else of it."""
    wanted = sorted(("source", "n", "model", *names))
    page.wait_for_function(
        "wanted => [...new URLSearchParams(location.search).keys()].sort().join() === wanted", arg=",".join(wanted)
    )
    return asked(page)


def painted(page: Page) -> np.ndarray:
    """What is decoded at the cross-hair: uint8 (32, 32, 3)."""
    return np.array(page.locator(".decoded canvas").evaluate(PIXELS), np.uint8).reshape(32, 32, 4)[..., :3]


def test_a_link_leads_to_a_place_and_what_is_said_of_it_is_so(page: Page, lain: tuple[cloud.Cloud, np.ndarray]):
    found, labels = lain
    page.goto(f"{MAP}&at=1.2_-0.7&kind=2")
    wait_settled(page)
    axes = plane.of_classes(found, labels)
    z = axes.at(np.array([[1.2, -0.7]], np.float32))
    away = np.sort(np.linalg.norm(found.mu - z, axis=1))[0]
    each = np.linalg.norm(found.mu[:, None] - found.mu[None], axis=-1)
    np.fill_diagonal(each, np.inf)
    expect(page.locator(".verdict b")).to_have_text(f"{away / np.median(each.min(axis=1)):.1f} \u00d7")
    expect(page.locator(".length output")).to_have_text(f"{np.linalg.norm(z):.1f}")
    expect(page.locator(".counts b")).to_have_text(f"{(labels == 1).sum()} images selected")
    page.locator("aside[data-decoded]").wait_for()
    decoded = to_uint8(cloud.decode(models.load_model(models.get(models.DEFAULT)), z))[0]
    assert np.abs(painted(page).astype(int) - decoded).max() <= 1  # batches round otherwise


def test_what_a_hand_does_stands_in_the_address_and_back_undoes_it(page: Page):
    page.goto(MAP)
    wait_settled(page)
    pane, mouse = page.locator(".main .pane"), page.mouse
    box = pane.bounding_box()
    assert box

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    mouse.move(*at(0.9, 0.9))
    mouse.down()
    mouse.move(*at(0.8, 0.8), steps=3)
    mouse.up()
    times = says(page, "zoom")["zoom"].split("_")[2]
    assert times == "1"
    mouse.wheel(0, -500)
    page.wait_for_function("() => !/zoom=[^&]*_1(&|$)/.test(location.search)")
    assert float(asked(page)["zoom"].split("_")[2]) > 1.5
    page.get_by_role("button", name="Back to the whole map").click()
    says(page)
    mouse.click(*at(0.91, 0.1))  # where no image lies
    place = says(page, "at")["at"]
    page.keyboard.down("Shift")  # a lasso, whatever the mode
    mouse.move(*at(0.2, 0.2))
    mouse.down()
    for corner in ((0.8, 0.2), (0.8, 0.8), (0.2, 0.8)):
        mouse.move(*at(*corner), steps=4)
    mouse.up()
    page.keyboard.up("Shift")
    area = says(page, "at", "area")["area"]
    assert 6 <= len(area.split("_")) <= 48
    selected = page.locator(".counts b").inner_text()
    count = int(selected.split()[0])
    assert 100 < count < N
    page.get_by_text(f"{count} of {N} images selected").wait_for()  # the server counts them too
    told = page.evaluate("explorerLead.pictures.get('latent-map').at")
    assert told["place"] == [float(value) for value in place.split("_")]
    assert len(json.dumps(told)) < 500  # more of a picture a class is not told
    pane.press("ArrowLeft")
    page.wait_for_function("place => !location.search.includes(`at=${place}&`)", arg=place)
    assert float(asked(page)["at"].split("_")[0]) < float(place.split("_")[0])
    pane.press("Escape")
    says(page, "at")
    wait_settled(page)  # an address is told in parts: one that comes after Back would be a step ahead again
    page.go_back()
    assert says(page, "at", "area")["area"] == area
    expect(page.locator(".counts b")).to_have_text(selected)
    page.go_back()
    page.go_back()
    assert says(page, "at")["at"] == place
    expect(page.locator(".counts b")).to_have_count(0)
    length = page.locator(".length output").inner_text()
    page.evaluate("told => explorerLead.pictures.get('latent-map').take({ ...told, place: [40, 40] })", told)
    expect(page.locator(".length output")).not_to_have_text(length)  # as who follows the class sees it
    assert says(page, "at")["at"] == place


def test_two_fingers_zoom_where_they_are(page: Page):
    page.goto(f"{MAP}&lattice=on")
    wait_settled(page)
    box = page.locator(".main .pane").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 30), ("touchMove", 60), ("touchMove", 120), ("touchEnd", None)):
        points = [] if apart is None else [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    zoom = [float(value) for value in says(page, "lattice", "zoom")["zoom"].split("_")]
    assert zoom[2] == pytest.approx(4, rel=0.02)
    assert page.get_by_role("button", name="Decode the plane").get_attribute("aria-pressed") == "true"
