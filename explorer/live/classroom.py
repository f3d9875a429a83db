"""A class: what one person presents, all who follow see.

It is kept in memory, and published on two topics. "class:" is everybody's:

    presented   which presentation goes on, by a name that the presenter's browser made up; None if none does
    away        whether that browser has been lost for a moment
    place       page and query that are looked at: "beta?at=0.01"
    at NAME     where the picture of that name stands: the point of a drag, the spot that is highlighted
    question    what is asked, as `Asked.told` says; None while nothing is

"desk:" is for teachers only (`PRIVATE`):

    followers   how many follow
    answered    {"number": of the question, "count": how many have answered it}
    wrong       {"what", "advice"} of a question that can't be asked; None after one that could
    prepared    questions to ask, by the name of a page
    csv         {"number": of the wish, "text"}: all questions with their answers

The truth, and what others answered, leaves the server when the presenter reveals it. Nothing is kept in files; several
servers that share a class (`explorer.live.several`) tell each other through one a server what `word` says.

What browsers say, `hears` has; who is no teacher can only follow and leave. The last who begins to present, presents. A
presenter whose browser is lost has `GRACE_S` to come back.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from explorer import lessons
from explorer.errors import ExplorerError
from explorer.lessons import Question
from explorer.live.hub import Hub
from explorer.live.questions import MOST_ANSWERS, Asked, as_csv
from explorer.live.socket import Connection, Hear

CLASS, DESK = "class:", "desk:"
PRIVATE = {"desk"}  # kinds of topics that only teachers may watch
GRACE_S = 60.0  # a reload takes two seconds, another network some twenty

_NAME = re.compile(r"[a-z0-9]{8,32}")
_PLACE = re.compile(r"[A-Za-z0-9_-]{0,40}(\?[^\s#]{0,2000})?")
_PICTURE = re.compile(r"[a-z_-]{1,24}")
_MOST_PICTURES = 24
_MOST_OF_A_PICTURE = 500  # characters of JSON
_MOST_ASKED = 60  # questions that are remembered


class Classroom:
    """The class of one server. To be used in the hub's event loop.

    Parameters
    ----------
    hub : Hub
        Where it is published.
    prepared : mapping of str to sequence of Question
        To be asked, by the name of a page.
    grace_s : float
        Seconds that a lost presenter may take to come back.
    """

    def __init__(self, hub: Hub, prepared: Mapping[str, Sequence[Question]], grace_s: float = GRACE_S) -> None:
        self._hub, self._grace_s = hub, grace_s
        self._presenter: Connection | None = None
        self._ended = ""  # the presentation that was ended last
        self._followers: set[Connection] = set()
        self._pictures: set[str] = set()
        self._giving_up: asyncio.TimerHandle | None = None
        self._asked: deque[Asked] = deque(maxlen=_MOST_ASKED)
        self._open: Asked | None = None  # the question that stands on all screens
        self._count = 0  # of questions
        self._browsers: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
        # Of several servers the one with the latest turn has the class. The others keep answers to its question.
        self._turn, self._latest, self._is_here = 0, 0, True
        self._follow_elsewhere = 0
        self._given_to: int | None = None
        self._given: dict[str, int] = {}
        hub.put(CLASS, presented=None, away=False, place=None, question=None)
        told = {page: [lessons.question_table(each) for each in questions] for page, questions in prepared.items()}
        hub.put(DESK, followers=0, answered=None, wrong=None, prepared=told, csv=None)

    @property
    def hears(self) -> Mapping[str, Hear]:
        """What browsers may say of it. ValueError for what none of ours would say."""
        return {
            "begin": of_teachers(self._begin),
            "present": of_teachers(self._present),
            "end": of_teachers(self._end),
            "at": of_teachers(self._at),
            "follow": self._follow,
            "unfollow": self._unfollow,
            "ask": of_teachers(self._ask),
            "reveal": of_teachers(self._reveal),
            "close": of_teachers(self._close),
            "csv": of_teachers(self._csv),
            "answer": self._answer,
        }

    def left(self, connection: Connection) -> None:
        """A connection has ended."""
        self._unfollow(connection, {})
        if connection is self._presenter:
            self._presenter = None
            self._hub.put(CLASS, away=True)
            self._wait(asyncio.get_running_loop().call_later(self._grace_s, self._give_up))

    @property
    def presented(self) -> str | None:
        """The presentation that goes on."""
        name: str | None = self._hub.value(CLASS, "presented")
        return name

    # -- presenting: {"name"}, and the place as "place" ---------------------------------------------------------------

    def _begin(self, connection: Connection, said: Mapping[str, Any]) -> None:
        self._take(connection, text(said, "name", _NAME))

    def _present(self, connection: Connection, said: Mapping[str, Any]) -> None:
        """Said at each new place, and after a break: by then another may present, or nobody any more."""
        name, place = text(said, "name", _NAME), text(said, "place", _PLACE)
        if self.presented is None and name != self._ended:
            self._take(connection, name)
        if name == self.presented:
            self._bring_here()
            self._presenter = connection
            self._wait(None)
            self._hub.put(CLASS, away=False, place=place)

    def _end(self, connection: Connection, said: Mapping[str, Any]) -> None:
        if text(said, "name", _NAME) == self.presented:
            self._ended = self.presented
            self._give_up()

    def _take(self, connection: Connection, name: str) -> None:
        self._bring_here()
        self._presenter = connection
        self._wait(None)
        self._hub.put(CLASS, presented=name, away=False)

    def _give_up(self) -> None:
        self._presenter = None
        self._wait(None)
        self._open = None
        nowhere = dict.fromkeys(f"at {picture}" for picture in self._pictures)
        self._pictures.clear()
        self._hub.put(CLASS, presented=None, away=False, place=None, question=None, **nowhere)

    def _wait(self, until: asyncio.TimerHandle | None) -> None:
        if self._giving_up:
            self._giving_up.cancel()
        self._giving_up = until

    # -- where pictures stand: {"picture", "at"} ---------------------------------------------------------------------

    def _at(self, connection: Connection, said: Mapping[str, Any]) -> None:
        picture = text(said, "picture", _PICTURE)
        if len(json.dumps(said.get("at"))) > _MOST_OF_A_PICTURE:
            raise ValueError("a place of a picture is short")
        if connection is not self._presenter or len(self._pictures | {picture}) > _MOST_PICTURES:
            return
        self._pictures.add(picture)
        self._hub.put(CLASS, **{f"at {picture}": said.get("at")})

    # -- following ---------------------------------------------------------------------------------------------------

    def _follow(self, connection: Connection, said: Mapping[str, Any]) -> None:
        self._followers.add(connection)
        self._count_followers()

    def _unfollow(self, connection: Connection, said: Mapping[str, Any]) -> None:
        self._followers.discard(connection)
        self._count_followers()

    def _count_followers(self) -> None:
        self._hub.put(DESK, followers=len(self._followers) + self._follow_elsewhere)

    # -- a question: {"question"} as lessons have it; {"number"}; {"number", "answer": an index, "browser"} ----------

    def _ask(self, connection: Connection, said: Mapping[str, Any]) -> None:
        """In place of the one that stands there."""
        if connection is not self._presenter:
            return
        table = said.get("question")
        if not isinstance(table, dict):
            raise ValueError("question")
        try:
            question = lessons.question(table, "The question")
        except ExplorerError as error:
            self._hub.put(DESK, wrong={"what": error.what, "advice": error.advice})
            return
        self._count += 1
        self._open = Asked(self._count, question, self._hub.value(CLASS, "place") or "", datetime.now().astimezone())
        self._asked.append(self._open)
        self._hub.put(DESK, wrong=None)
        self._tell()

    def _reveal(self, connection: Connection, said: Mapping[str, Any]) -> None:
        if self._open and said.get("number") == self._open.number and connection is self._presenter:
            self._open.revealed = True
            self._tell()

    def _close(self, connection: Connection, said: Mapping[str, Any]) -> None:
        if self._open and said.get("number") == self._open.number and connection is self._presenter:
            self._open = None
            self._tell()

    def _csv(self, connection: Connection, said: Mapping[str, Any]) -> None:
        number = said.get("number")
        if type(number) is not int:
            raise ValueError("number")
        self._hub.put(DESK, csv={"number": number, "text": as_csv(self._asked)})

    def _answer(self, connection: Connection, said: Mapping[str, Any]) -> None:
        """One a browser, which has one name as long as it is connected."""
        name, index = text(said, "browser", _NAME), said.get("answer")
        if type(index) is not int:
            raise ValueError("answer")
        browser = self._browsers.setdefault(connection, name)
        if not self._is_here:
            self._keep_for_others(browser, said.get("number"), index)
            return
        if connection is self._presenter or self._open is None or said.get("number") != self._open.number:
            return
        if self._open.answer(browser, index):
            self._hub.put(DESK, answered={"number": self._open.number, "count": len(self._open.answers)})

    def _tell(self) -> None:
        asked = self._open
        self._hub.put(CLASS, question=asked.told() if asked else None)
        self._hub.put(DESK, answered={"number": asked.number, "count": len(asked.answers)} if asked else None)

    # -- over several servers ----------------------------------------------------------------------------------------

    def word(self) -> dict[str, Any]:
        """What other servers of the class have to know, as JSON.

        turn, followers : int
        answers : dict, {"number": of a question that stands on another server, "given": {browser: index}}
        class : dict of what CLASS says; None where another server has the class
        """
        parts = ("presented", "away", "place", "question", *(f"at {picture}" for picture in sorted(self._pictures)))
        return {
            "turn": self._turn,
            "followers": len(self._followers),
            "answers": {"number": self._given_to, "given": dict(self._given)},
            "class": {part: self._hub.value(CLASS, part) for part in parts} if self._is_here else None,
        }

    def hear(self, others: Mapping[str, Mapping[str, Any]]) -> None:
        """What other servers say of themselves, all that live, by their names.

        Raises
        ------
        KeyError, TypeError, ValueError
            If that is no `word`.
        """
        self._follow_elsewhere = sum(int(other["followers"]) for other in others.values())
        self._count_followers()
        having = {name: other for name, other in others.items() if other["class"] is not None}
        turn, latest = max(((int(other["turn"]), name) for name, other in having.items()), default=(0, ""))
        if turn and (turn, latest) > (self._turn, self._hub.boot):
            self._show(having[latest])
        elif not self._is_here:  # who had the class is gone: its presenter may come here
            self._is_here, self._turn = True, self._latest
            self._hub.put(CLASS, away=self.presented is not None, question=None)
            self._wait(asyncio.get_running_loop().call_later(self._grace_s, self._give_up))
        elif self._open:
            for answers in (other["answers"] for other in others.values()):
                if answers["number"] == self._open.number:
                    for browser, index in answers["given"].items():
                        self._open.answer(str(browser), int(index))
            self._hub.put(DESK, answered={"number": self._open.number, "count": len(self._open.answers)})

    def _show(self, other: Mapping[str, Any]) -> None:
        """The class of another server, as that shows it."""
        told = dict(other["class"])
        self._is_here, self._latest, self._presenter, self._open = False, int(other["turn"]), None, None
        self._wait(None)
        gone = {f"at {picture}" for picture in self._pictures} - told.keys()
        self._pictures = {part.removeprefix("at ") for part in told if part.startswith("at ")}
        number = told["question"]["number"] if told["question"] else None
        if number != self._given_to:
            self._given, self._given_to = {}, number
        self._count = max(self._count, number or 0)
        self._hub.put(CLASS, **dict.fromkeys(gone), **told)

    def _bring_here(self) -> None:
        """From here on this server has the class; a question of another ends with its answers there."""
        if self._is_here and self._turn:
            return
        self._turn = max(self._turn, self._latest) + 1
        if not self._is_here:
            self._is_here = True
            self._hub.put(CLASS, question=None)

    def _keep_for_others(self, browser: str, number: Any, index: int) -> None:
        question = self._hub.value(CLASS, "question")
        asked = question and number == question["number"] and question["revealed"] is None
        room = browser in self._given or len(self._given) < MOST_ANSWERS
        if asked and room and 0 <= index < len(question["answers"]):
            self._given[browser] = index


def of_teachers(hear: Hear) -> Hear:
    """Only what teachers say is heard; of others it does nothing."""

    def heard(connection: Connection, said: dict[str, Any]) -> None:
        if connection.role == "teacher":
            hear(connection, said)

    return heard


def text(said: Mapping[str, Any], field: str, pattern: re.Pattern[str]) -> str:
    """A text of that form; ValueError for anything else."""
    value = said.get(field)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(field)
    return value
