"""A filmed class: a teacher leads three students through a lesson, and each step is asserted of all four browsers.

    python -m tests.browser.filmed_class docs/class

writes strip.webp, a row a moment, and film.webp, the same moments one after the other. Not part of `make test`, which
has the same in parts (test_classroom, test_lessons): four browsers on every step of a whole lesson take minutes.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Locator, Page, expect, sync_playwright

from explorer import lessons
from explorer.lessons import Lesson
from explorer.ui.components.lesson import address
from explorer.ui.shell.things import THINGS
from tests import chromium
from tests.server import serve

LESSON = "price-of-a-nat"
ELSEWHERE = {"X-Forwarded-For": "10.0.0.7"}  # what a proxy adds: whoever sends it doesn't sit at the machine
HEIGHT = 420  # of a picture in the strip, pixels
ROOM, WORDS = 12, 34  # between pictures, and of the words over a row
FRAME_MS = 2500
WINDOWS = {"teacher": (1280, 800), "a laptop": (1024, 768), "a phone": (390, 844), "a phone in the dark": (390, 844)}


class Film:
    """What all four see, moment by moment."""

    def __init__(self) -> None:
        self.rows: list[Image.Image] = []

    def take(self, words: str, tabs: dict[str, Page]) -> None:
        shots = {}
        for name, page in tabs.items():
            chromium.wait_settled(page)
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            shots[name] = shot.resize((round(shot.width * HEIGHT / shot.height), HEIGHT), Image.Resampling.LANCZOS)
        wide = sum(round(w * HEIGHT / h) + ROOM for w, h in WINDOWS.values()) - ROOM
        row = Image.new("RGB", (wide, HEIGHT + WORDS + ROOM), "white")
        draw, font = ImageDraw.Draw(row), ImageFont.load_default(18)
        draw.text((0, 6), f"{len(self.rows) + 1}. {words}", "black", font)
        left = 0
        for name, (w, h) in WINDOWS.items():
            if name in shots:
                row.paste(shots[name], (left, WORDS))
            left += round(w * HEIGHT / h) + ROOM
        self.rows.append(row)

    def save(self, folder: Path) -> None:
        strip = Image.new("RGB", (self.rows[0].width, sum(row.height for row in self.rows)), "white")
        for i, row in enumerate(self.rows):
            strip.paste(row, (0, i * row.height))
        strip.save(folder / "strip.webp", quality=80, method=6)
        first, *rest = self.rows
        first.save(folder / "film.webp", save_all=True, append_images=rest, duration=FRAME_MS, loop=0, quality=70)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    lesson = lessons.find(LESSON, THINGS)
    with ExitStack() as stack:
        server = stack.enter_context(serve(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        server.wait_until_healthy()
        browser = stack.enter_context(chromium.launch(stack.enter_context(sync_playwright())))

        def window(name: str) -> Page:
            width, height = WINDOWS[name]
            page = browser.new_context(
                base_url=server.url,
                viewport={"width": width, "height": height},
                color_scheme="dark" if "dark" in name else "light",
                extra_http_headers={} if name == "teacher" else ELSEWHERE,
            ).new_page()
            page.set_default_timeout(120_000)
            return page

        film = Film()
        teach(lesson, {name: window(name) for name in WINDOWS}, film)
        film.save(folder)


def teach(lesson: Lesson, tabs: dict[str, Page], film: Film) -> None:
    teacher, laptop, phone, dark = tabs.values()
    early, students = (laptop, phone), (laptop, phone, dark)

    for student in early:
        student.goto("/join")
        says(student, "Waiting for the teacher")
    teacher.goto("/lessons")
    teacher.get_by_role("link", name=f"Begin {lesson.title}").click()
    teacher.get_by_role("button", name="Present to a class").click()
    all_at(lesson, 1, teacher, early)
    says(teacher, "Presenting, 2 follow")
    film.take("The teacher presents a lesson; who waits is brought there.", of(tabs, teacher, *early))

    # one is asked, and sees what all said only when it is revealed
    question = lesson.steps[0].question
    assert question
    teacher.get_by_role("button", name="Ask the class").click()
    for student, presses in ((laptop, 1), (phone, 40)):
        answer = asked(student).get_by_role("slider")
        answer.focus()
        for _ in range(presses):
            student.keyboard.press("ArrowLeft")
        asked(student).get_by_role("button", name="Answer").click()
    expect(asked(teacher)).to_contain_text("2 of 2 who follow have answered")
    teacher.get_by_role("button", name="Reveal").click()
    for student in early:
        expect(asked(student)).to_contain_text("507")
    film.take("Two have guessed; the truth stands among the answers.", of(tabs, teacher, *early))
    teacher.get_by_role("button", name="Close", exact=True).click()
    expect(asked(phone)).to_be_hidden()

    # the drag itself, before the hand lets go; and who comes late lands where the class is
    turn(lesson, 2, teacher, early)
    thumb = beta(teacher).bounding_box()
    assert thumb
    height = thumb["y"] + thumb["height"] / 2
    teacher.mouse.move(thumb["x"] + float(beta(teacher).input_value()) * thumb["width"], height)
    teacher.mouse.down()
    teacher.mouse.move(thumb["x"] + 0.85 * thumb["width"], height, steps=12)
    for student in early:
        expect(beta(student)).to_have_value(beta(teacher).input_value())
    film.take("The teacher's hand is on the slider, and has not let go yet.", of(tabs, teacher, *early))
    teacher.mouse.up()
    dark.goto("/join")
    says(dark, "Following")
    expect(beta(dark)).to_have_value(beta(teacher).input_value())
    says(teacher, "Presenting, 3 follow")
    film.take("Who comes late lands where the class is, at its beta.", tabs)

    # one steps out, the class goes on, one click back
    phone.get_by_role("button", name="length", exact=True).click()
    says(phone, "Exploring")
    says(teacher, "Presenting, 2 follow")
    turn(lesson, 3, teacher, (laptop, dark))
    film.take("One explores on their own; the class goes on.", tabs)
    phone.get_by_role("button", name="Back to the class").click()
    all_at(lesson, 3, teacher, students)

    for at in range(4, len(lesson.steps) + 1):
        turn(lesson, at, teacher, students)
        if lesson.steps[at - 1].page != lesson.steps[at - 2].page or at == 6:
            film.take(" ".join(lesson.steps[at - 1].sentences[:1]), tabs)
    teacher.get_by_role("button", name="End", exact=True).first.click()
    for student in students:
        says(student, "Waiting for the teacher")


def turn(lesson: Lesson, at: int, teacher: Page, students: Sequence[Page]) -> None:
    """On by the presenter's remote, and all with it."""
    teacher.keyboard.press("PageDown")
    all_at(lesson, at, teacher, students)


