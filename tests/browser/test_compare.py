"""Compare, in a browser."""

from __future__ import annotations

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
