"""A lesson's bar at the foot of every page: what the step says, its question, back and next, and what it points at.

Going on is the browser's: lesson.js puts the next step's address into the history, and Streamlit takes it up as if
Forward had led there. So a page is sent nothing but the step that it stands at.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from explorer import lessons
from explorer.lessons import LESSON, STEP, Lesson, Question, Step
from explorer.ui.components import register

LIST = "lessons"  # the page that lists them
_lesson = register("lesson")


def show(lesson: Lesson, at: int, home: str) -> None:
    """Show the step at an index; `home` is the page that stands at the app's own address.

    lesson.js is sent its name as "home", and what `payload` says.
    """
    with st.container(key="lesson"):
        _lesson(key="lesson-bar", data=payload(lesson, at) | {"home": home}, height="content")


def payload(lesson: Lesson, at: int) -> dict[str, Any]:
    """What lesson.js is sent of the step at an index.

    That is "title"; "at" and "of", the step's number and how many there are; "sentences"; "point", a name;
    the addresses "here", "back", "next", which is that of the list behind the last step, and "list", all below the
    app's own; "own", the names of parameters that an address has for the lesson alone; "question", as `question` says,
    or None; and "asked", the same as of `lessons.question_table`, which a class is asked. While one is led, only its
    teacher sees a step's question, and may ask it.
    """
    step, addresses = lesson.steps[at], [address(lesson.name, i, each) for i, each in enumerate(lesson.steps)]
    return {
        "title": lesson.title,
        "at": at + 1,
        "of": len(lesson.steps),
        "sentences": list(step.sentences),
        "point": step.point,
        "question": question(step.question) if step.question else None,
        "asked": lessons.question_table(step.question) if step.question else None,
        "here": addresses[at],
        "back": addresses[at - 1] if at else None,
        "next": addresses[at + 1] if at + 1 < len(addresses) else LIST,
        "list": LIST,
        "own": [LESSON, STEP],
    }


def address(name: str, at: int, step: Step) -> str:
    """Page and query of the step at an index of a lesson."""
    return f"{step.page}?{urlencode([*step.query, (LESSON, name), (STEP, str(at + 1))])}"


def question(asked: Question) -> dict[str, Any]:
    """What the bar, or a class, is asked.

    Returns
    -------
    dict
        ask, why, truth : str
        answers : list of str
        slides : bool, whether a slider chooses among the answers.
        at : where the truth stands: its index among the answers, or for a slider 0..1 of its way.
    """
    way = len(asked.answers) - 1 if asked.slides else 1
    return {
        "ask": asked.ask, "why": asked.why, "answers": asked.answers, "slides": asked.slides,
        "truth": asked.truth_in_words, "at": asked.true_index / way,
    }  # fmt: skip