def all_at(lesson: Lesson, at: int, teacher: Page, students: Sequence[Page]) -> None:
    step = lesson.steps[at - 1]
    here = address(lesson.name, at - 1, step)
    for page in (teacher, *students):
        page.wait_for_url(f"**/{here.partition('?')[0]}?**lesson-step={at}*")
        bar = page.get_by_role("region", name="Lesson", exact=True)
        expect(bar).to_contain_text(" ".join(step.sentences))
        expect(bar).to_contain_text(f"step {at} of {len(lesson.steps)}")
    for page in students:
        says(page, "Following")
    for page in (teacher, *students):  # it is there, outlined, and scrolled to
        thing = page.locator(f'[data-thing="{step.point}"], [data-picture="{step.point}"], .st-key-{step.point}')
        expect(thing.locator("visible=true").first).to_have_css("outline-width", "3px")


def says(page: Page, words: str) -> None:
    expect(page.get_by_role("region", name="Class", exact=True)).to_contain_text(words)


def asked(page: Page) -> Locator:
    return page.get_by_role("region", name="Question")


def beta(page: Page) -> Locator:
    return page.get_by_role("slider", name="Beta", exact=True)


def of(tabs: dict[str, Page], *pages: Page) -> dict[str, Page]:
    return {name: page for name, page in tabs.items() if page in pages}


if __name__ == "__main__":
    main()
