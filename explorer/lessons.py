"""Lessons: files `lessons/NAME.toml` that lead through pages of the app, a step at a time.

    title = "The price of a nat"
    minutes = 15
    sentence = "What a rising beta takes from an image, and when a dimension of the latent goes dark."

    [[steps]]
    link = "beta?source=photos&at=0.001"       # page and query, as the address has them
    sentences = ["Drag the slider to the left.", "Fine texture comes back."]
    point = "plane"                            # something on that page, or nothing

    [steps.question]                           # or none: choose one of 2 to 4 ...
    ask = "How many nats does this image cost?"
    options = ["20", "200", "2,000"]
    truth = "200"
    why = "Of the 128 dimensions each pays 1.6 nats on average."

    [steps.question]                           # ... or set a slider
    ask = "At which beta is half of the latent dark?"
    low = 1e-5
    high = 0.1
    unit = "beta"
    logarithmic = true
    truth = 0.03
    why = "At 0.03, 60 of 128 dimensions are left."

Which pages there are, and what can be pointed at on each, is the app's to know: it is handed in as `pages`.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import tomli_w

from explorer import files, places
from explorer.errors import ExplorerError
from explorer.files import explained, opened, write_bytes
from explorer.records import Record

SHIPPED = places.PROJECT / "lessons"
ENVIRONMENT_VARIABLE = "VAE_EXPLORER_LESSONS"  # a folder for lessons of one's own; without it, as of `explorer.places`
LESSON, STEP = "lesson", "lesson-step"  # the address's parameters that say where one is; not part of a step's link
MAX_BYTES = 64_000  # of a file: a step takes about 600
MAX_STEPS = 40
MAX_MINUTES = 120
OPTIONS = (2, 4)  # answers to choose from, at least and at most
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = {"title": 60, "sentence": 200, "link": 1000, "ask": 140, "option": 48, "unit": 24, "why": 280}  # characters
_STOPS_A_DECADE = 10  # of a logarithmic slider, as the stops of beta
_STOPS = 100  # of any other
_MOST_RATIO = 1e15  # of the ends of a logarithmic slider
_SEE = "See a shipped lesson for how it is written."

Pages = Mapping[str, Collection[str]]  # names of pages, each with the names of what can be pointed at there


@dataclass(frozen=True)
class Choice:
    """A question with one true answer among 2 to 4.

    Parameters
    ----------
    ask : str
    options : tuple of str
    truth : str
        One of them.
    why : str
        What makes it true, with the number that the step shows.
    """

    ask: str
    options: tuple[str, ...]
    truth: str
    why: str

    slides: ClassVar[bool] = False  # whether a slider chooses among the answers

    @property
    def answers(self) -> list[str]:
        """All there are, in words."""
        return list(self.options)

    @property
    def true_index(self) -> int:
        """Which of the answers is true."""
        return self.options.index(self.truth)

    @property
    def truth_in_words(self) -> str:
        return self.truth


@dataclass(frozen=True)
class Estimate:
    """A question answered with a slider.

    Parameters
    ----------
    ask : str
    low, high : float
        Both ends of the slider.
    unit : str
        Of these and of the truth: "nats".
    truth : float
    why : str
        What makes it true, with the number that the step shows.
    logarithmic : bool
        Whether equal ways on the slider are equal ratios.
    """

    ask: str
    low: float
    high: float
    unit: str
    truth: float
    why: str
    logarithmic: bool = False

    slides: ClassVar[bool] = True

    @property
    def answers(self) -> list[str]:
        """The slider's stops, in words."""
        return [self.write(stop) for stop in self.stops]

    @property
    def true_index(self) -> int:
        """The stop that is nearest to the truth."""
        stops = self.stops
        return min(range(len(stops)), key=lambda i: abs(stops[i] - self.truth))

    @property
    def truth_in_words(self) -> str:
        return self.write(self.truth)

    @property
    def stops(self) -> tuple[float, ...]:
        """The values that the slider has, ascending."""
        if self.logarithmic:
            count = max(2, round(_STOPS_A_DECADE * math.log10(self.high / self.low)))
            ratio = self.high / self.low
            values = [self.low * ratio ** (i / count) for i in range(count + 1)]
        else:
            values = [self.low + (self.high - self.low) * i / _STOPS for i in range(_STOPS + 1)]
        return tuple(sorted({float(f"{value:.2g}" if self.logarithmic else f"{value:.6g}") for value in values}))

    def write(self, value: float) -> str:
        """A value with its unit."""
        small = 0 < abs(value) < 1e-4
        number = f"{value:.2g}".replace("e-0", "e-") if small else f"{float(f'{value:.3g}'):,}".removesuffix(".0")
        return f"beta {number}" if self.unit == "beta" else f"{number} {self.unit}"


