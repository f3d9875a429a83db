"""Lessons' files: what they say, and what is said of those that are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from explorer import lessons
from explorer.errors import ExplorerError
from explorer.lessons import Choice, Estimate, Lesson, Step

PAGES = {"start": ["latent"], "beta": ["plane"]}
OPTIONS = '[\n    "one",\n    "two",\n]'
LESSON = Lesson(
    "a-way",
    "A way",
    10,
    "What is seen.",
    (
        Step("start?source=photos&image=3", ("Look at z.", "It is short: \u201c128\u201d \\ numbers."), "latent"),
        Step(
            "beta?at=1e-5&model=a&model=b",
            ("Look.",),
            question=Choice("Which?", ("one", "two"), "two", "Because of 2."),
        ),
        Step("beta", ("Here.",), "plane", Estimate("Where?", 1e-5, 0.1, "beta", 0.02, "At 0.02.", logarithmic=True)),
        Step("beta", ("There.",), "plane", Estimate("How many?", 0, 128, "dimensions", 19, "19.")),
    ),
)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(lessons.ENVIRONMENT_VARIABLE, str(tmp_path / "own"))
    return tmp_path / "own"


def said(content: str) -> str:
    with pytest.raises(ExplorerError) as caught:
        lessons.parse(content.encode(), "a-way", PAGES)
    return str(caught.value)


def edited(old: str, new: str) -> str:
    text = lessons.dumps(LESSON)
    assert old in text
    return text.replace(old, new, 1)


def test_a_lesson_is_read_as_it_was_written() -> None:
    path = lessons.write(LESSON, PAGES)
    assert lessons.read(path, PAGES) == LESSON
    assert lessons.find("a-way", PAGES) == LESSON
    assert LESSON.steps[1].query == [("at", "1e-5"), ("model", "a"), ("model", "b")]
    assert [step.page for step in LESSON.steps] == ["start", "beta", "beta", "beta"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('title = "A way"\n', "", "a-way.toml: title is missing. A text of up to 60 characters."),
        ('title = "A way"', 'title = ""', "a-way.toml: title is empty."),
        ('title = "A way"', 'title = "A\\nway"', "a-way.toml: title has a line break"),
        ('title = "A way"', 'titel = "A way"', "a-way.toml: title is missing."),
        ('title = "A way"', 'title = "A way"\ncolour = 3', "a-way.toml: colour is no field here. Known are minutes, "),
        ("minutes = 10", "minutes = 0", "a-way.toml: minutes is 0. A whole number from 1 to 120."),
        ("minutes = 10", "minutes = true", "a-way.toml: minutes is True. A whole number"),
        ("minutes = 10", "minutes", "a-way.toml is no TOML: "),
        ('"latent"', '"moon"', "a-way.toml, step 1: point is \u201cmoon\u201d, which start doesn't have. It has: "),
        ("start?", "moon?", "a-way.toml, step 1: link leads to \u201cmoon\u201d. A page of the app: start, beta."),
        ("start?", "https://moon/start?", "step 1: link leads to \u201chttps://moon/start\u201d"),
        ("source=photos&", "source&", "a-way.toml, step 1: link has the query \u201csource&image=3\u201d. name=value"),
        ("source=photos", "lesson=photos", "step 1: link says lesson or lesson-step itself."),
        (OPTIONS, '["one"]', "a-way.toml, step 2, question: options has 1. A list of 2 to 4 texts."),
        (OPTIONS, "3", "step 2, question: options is 3. A list of 2 to 4 texts."),
        (OPTIONS, '["two", "two"]', "step 2, question: options two of them are the same."),
        ('truth = "two"', 'truth = "six"', "step 2, question: truth is \u201csix\u201d, none of the options. One of"),
        ("low = 1e-05", "low = 0", "step 3, question: low is 0. A logarithmic slider begins above 0."),
        ("low = 1e-05", "low = 1e-300", "step 3, question: low is 1e-300. A logarithmic slider ends at 1e+15 "),
        ("minutes = 10", f"minutes = 1{'0' * 5000}", "a-way.toml is no TOML: "),
        ("low = 1e-05", "low = nan", "step 3, question: low is nan. A number."),
        ("low = 1e-05", "low = 0.2", "step 3, question: high is 0.1, and low 0.2. It must be larger."),
        ("truth = 0.02", "truth = 0.3", "step 3, question: truth is 0.3. It must be from 1e-05 to 0.1, as the slider."),
        ("truth = 0.02", 'truth = "0.3"', "step 3, question: truth is '0.3'. A number."),
        ("logarithmic = true", "logarithmic = 1", "step 3, question: logarithmic is 1. true or false."),
        ('"Look at z."', "7", "a-way.toml, step 1: sentences is 7. A text, in quotation marks."),
        ('"Look at z."', f'"{"a" * 201}"', "a-way.toml, step 1: sentences has 201 characters. Up to 200."),
        ("[[steps]]", "[[stops]]", "a-way.toml: stops is no field here. Known are minutes, "),
        ("[steps.question]", "[steps.answer]", "a-way.toml, step 2: answer is no field here."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_what_is_allowed(old: str, new: str, expected: str) -> None:
    assert expected in said(edited(old, new))


def test_files_that_hold_no_lesson_at_all_are_explained() -> None:
    head = lessons.dumps(LESSON).partition("[[steps]]")[0]
    assert said(f"{head}steps = 3") == "a-way.toml: steps is 3. A list of 1 to 40 steps."
    assert said(f"{head}steps = []") == "a-way.toml: steps has 0. A list of 1 to 40 steps."
    assert "more than 64,000 bytes" in said("#" * 64_001)
    with pytest.raises(ExplorerError, match="no text in UTF-8"):
        lessons.parse(b"title = '\xff'", "a-way", PAGES)
    with pytest.raises(ExplorerError, match="is none of a lesson"):
        lessons.parse(b"", "../a-way", PAGES)
    assert "is no TOML" in said("a = " + "[" * 5_000)


def test_a_damaged_lesson_takes_no_other_along(own: Path) -> None:
    lessons.write(LESSON, PAGES)
    (own / "torn.toml").write_text('title = "Torn')
    (own / "folder.toml").mkdir()
    (own / "Bad Name.toml").write_text(lessons.dumps(LESSON))
    found, wrong = lessons.listed(PAGES)
    assert LESSON in found
    text = "\n".join(map(str, wrong))
    assert "torn.toml is no TOML" in text
    assert "folder.toml: can't be read" in text
    assert "\u201cBad Name\u201d is none of a lesson" in text


def test_no_other_takes_the_place_of_one_that_came_with_the_app(own: Path) -> None:
    name = next(lessons.SHIPPED.glob("*.toml")).stem
    with pytest.raises(ExplorerError, match="came with the app"):
        lessons.write(replace(LESSON, name=name), PAGES)
    own.mkdir()
    (own / f"{name}.toml").write_text(lessons.dumps(LESSON))
    assert lessons.paths()[name].parent == lessons.SHIPPED


def test_only_what_can_be_read_again_is_written(own: Path) -> None:
    with pytest.raises(ExplorerError, match="has 61 characters"):
        lessons.write(replace(LESSON, title="a" * 61), PAGES)
    own.write_text("a file where the folder should be")
    with pytest.raises(ExplorerError, match="can't be written"):
        lessons.write(LESSON, PAGES)


def test_a_lesson_that_is_not_here_is_said_with_those_that_are() -> None:
    with pytest.raises(ExplorerError, match=r"There is no lesson .moon.\. There are: .*what-a-vae-does"):
        lessons.find("moon", PAGES)


@pytest.mark.parametrize(
    ("title", "name"), [("What a VAE does", "what-a-vae-does"), ("\u00dc?", "lesson"), ("a" * 80, "a" * 60)]
)
def test_a_title_names_a_file(title: str, name: str) -> None:
    assert lessons.name_of(title) == name
    lessons.check_name(name)


def test_a_slider_stops_at_round_numbers_from_end_to_end() -> None:
    beta, dimensions = LESSON.steps[2].question, LESSON.steps[3].question
    assert isinstance(beta, Estimate)
    assert isinstance(dimensions, Estimate)
    assert [beta.stops[0], beta.stops[10], beta.stops[-1], len(beta.stops)] == [1e-5, 1e-4, 0.1, 41]
    assert [dimensions.stops[0], dimensions.stops[50], dimensions.stops[-1]] == [0, 64, 128]


@pytest.mark.parametrize(
    ("unit", "value", "written"),
    [
        ("beta", 1e-5, "beta 1e-5"),
        ("beta", 0.00034, "beta 0.00034"),
        ("bits", 24576.0, "24,600 bits"),
        ("nats", 507.0, "507 nats"),
        ("%", 0.0, "0 %"),
    ],
)
def test_a_value_is_written_with_its_unit(unit: str, value: float, written: str) -> None:
    assert Estimate("Which?", 0, 1, unit, 0, "So.").write(value) == written


def test_a_question_goes_through_a_message_unchanged() -> None:
    for step in LESSON.steps:
        if step.question:
            assert lessons.question(lessons.question_table(step.question), "a message") == step.question
