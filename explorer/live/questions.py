"""A question that a class is asked: what is told of it before and after it is revealed, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from explorer.lessons import Choice, Question

MOST_ANSWERS = 1000  # to one question
COLUMNS = ("question", "asked_at", "page", "ask", "answer", "unit", "answers", "true")


@dataclass
class Asked:
    """A question, and how it was answered.

    Parameters
    ----------
    number : int
        Counts up with each that is asked.
    question : Choice or Estimate
    place : str
        Page and query that the class looked at.
    at : datetime
        When it was asked, in local time.
    answers : dict of str to int
        A browser's name, made up by itself, to the index of its answer.
    revealed : bool
    """

    number: int
    question: Question
    place: str
    at: datetime
    answers: dict[str, int] = field(default_factory=dict)
    revealed: bool = False

    @property
    def counts(self) -> list[int]:
        """How often each answer was given."""
        given = list(self.answers.values())
        return [given.count(i) for i in range(len(self.question.answers))]

    def answer(self, browser: str, index: int) -> bool:
        """Take an answer in place of this browser's last one; whether it counts."""
        full = browser not in self.answers and len(self.answers) >= MOST_ANSWERS
        if self.revealed or full or not 0 <= index < len(self.question.answers):
            return False
        self.answers[browser] = index
        return True

    def told(self) -> dict[str, Any]:
        """What all are told.

        Returns
        -------
        dict
            number, ask.
            answers : list of str, in words.
            slides : bool, whether a slider chooses among them.
            revealed : None, or once it is: {"truth": in words, "at": index of the answer, "why", "counts": a number an
            answer}.
        """
        question, revealed = self.question, None
        if self.revealed:
            truth, at = question.truth_in_words, question.true_index
            revealed = {"truth": truth, "at": at, "why": question.why, "counts": self.counts}
        return {
            "number": self.number, "ask": question.ask, "answers": question.answers, "slides": question.slides,
            "revealed": revealed,
        }  # fmt: skip


def as_csv(asked: Iterable[Asked]) -> str:
    """A row for each answer that was given, or is true; which browser gave it is not told."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for each in asked:
        values: list[Any] = each.question.answers
        unit = ""
        if not isinstance(each.question, Choice):
            values, unit = list(each.question.stops), each.question.unit
        page = each.place.partition("?")[0] or "start"
        head = each.number, each.at.isoformat(timespec="seconds"), page, each.question.ask
        for i, count in enumerate(each.counts):
            if count or i == each.question.true_index:
                rows.writerow((*head, values[i], unit, count, "yes" if i == each.question.true_index else ""))
    return text.getvalue()