Question = Choice | Estimate


@dataclass(frozen=True)
class Step:
    """Something to look at.

    Parameters
    ----------
    link : str
        Page and query: "beta?source=photos&at=0.001".
    sentences : tuple of 1 or 2 str
    point : str
        Name of what the sentences are about, of what that page has; "" for the page as it is.
    question : Choice or Estimate, optional
    """

    link: str
    sentences: tuple[str, ...]
    point: str = ""
    question: Question | None = None

    @property
    def page(self) -> str:
        """Name of the page that the link leads to."""
        return self.link.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The link's parameters, those that come several times included."""
        return parse_qsl(self.link.partition("?")[2])


@dataclass(frozen=True)
class Lesson:
    """A way through pages.

    Parameters
    ----------
    name : str
        Of its file, and in addresses: "price-of-a-nat".
    title : str
    minutes : int
        That a class takes for it.
    sentence : str
        What is seen.
    steps : tuple of Step
    """

    name: str
    title: str
    minutes: int
    sentence: str
    steps: tuple[Step, ...]


def folder() -> Path:
    """Where lessons of one's own are kept."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(named) if named else places.kept("lessons/own")


def listed(pages: Pages) -> tuple[list[Lesson], list[ExplorerError]]:
    """All lessons, the shipped ones first, short ones before long ones; and what is wrong with files that are none."""
    found, wrong = list[Lesson](), list[ExplorerError]()
    for path in paths().values():
        try:
            found.append(read(path, pages))
        except ExplorerError as error:
            wrong.append(error)
    shipped = {path.stem for path in _in(SHIPPED)}
    return sorted(found, key=lambda lesson: (lesson.name not in shipped, lesson.minutes, lesson.title)), wrong


def paths() -> dict[str, Path]:
    """Names of lessons to their files, shipped ones first; no other takes the place of one that is shipped."""
    others = [] if os.environ.get(ENVIRONMENT_VARIABLE) else places.read_too("lessons/own")
    return {path.stem: path for place in (*others, folder(), SHIPPED) for path in _in(place)}


def _in(place: Path) -> list[Path]:
    return [place / name for name in files.listed(place, ".toml")]


def find(name: str, pages: Pages) -> Lesson:
    """The lesson of a name; ExplorerError where there is none, or its file is damaged."""
    path = paths().get(name)
    if path is None:
        raise ExplorerError(f"There is no lesson \u201c{name[:60]}\u201d", f"There are: {', '.join(sorted(paths()))}.")
    return read(path, pages)


def read(path: Path, pages: Pages) -> Lesson:
    """A lesson's file.

    Raises
    ------
    ExplorerError
        If it can't be read or is none: with the field, what it says and what is allowed.
    """
    try:
        with opened(path) as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ExplorerError(f"{path.name}: can't be read ({error.strerror})") from error
    return parse(content, path.stem, pages)


def parse(content: bytes, name: str, pages: Pages) -> Lesson:
    """A lesson of what its file says; ExplorerError as of `read`."""
    where = f"{name}.toml"
    check_name(name)
    if len(content) > MAX_BYTES:
        raise ExplorerError(f"{where} has more than {MAX_BYTES:,} bytes", "A lesson is a text of a few thousand.")
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ExplorerError(f"{where} is no text in UTF-8", "Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:  # ValueError: no TOML, or a number of thousands of digits
        raise ExplorerError(f"{where} is no TOML: {error}", "See lessons/ for how one looks.") from error
    top = Record(values, where, _SEE)
    lesson = Lesson(
        name,
        _line(top, "title"),
        top.whole("minutes", 1, MAX_MINUTES),
        _line(top, "sentence"),
        tuple(_step(step, pages) for step in top.records("steps", 1, MAX_STEPS, "step")),
    )
    top.no_more()
    return lesson


def dumps(lesson: Lesson) -> str:
    """A lesson as its file says it: `parse` of it gives the same."""
    steps = []
    for step in lesson.steps:
        table: dict[str, Any] = {"link": step.link, "sentences": list(step.sentences)}
        if step.point:
            table["point"] = step.point
        if step.question:
            table["question"] = question_table(step.question)
        steps.append(table)
    top = {"title": lesson.title, "minutes": lesson.minutes, "sentence": lesson.sentence, "steps": steps}
    return tomli_w.dumps(top)


def write(lesson: Lesson, pages: Pages) -> Path:
    """Save a lesson among one's own; returns its file.

    Raises
    ------
    ExplorerError
        If it is none that could be read again, bears the name of one that is shipped, or can't be written.
    """
    content = dumps(lesson).encode()
    parse(content, lesson.name, pages)
    if (SHIPPED / f"{lesson.name}.toml").exists():
        raise ExplorerError(f"The lesson \u201c{lesson.name}\u201d came with the app", "Give yours another title.")
    path = folder() / f"{lesson.name}.toml"
    with explained("The lesson isn't saved", path, "Download it instead."):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content, lasting=True)
    return path


def name_of(title: str) -> str:
    """The name of a lesson's file, of its title: "What a VAE does" is "what-a-vae-does"."""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "lesson"
    return f"{name}-lesson" if files.reserved(name) else name


