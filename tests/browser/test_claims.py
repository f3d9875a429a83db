"""Claims, in a browser."""

from __future__ import annotations

from itertools import pairwise

from playwright.sync_api import Page

from explorer.claims import CLAIMS
from tests.chromium import wait_settled

FURTHER_DOWN = list(CLAIMS)[len(CLAIMS) // 2]


def test_a_question_leads_to_its_card(page: Page):
    page.goto("/claims?source=Shapes")
    wait_settled(page)
    assert page.locator(".claims-overview").bounding_box()["y"] < 200  # type: ignore[index]
    page.locator(f'.claims-overview a[href="#claim-{FURTHER_DOWN}"]').click()
    card = page.locator(f"#claim-{FURTHER_DOWN}")
    page.wait_for_function("e => e.getBoundingClientRect().top < innerHeight / 2", arg=card.element_handle())


def test_effects_stay_on_the_screen_and_can_be_told_apart(page: Page):
    """853 x 533 is 1280 x 800 at 150 %."""
    page.goto("/claims?source=Shapes&claim=time")
    for width, height in ((1280, 800), (1024, 768), (853, 533), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        wait_settled(page)
        effects_stay_on_the_screen(page, width)


def effects_stay_on_the_screen(page: Page, width: int) -> None:
    boxes = page.locator(".claim-axis .ticks span").evaluate_all("all => all.map(e => e.getBoundingClientRect())")
    assert len(boxes) == 5
    assert all(left["right"] < right["left"] for left, right in pairwise(boxes))
    overview = page.locator(".claims-overview").bounding_box()
    assert overview
    for effect in page.locator(".claim-row .strip:not(.empty), .claim-row .effect:not(:empty)").all():
        box = effect.bounding_box()
        assert box
        assert overview["x"] <= box["x"] < box["x"] + box["width"] <= overview["x"] + overview["width"] + 1 <= width
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_one_claim_on_a_phone(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/claims?source=Shapes&claim=blur")
    wait_settled(page)
    assert page.locator("header.claim").count() == 1
    with page.expect_download() as got:
        page.get_by_role("button", name="claim-blur as CSV").click()
    assert got.value.suggested_filename == "claim-blur-is-a-vae-blurrier-than-an-autoencoder.csv"
    page.get_by_text("How it was measured (blur)").click()
    page.get_by_text(CLAIMS["blur"].command).wait_for()
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.get_by_text("all", exact=True).click()
    page.wait_for_url(lambda url: "claim=" not in url)  # which changes before the script runs
    page.locator("header.claim").nth(len(CLAIMS) - 1).wait_for()
    wait_settled(page)
    assert page.locator("header.claim").count() == len(CLAIMS)
