"""The projector view: begun and left by a key, kept from page to page, readable from the last row."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.chromium import wait_settled

BEGUN = "document.documentElement.classList.contains('projector')"


def test_a_key_begins_it_in_a_whole_tab_until_it_or_escape_leaves(page: Page):
    page.goto("/claims?claim=blur")
    wait_settled(page)
    sidebar, title = page.get_by_test_id("stSidebar"), page.get_by_role("heading", level=1)
    page.get_by_role("button", name="Projector view").wait_for()  # it is what hears the key
    page.keyboard.press("p")
    expect(sidebar).to_be_hidden()
    expect(title).to_have_text("Claims")  # to those who hear it
    page.goto("/compare?source=Shapes")  # a link that loads the app anew
    wait_settled(page)
    expect(sidebar).to_be_hidden()
    page.keyboard.press("Escape")
    expect(sidebar).to_be_visible()

    page.get_by_role("link", name="Train").click()
    wait_settled(page)
    page.get_by_role("textbox", name="Title").press("p")  # into a field, where it is no command
    expect(sidebar).to_be_visible()
    page.get_by_role("heading", level=1).click()
    page.get_by_role("button", name="Projector view").press("Enter")
    leave = page.get_by_role("button", name="Leave the projector view")
    expect(leave).to_be_focused()
    expect(page.get_by_role("button", name="Train From noise")).to_be_hidden()
    leave.press("Enter")
    expect(page.get_by_role("button", name="Projector view")).to_be_focused()
    expect(page.get_by_role("button", name="Train From noise")).to_be_visible()
    assert not page.evaluate(BEGUN)
