"""Compare, in a browser."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.chromium import renewed, wait_settled

PICTURE = '[data-picture="reconstructions"]'


def test_a_view_is_reopened_by_its_address(page: Page):
    page.goto("/compare?source=Shapes")
    wait_settled(page)
    with renewed(page, "reconstructions"):
        page.get_by_test_id("stNumberInputStepUp").click()
    with renewed(page, "reconstructions"):
        page.get_by_text("absolute", exact=True).click()
    page.wait_for_url(lambda url: "seed=1" in url and "error=absolute" in url)
    shown = page.locator(PICTURE).get_attribute("data-version")
    page.reload()
    page.locator(f'{PICTURE}[data-version="{shown}"]').wait_for()


def test_on_a_phone_rows_scroll_together_within_the_page(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/compare?source=Shapes")
    wait_settled(page)
    picture = page.locator(PICTURE)
    assert picture.evaluate("e => e.scrollWidth > e.clientWidth")
    assert picture.locator("img").first.evaluate("e => e.clientWidth") > 70
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_a_picture_of_ones_own(page: Page, tmp_path: Path):
    photo = tmp_path / "photo.png"
    ramp = np.linspace(0, 255, 90, dtype=np.uint8)
    Image.fromarray(np.stack([np.tile(ramp, (60, 1))] * 3, axis=-1)).save(photo)
    page.goto("/compare?source=Shapes")
    wait_settled(page)
    page.get_by_text("Try a picture of your own").click()
    page.locator('input[type="file"]').set_input_files(photo)
    page.locator('[data-picture="own-photo"]').wait_for()
    assert page.get_by_alt_text("Your picture in 32 x 32 pixels").is_visible()
    boxes = page.locator('[data-picture="own-photo"] img').evaluate_all(
        "all => all.map(e => e.getBoundingClientRect())"
    )
    assert len(boxes) == 3  # original, reconstruction, error
    assert len({box["top"] for box in boxes}) == 1  # beside each other
    assert all(100 <= box["width"] <= 200 for box in boxes)


def test_a_model_that_was_chosen_can_be_undone(page: Page):
    page.goto("/compare?source=Shapes")
    wait_settled(page)
    box = page.get_by_role("combobox", name="Model", exact=True)
    first = box.input_value()
    box.click()
    page.get_by_role("option", name="beta 0.1", exact=True).click()
    page.wait_for_url("**model=cifar10-beta-1e-1*")
    expect(page.locator(PICTURE)).to_contain_text("beta 0.1")
    page.go_back()
    expect(box).to_have_value(first)
    page.go_forward()
    expect(box).to_have_value("beta 0.1")
    wait_settled(page)
    expect(page.locator(PICTURE)).to_contain_text("beta 0.1")


def test_the_saved_picture_shows_what_the_screen_shows(page: Page):
    """Every image of it, errors and spreads too, with its words; and the file says what it is of."""
    page.goto("/compare?source=Shapes&model2=cifar10-beta-1e-1&from=one sample&seed=3")
    wait_settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="reconstructions as PNG").click()
    name = download.value.suggested_filename
    assert name.startswith("reconstructions-beta-0.001-step-2496-beta-0.1-step-")
    assert "shapes-8-of" in name
    assert "seed-3" in name
    sheet = np.asarray(Image.open(download.value.path()).convert("RGB"))[:, :, :3]
    uris = page.locator(f"{PICTURE} img").evaluate_all("all => all.map(image => image.src)")
    assert len(uris) == 8 * 7  # an original, and of either model a reconstruction, its error and spread
    for uri in uris[::9]:  # one of each row
        image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        assert stands_in(sheet, np.asarray(flat).repeat(4, axis=0).repeat(4, axis=1))


def stands_in(sheet: np.ndarray, block: np.ndarray) -> bool:
    """Whether a picture stands anywhere in a larger one, pixel by pixel."""
    height, width, _ = block.shape
    corners = (sheet[: 1 - height, : 1 - width] == block[0, 0]).all(axis=-1)
    corners &= (sheet[height - 1 :, width - 1 :] == block[-1, -1]).all(axis=-1)
    return any(np.array_equal(sheet[y : y + height, x : x + width], block) for y, x in np.argwhere(corners))


def test_pictures_and_all_that_chooses_them_are_on_the_first_screen(page: Page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/compare?source=Shapes&model2=cifar10-beta-1e-1")
    wait_settled(page)
    picture = page.locator(PICTURE).bounding_box()
    model = page.get_by_role("combobox", name="Model", exact=True).bounding_box()
    seed = page.get_by_label("Seed", exact=True).bounding_box()
    assert picture
    assert model
    assert seed
    assert model["x"] > picture["x"] + picture["width"]  # beside the picture that it changes
    assert picture["y"] < model["y"] < picture["y"] + picture["height"]
    assert seed["y"] + seed["height"] <= 800


def test_no_column_of_numbers_is_cut(page: Page):
    for address in ("/compare?source=Shapes&model2=cifar10-beta-1e-1", "/blur?source=Shapes"):
        page.goto(address)
        numbers = page.locator(".numbers")
        numbers.first.wait_for()
        for width in (1280, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            wait_settled(page)
            assert numbers.evaluate_all("es => es.every((e) => e.scrollWidth <= e.clientWidth)"), (
                f"{address}, {width} pixels"
            )
