"""Beta, in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.chromium import renewed, wait_settled

PICTURE = '[data-picture="beta-reconstructions"]'


def test_the_slider_obeys_the_keyboard_and_stands_in_the_address(page: Page):
    page.goto("/beta?source=Shapes")
    wait_settled(page)
    page.locator(".js-plotly-plot .scatterlayer").wait_for()
    sheet = page.locator('[data-picture="beta-sheet"]')
    last = sheet.locator(".row-label").last
    assert last.inner_text().startswith("beta 0.01")
    expect(last).to_have_css("font-weight", "400")
    page.get_by_role("slider").first.focus()
    with renewed(page, "beta-reconstructions"):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**at=0.01**")
    expect(page.get_by_text("sigma 0.346")).to_be_visible()
    expect(last).to_have_css("font-weight", "650")
    shown = page.locator(PICTURE).get_attribute("data-version")
    page.reload()
    page.locator(f'{PICTURE}[data-version="{shown}"]').wait_for()


def test_train_at_this_beta_lands_on_train(page: Page):
    page.goto("/beta?source=Shapes")
    wait_settled(page)
    page.get_by_role("slider").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Train at beta 0.0005").click()
    page.wait_for_url(re.compile(r"/train\?.*beta=0\.0005"))
    wait_settled(page)
    expect(page.get_by_label("Beta", exact=True)).to_have_value("0.0005")


def test_on_a_phone_nothing_is_wider_than_the_page(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/beta?source=Shapes&at=0.0001")
    wait_settled(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    sheet = page.locator('[data-picture="beta-sheet"]')
    assert sheet.evaluate("e => e.scrollWidth <= e.clientWidth")
