"""A class of a teacher and students, each in a browser of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import ClientConnection, connect

from explorer import models
from tests.chromium import wait_settled
from tests.conftest import tab
from tests.made_priors import made
from tests.server import Server

ELSEWHERE = {"X-Forwarded-For": "10.0.0.7"}  # what a proxy adds: whoever sends it doesn't sit at the machine
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]}
PHONE = {"width": 390, "height": 844}


class Class:
    """A teacher's tab, and those of students who open the link of a code."""

    def __init__(self, browser: Browser, server: Server, tabs: ExitStack) -> None:
        self._new = lambda **options: tabs.enter_context(tab(browser, server, **options))
        self.teacher = self._new()

    def student(self, address: str = "/join", **options: Any) -> Page:
        page = self._new(extra_http_headers=ELSEWHERE, **options)
        page.goto(address)
        line(page).wait_for()
        return page


@pytest.fixture
def lesson(browser: Browser, server: Server) -> Iterator[Class]:
    with ExitStack() as tabs:
        taught = Class(browser, server, tabs)
        yield taught
        taught.teacher.get_by_role("button", name="End", exact=True).click()
        expect(line(taught.teacher)).to_be_hidden()


def line(page: Page) -> Any:
    return page.get_by_role("region", name="Class")


def beta(page: Page) -> Any:
    return page.get_by_role("slider", name="Beta", exact=True)


def shows_beta(page: Page) -> None:
    page.locator('[data-picture="tradeoff"][data-version]').wait_for()
    wait_settled(page)


def test_a_class_sees_what_the_teacher_sees(lesson: Class):
    teacher = lesson.teacher
    teacher.goto("/beta?source=Shapes")
    shows_beta(teacher)
    student = lesson.student()
    expect(line(student)).to_contain_text("Waiting for the teacher")
    expect(student.get_by_role("button", name="Present to a class")).to_be_hidden()
    teacher.get_by_role("button", name="Present to a class").click()
    student.wait_for_url("**/beta?source=Shapes")
    shows_beta(student)
    expect(line(teacher)).to_contain_text("Presenting, 1 follow")

    # the drag itself, before the hand lets go
    thumb = beta(teacher).bounding_box()
    teacher.mouse.move(thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2)
    teacher.mouse.down()
    teacher.mouse.move(thumb["x"] + 0.81 * thumb["width"], thumb["y"] + thumb["height"] / 2)
    expect(beta(student)).to_have_value(beta(teacher).input_value())
    expect(line(student)).to_contain_text("Following")
    teacher.mouse.up()
    student.wait_for_url("**at=**")
    teacher.get_by_role("button", name="KL bars").click()

    # who comes late lands where the class is, and a touch steps out of it
    late = lesson.student(viewport=PHONE)
    late.wait_for_url("**at=**")
    shows_beta(late)
    assert late.url == teacher.url
    expect(beta(late)).to_have_value(beta(teacher).input_value())
    expect(late.get_by_role("button", name="KL bars")).to_have_attribute("aria-pressed", "true")
    expect(line(teacher)).to_contain_text("2 follow")
    late.get_by_role("button", name="length").click()
    expect(line(late)).to_contain_text("Exploring")
    teacher.get_by_test_id("stSidebarNavLink").filter(has_text="Interpolate").click()
    student.wait_for_url("**/interpolate**")
    assert "/beta" in late.url
    late.get_by_role("button", name="Back to the class").click()
    late.wait_for_url("**/interpolate**")
    expect(line(teacher)).to_contain_text("2 follow")
    late.get_by_role("heading", name="Interpolate").wait_for()

    # a question, from the asking to the truth
    teacher.get_by_role("button", name="Ask", exact=True).click()
    teacher.get_by_role("button", name="z is drawn from N(0, 1)").click()
    for each, answer in ((student, "About 128"), (late, "About 0"), (late, "About 11")):
        each.get_by_role("button", name=answer, exact=True).click()
    expect(question(teacher)).to_contain_text("2 of 2 who follow have answered")
    assert "11.3" not in student.evaluate("JSON.stringify(explorerClassroom.parts)")
    expect(line(late)).to_contain_text("Following")  # an answer is no step out
    late.evaluate("explorerLive.change('lost')")
    expect(line(late)).to_contain_text("The class is out of reach, trying again")
    late.evaluate("explorerLive.change('open')")
    expect(line(late)).to_contain_text("Following")
    teacher.get_by_role("button", name="Reveal").click()
    expect(question(student)).to_contain_text("About 11 \u2713 true")
    expect(question(student)).to_contain_text("About 128 yours")
    expect(question(student)).to_contain_text("1 right of 2 answers. Yours: About 128")
    assert_readable(late)
    with teacher.expect_download() as saved:
        teacher.get_by_role("button", name="Save all answers").click()
    assert "About 11,,1,yes" in saved.value.path().read_text()
    teacher.get_by_role("button", name="Close", exact=True).click()
    expect(question(late)).to_be_hidden()

    teacher.reload()
    expect(line(teacher)).to_contain_text("Presenting")
    teacher.get_by_role("button", name="Join", exact=True).click()
    expect(teacher.get_by_role("dialog")).to_contain_text("--server.address 0.0.0.0")
    teacher.keyboard.press("Escape")


