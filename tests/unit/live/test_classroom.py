"""A class: who is heard, and what all who follow are told."""

from __future__ import annotations

import asyncio
import csv
import functools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from explorer.lessons import Estimate, question_table
from explorer.live.classroom import CLASS, DESK, Classroom
from explorer.live.hub import Hub
from explorer.live.questions import COLUMNS
from explorer.live.socket import Connection

MINE, OTHER = "a" * 16, "b" * 16  # presentations
HALF = Estimate("Half of what?", 0.0, 100.0, "%", 50.2, "Because.")
CHOICE = {"ask": "Which?", "options": ["this", "that"], "truth": "that", "why": "That is so."}


class Told:
    """A class, and what is published of it."""

    def __init__(self, grace_s: float = 60.0) -> None:
        self.hub = Hub({})
        self.classroom = Classroom(self.hub, {"beta": [HALF]}, grace_s)

    def say(self, connection: Connection, kind: str, **what: Any) -> None:
        self.classroom.hears[kind](connection, {"say": kind, **what})

    def __getattr__(self, part: str) -> Any:
        return self.hub.value(CLASS, part)

    def desk(self, part: str) -> Any:
        return self.hub.value(DESK, part)


def in_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    return functools.wraps(test)(lambda: asyncio.run(test()))


@in_a_loop
async def test_all_are_told_where_the_presenter_is():
    told, teacher = Told(), Connection("teacher")
    told.say(teacher, "begin", name=MINE)
    told.say(teacher, "present", name=MINE, place="beta?at=0.01")
    told.say(teacher, "at", picture="tradeoff", at={"place": 0.43})
    assert (told.presented, told.place, told.hub.value(CLASS, "at tradeoff")) == (MINE, "beta?at=0.01", {"place": 0.43})
    told.say(teacher, "end", name=MINE)
    assert (told.presented, told.place, told.hub.value(CLASS, "at tradeoff")) == (None, None, None)


@in_a_loop
async def test_a_viewer_can_only_follow():
    told, teacher, viewer = Told(), Connection("teacher"), Connection("viewer")
    told.say(viewer, "begin", name=OTHER)
    told.say(viewer, "present", name=OTHER, place="train")
    assert told.presented is None
    told.say(teacher, "begin", name=MINE)
    told.say(teacher, "present", name=MINE, place="beta")
    deeds: dict[str, dict[str, Any]] = {
        "begin": {"name": OTHER},
        "present": {"name": MINE, "place": "train"},  # a name is no secret
        "at": {"picture": "tradeoff", "at": 1},
        "end": {"name": MINE},
    }
    for kind, what in deeds.items():
        told.say(viewer, kind, **what)
    assert (told.presented, told.place, told.hub.value(CLASS, "at tradeoff")) == (MINE, "beta", None)
    told.say(viewer, "follow")
    told.say(viewer, "follow")  # again, after a break
    assert told.desk("followers") == 1
    told.classroom.left(viewer)
    assert told.desk("followers") == 0


@in_a_loop
async def test_the_last_who_presses_present_presents():
    told, first, second = Told(), Connection("teacher"), Connection("teacher")
    told.say(first, "begin", name=MINE)
    told.say(first, "present", name=MINE, place="beta")
    told.say(second, "begin", name=OTHER)
    told.say(second, "present", name=OTHER, place="blur")
    deeds: dict[str, dict[str, Any]] = {
        "present": {"name": MINE, "place": "train"},
        "at": {"picture": "morph", "at": 1},
        "end": {"name": MINE},
    }
    for kind, what in deeds.items():
        told.say(first, kind, **what)
    told.classroom.left(first)
    assert (told.presented, told.place, told.away, told.hub.value(CLASS, "at morph")) == (OTHER, "blur", False, None)


@in_a_loop
async def test_a_lost_presenter_may_come_back():
    told, teacher, reloaded = Told(), Connection("teacher"), Connection("teacher")
    told.say(teacher, "begin", name=MINE)
    told.classroom.left(teacher)
    assert (told.presented, told.away) == (MINE, True)
    told.say(reloaded, "present", name=MINE, place="beta")
    assert (told.presented, told.away, told.place) == (MINE, False, "beta")


@in_a_loop
async def test_a_class_ends_when_its_presenter_stays_away():
    told, teacher, later = Told(grace_s=0.0), Connection("teacher"), Connection("teacher")
    told.say(teacher, "begin", name=MINE)
    told.classroom.left(teacher)
    while told.presented:
        await asyncio.sleep(0)
    assert not told.away
    told.say(later, "present", name=MINE, place="beta")  # and goes on when they come after all
    assert told.presented == MINE
    told.say(later, "end", name=MINE)
    told.say(later, "present", name=MINE, place="beta")  # what was ended stays so
    assert told.presented is None


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("begin", {}),
        ("begin", {"name": "x"}),
        ("begin", {"name": 7}),
        ("present", {"name": MINE, "place": "//elsewhere.example"}),
        ("present", {"name": MINE, "place": "../admin"}),
        ("present", {"name": MINE, "place": "javascript:alert(1)"}),
        ("present", {"name": MINE, "place": "beta?" + "x" * 2001}),
        ("at", {"picture": "tradeoff", "at": "x" * 501}),
        ("at", {"picture": "Trade off", "at": 1}),
    ],
)
def test_nonsense_is_refused(kind: str, what: dict[str, Any]):
    with pytest.raises(ValueError, match=r"name|place|picture"):
        Told().say(Connection("teacher"), kind, **what)


