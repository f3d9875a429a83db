"""A class: who is heard, and what all who follow are told."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from explorer.live.classroom import CLASS, DESK, Classroom
from explorer.live.hub import Hub
from explorer.live.socket import Connection

MINE, OTHER = "a" * 16, "b" * 16  # presentations


class Told:
    """A class, and what is published of it."""

    def __init__(self, grace_s: float = 60.0) -> None:
        self.hub = Hub({})
        self.classroom = Classroom(self.hub, grace_s)

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
    assert (told.presented, told.place) == (None, None)


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