def check_name(name: str) -> None:
    """ExplorerError for what can't be the name of a lesson's file."""
    if not _NAME.fullmatch(name) or len(name) > 60:
        raise ExplorerError(
            f"The name \u201c{name[:60]}\u201d is none of a lesson", "Small letters, digits and hyphens, up to 60."
        )


def question_table(question: Question) -> dict[str, Any]:
    """A question as a file or a message says it: `question` of it gives the same."""
    if isinstance(question, Choice):
        options = list(question.options)
        return {"ask": question.ask, "options": options, "truth": question.truth, "why": question.why}
    table = {"ask": question.ask, "low": question.low, "high": question.high, "unit": question.unit}
    table |= {"logarithmic": True} if question.logarithmic else {}
    return {**table, "truth": question.truth, "why": question.why}


def question(values: Mapping[str, Any], where: str) -> Question:
    """A question of what a file or a message says; ExplorerError, which begins with `where`, for what is none."""
    table = Record(values, where, _SEE)
    ask, why = _line(table, "ask"), _line(table, "why", empty=True)
    found: Question
    if "options" in values:
        options = table.texts("options", *OPTIONS, _LONGEST["option"])
        if len(set(options)) < len(options):
            raise table.wrong("options", "two of them are the same", "Each must be another.")
        truth = table.text("truth", _LONGEST["option"])
        if truth not in options:
            raise table.wrong("truth", f"is \u201c{truth}\u201d, none of the options", f"One of: {', '.join(options)}.")
        found = Choice(ask, options, truth, why)
    else:
        low, high, truth_at = table.number("low"), table.number("high"), table.number("truth")
        logarithmic = table.flag("logarithmic")
        if not low < high:
            raise table.wrong("high", f"is {high:g}, and low {low:g}", "It must be larger.")
        if logarithmic and low <= 0:
            raise table.wrong("low", f"is {low:g}", "A logarithmic slider begins above 0.")
        if logarithmic and low * _MOST_RATIO < high:
            raise table.wrong("low", f"is {low:g}", f"A logarithmic slider ends at {_MOST_RATIO:g} times that at most.")
        if not low <= truth_at <= high:
            raise table.wrong("truth", f"is {truth_at:g}", f"It must be from {low:g} to {high:g}, as the slider.")
        found = Estimate(ask, low, high, _line(table, "unit"), truth_at, why, logarithmic)
    table.no_more()
    return found


def _step(table: Record, pages: Pages) -> Step:
    step = Step(
        _link(table, pages),
        table.texts("sentences", 1, 2, _LONGEST["sentence"]),
        _line(table, "point", empty=True),
        question(table.record("question").values, f"{table.where}, question") if "question" in table.values else None,
    )
    things = pages[step.page]
    if step.point and step.point not in things:
        there = ", ".join(sorted(things)) or "nothing"
        raise table.wrong("point", f"is \u201c{step.point}\u201d, which {step.page} doesn't have", f"It has: {there}.")
    table.no_more()
    return step


def _line(table: Record, field: str, empty: bool = False) -> str:
    return table.text(field, _LONGEST.get(field, 60), empty)


def _link(table: Record, pages: Pages) -> str:
    text = _line(table, "link")
    page, _, query = text.partition("?")
    if page not in pages:
        raise table.wrong("link", f"leads to \u201c{page[:60]}\u201d", f"A page of the app: {', '.join(pages)}.")
    try:
        parameters = parse_qsl(query, strict_parsing=True) if query else []
    except ValueError:
        raise table.wrong("link", f"has the query \u201c{query[:60]}\u201d", "name=value, joined by &.") from None
    if {name for name, _ in parameters} & {LESSON, STEP}:
        raise table.wrong("link", f"says {LESSON} or {STEP} itself", "A step doesn't lead into a lesson.")
    return text