@in_a_loop
async def test_places_of_pictures_are_few():
    told, teacher = Told(), Connection("teacher")
    told.say(teacher, "begin", name=MINE)
    for letter in "abcdefghijklmnopqrstuvwxyz":
        told.say(teacher, "at", picture=letter, at=1)
    assert [told.hub.value(CLASS, f"at {letter}") for letter in "ax"] == [1, 1]
    assert told.hub.value(CLASS, "at y") is None


def asked(told: Told, question: dict[str, Any] = CHOICE) -> Connection:
    """Begin a class, and ask it."""
    teacher = Connection("teacher")
    told.say(teacher, "begin", name=MINE)
    told.say(teacher, "present", name=MINE, place="beta?at=0.01")
    told.say(teacher, "ask", question=question)
    return teacher


def test_neither_the_truth_nor_an_answer_is_told_before_it_is_revealed():
    told = Told()
    teacher, students = asked(told), [Connection("viewer") for _ in range(3)]
    for i, student in enumerate(students):
        told.say(student, "answer", number=1, answer=0, browser=str(i) * 8)
    told.say(students[0], "answer", number=1, answer=1, browser="0" * 8)  # changed their mind
    told.say(teacher, "answer", number=1, answer=1, browser="9" * 8)  # the presenter knows it
    assert told.question == {
        "number": 1, "ask": "Which?", "answers": ["this", "that"], "slides": False, "revealed": None,
    }  # fmt: skip
    assert told.desk("answered") == {"number": 1, "count": 3}
    told.say(students[0], "reveal", number=1)
    assert told.question["revealed"] is None
    told.say(teacher, "reveal", number=1)
    told.say(students[1], "answer", number=1, answer=1, browser="1" * 8)  # too late
    assert told.question["revealed"] == {"truth": "that", "at": 1, "why": "That is so.", "counts": [2, 1]}
    told.say(teacher, "close", number=1)
    assert told.question is None


def test_a_connection_answers_once_whatever_names_it_makes_up():
    told = Told()
    asked(told)
    student = Connection("viewer")
    for name in ("a" * 8, "b" * 8, "c" * 8):
        told.say(student, "answer", number=1, answer=0, browser=name)
    assert told.desk("answered")["count"] == 1


def test_answers_that_there_are_not_count_for_nothing():
    told = Told()
    asked(told)
    student = Connection("viewer")
    for number, answer in ((1, 2), (1, -1), (2, 0)):
        told.say(student, "answer", number=number, answer=answer, browser="a" * 8)
    assert told.desk("answered")["count"] == 0
    for nonsense in ("0", None, True, 0.5):
        with pytest.raises(ValueError, match="answer"):
            told.say(student, "answer", number=1, answer=nonsense, browser="a" * 8)


def test_only_who_presents_asks_and_hears_what_is_wrong():
    told = Told()
    teacher = asked(told)
    for other in (Connection("viewer"), Connection("teacher")):
        told.say(other, "ask", question=CHOICE | {"ask": "Another?"})
    assert told.question["ask"] == "Which?"
    told.say(teacher, "ask", question=CHOICE | {"options": ["this"]})
    assert told.desk("wrong")["what"] == "The question: options has 1"
    assert told.question["ask"] == "Which?"
    told.say(teacher, "ask", question=question_table(HALF) | {"why": ""})
    assert told.desk("wrong") is None
    assert (told.question["number"], told.question["answers"][50]) == (2, "50 %")


def test_answers_are_taken_away_as_a_file_without_a_word_of_whose_they_are():
    told = Told()
    teacher = asked(told)
    for i, answer in enumerate((0, 0, 1)):
        told.say(Connection("viewer"), "answer", number=1, answer=answer, browser=f"browser{i}")
    told.say(teacher, "ask", question=question_table(HALF))
    told.say(Connection("viewer"), "answer", number=2, answer=75, browser="browser0")
    told.say(teacher, "csv", number=1)
    head, *rows = csv.reader(told.desk("csv")["text"].splitlines())
    assert head == list(COLUMNS)
    assert [(row[0], *row[2:]) for row in rows] == [
        ("1", "beta", "Which?", "this", "", "2", ""),
        ("1", "beta", "Which?", "that", "", "1", "yes"),
        ("2", "beta", "Half of what?", "50.0", "%", "0", "yes"),
        ("2", "beta", "Half of what?", "75.0", "%", "1", ""),
    ]
    assert "browser" not in told.desk("csv")["text"]


def test_prepared_questions_lie_on_the_desk_alone():
    told = Told()
    assert told.desk("prepared") == {"beta": [question_table(HALF)]}
