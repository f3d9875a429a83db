"""A lesson by keys alone, as a presenter goes through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer import lessons
from explorer.lessons import Choice, Estimate, Lesson, Step
from explorer.ui.shell.things import THINGS
from tests.chromium import wait_settled
from tests.conftest import tab
from tests.server import Server

SHORT = Lesson(
    "short",
    "Short",
    2,
    "Two things.",
    (
        Step("start?source=shapes&image=2", ("Look.",), "latent", Choice("Which?", ("one", "two"), "two", "It is 2.")),
        Step("claims?claim=blur", ("And this.",), "claim-card-blur", Estimate("How much?", 0, 100, "%", 25, "A 4th.")),
        Step("claims?claim=schedule", ("At last.",), "overview"),
    ),
)
LED = Lesson(
    "led",
    "Led",
    2,
    "Two images.",
    (
        Step("start?source=shapes&image=2", ("And this.",), "latent", Estimate("How much?", 0, 100, "%", 25, "A 4th.")),
        Step("start?source=shapes&image=3", ("At last.",), "original"),
    ),
)


@pytest.fixture(autouse=True)
def written(server: Server) -> Iterator[None]:
    paths = [lessons.write(lesson, THINGS) for lesson in (SHORT, LED)]
    yield
    for path in paths:
        path.unlink()


def points_at(page: Page, selector: str) -> None:
    thing = page.locator(selector)
    expect(thing).to_have_css("outline-width", "3px")
    expect(thing).to_be_in_viewport()


def test_a_whole_lesson_by_keys_alone(page: Page):
    page.goto("/lessons")
    wait_settled(page)
    bar = page.get_by_role("region", name="Lesson", exact=True)
    page.evaluate(
        """() => { // a component that is slow to be drawn
          const host = globalThis.slow = document.createElement('div')
          host.dataset.testid = 'stBidiComponentIsolated'
          document.querySelector('[data-testid=stMain]').prepend(host)
        }"""
    )
    page.get_by_role("link", name="Begin Short").focus()
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("step 1 of 3")
    points_at(page, "[data-thing=latent]")
    page.evaluate("slow.remove()")
    bar.get_by_role("button", name="one").focus()
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("No: two. It is 2.")
    page.keyboard.press("PageDown")
    expect(bar).to_contain_text("step 2 of 3")
    page.wait_for_url("**/claims?claim=blur&lesson=short&lesson-step=2")
    points_at(page, ".st-key-claim-card-blur")
    page.keyboard.press("PageUp")
    expect(bar).to_contain_text("step 1 of 3")
    points_at(page, "[data-thing=latent]")
    start = page.get_by_test_id("stSidebarNav").get_by_role("link", name="Start")
    expect(start).to_have_attribute("aria-current", "page")
    page.keyboard.press("PageDown")
    expect(bar).to_contain_text("step 2 of 3")
    points_at(page, ".st-key-claim-card-blur")
    slider = bar.get_by_role("slider", name="Your answer")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "49 %")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("25 %. A 4th.")
    slider.focus()
    page.keyboard.press("PageDown")  # which of a slider is a big step elsewhere
    expect(bar).to_contain_text("step 3 of 3")
    points_at(page, "[data-thing=overview]")
    page.keyboard.press("PageUp")
    expect(bar).to_contain_text("step 2 of 3")
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?*lesson=short*")
    wait_settled(page)
    bar.get_by_role("button", name="Show it again").click()
    points_at(page, ".st-key-claim-card-blur")
    bar.get_by_role("button", name="Leave the lesson").click()
    expect(bar).to_be_hidden()
    page.wait_for_url("**/claims?claim=blur")
    page.go_back()
    expect(bar).to_contain_text("step 2 of 3")


@pytest.mark.parametrize(("stood", "lesson", "shown"), [("Shapes", "What a VAE does", "Photos"), ("", "Led", "Shapes")])
def test_a_lesson_begins_on_its_own_images_whatever_stood_there(page: Page, stood: str, lesson: str, shown: str):
    page.goto(f"/lessons?source={stood}" if stood else "/lessons")
    wait_settled(page)
    images = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Images")
    expect(images).to_have_value(stood or "Photos")
    page.get_by_role("link", name=f"Begin {lesson}").click()
    expect(page.get_by_role("region", name="Lesson", exact=True)).to_contain_text("step 1 of")
    wait_settled(page)
    expect(images).to_have_value(shown)
    assert page.url.count("source=") == 1
    page.go_back()
    page.wait_for_url("**/lessons*")
    wait_settled(page)
    expect(images).to_have_value(stood or "Photos")


def test_in_a_class_the_teacher_turns_the_pages_and_asks(browser: Browser, server: Server, page: Page):
    page.goto("/start?source=shapes&image=2&lesson=led")
    page.get_by_role("button", name="Present to a class").click()
    bar = page.get_by_role("region", name="Lesson", exact=True)
    ask = bar.get_by_role("button", name="Ask the class")
    expect(ask).to_be_visible()
    with tab(browser, server, extra_http_headers={"X-Forwarded-For": "10.0.0.7"}) as student:
        student.goto("/join")
        led = student.get_by_role("region", name="Lesson", exact=True)
        expect(led).to_contain_text("And this.")
        expect(led).not_to_contain_text("How much?")
        ask.click()
        expect(student.get_by_role("heading", name="How much?")).to_be_visible()
        page.keyboard.press("PageDown")
        expect(led).to_contain_text("At last.")
    page.get_by_role("button", name="End", exact=True).first.click()
    expect(page.get_by_role("region", name="Class")).to_be_hidden()