def test_a_class_is_led_from_noise_to_pictures(lesson: Class, server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(server.runs))
    made(models.get("shapes-beta-1e-4"), "flow", classes=6, width=32, depth=1, heads=2)
    teacher, student = lesson.teacher, lesson.student(viewport=PHONE)
    teacher.goto("/samples?source=Shapes&view=noise&model=shapes-beta-1e-4&steps=4")
    teacher.locator("[data-picture=from-noise][data-version]").wait_for()
    teacher.get_by_role("button", name="Present to a class").click()
    student.locator("[data-picture=from-noise][data-version]").wait_for()

    teacher.get_by_role("radio", name="square").check(force=True)
    student.locator("[data-picture=from-noise][data-version*='[1,1,1,1]']").wait_for()  # four pictures on a phone
    teacher.get_by_role("slider", name="Time, from noise to picture").press("Home")
    time = student.get_by_role("slider", name="Time, from noise to picture")
    expect(time).to_have_attribute("aria-valuetext", "t = 0.00, step 0 of 4")
    teacher.get_by_role("checkbox").check()
    expect(student.get_by_role("checkbox")).to_be_checked()
    teacher.get_by_role("button", name="Sample 3,").click()
    expect(student.get_by_role("button", name="Sample 3,")).to_have_attribute("aria-pressed", "true")
    expect(line(student)).to_contain_text("Following")


def question(page: Page) -> Any:
    return page.get_by_role("region", name="Question")


def assert_readable(page: Page) -> None:
    """What stands at the foot can be read, and the page scrolls no way but down."""
    found = Axe().run(page, context=".st-key-classroom", options=RULES).response["violations"]
    assert not [(fault["help"], node["html"]) for fault in found for node in fault["nodes"]]
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def say(browser: ClientConnection, **what: Any) -> None:
    browser.send(json.dumps(what))


def test_a_viewer_can_neither_present_nor_see_the_desk(server: Server):
    address = f"{server.url.replace('http', 'ws')}/live"
    name = "a" * 16
    with connect(address, additional_headers=ELSEWHERE) as viewer, connect(address) as teacher:
        assert [json.loads(each.recv(timeout=30))["role"] for each in (viewer, teacher)] == ["viewer", "teacher"]
        say(viewer, say="begin", name=name)
        say(viewer, say="present", name=name, place="train")
        say(viewer, say="join", address="http://class.example/")
        say(viewer, watch="desk:")
        say(viewer, watch="class:")
        assert (heard := json.loads(viewer.recv(timeout=30)))["topic"] == "class:"
        assert heard["parts"]["presented"] is None
        say(teacher, say="begin", name=name)
        assert json.loads(viewer.recv(timeout=30))["parts"]["presented"] == name
        say(viewer, say="end", name=name)
        say(viewer, say="ask", question={"ask": "Who?", "options": ["I", "you"], "truth": "I"})
        say(viewer, say="csv", number=1)
        say(viewer, say="at", picture="morph", at=1)
        say(teacher, say="at", picture="morph", at=0.5)
        assert json.loads(viewer.recv(timeout=30))["parts"] == {"at morph": 0.5}
        say(teacher, say="end", name=name)
