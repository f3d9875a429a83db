"""All lessons, each with the ways into it."""

from __future__ import annotations

import html
import re

import streamlit as st

from explorer.errors import ExplorerError
from explorer.glossary import TERMS, in_nats
from explorer.lessons import LESSON, STEP, Lesson
from explorer.ui.components import terms
from explorer.ui.shell import frame
from explorer.ui.shell.pages import PAGES

SHEET = "sheet"  # in the address: the lesson whose sheet is shown
_PATHS = {page.name: page.path for page in PAGES}


def show(found: list[Lesson], wrong: list[ExplorerError]) -> None:
    """A card each; what is wrong with files that hold none stands below."""
    with st.container(key="lessons", horizontal=True):
        name, nats = _first_with_nats(found)
        for lesson in found:
            told = {"nat": TERMS["nat"].says(**in_nats(float(nats.replace(",", ""))))} if lesson.name == name else {}
            with st.container(border=True, key=f"lesson-card-{lesson.name}"):
                _card(lesson, told)
    for error in wrong:
        frame.show_error(error)


def _first_with_nats(found: list[Lesson]) -> tuple[str, str]:
    """Name of the first lesson whose sentence tells a number of nats, and that number; empty if there is none."""
    for lesson in found:
        if told := re.search(r"([\d,]+) nats", lesson.sentence):
            return lesson.name, told[1]
    return "", ""


def _card(lesson: Lesson, explained: terms.Explained) -> None:
    asked = sum(step.question is not None for step in lesson.steps)
    st.html(
        f'<div class="lesson-card"><h2>{html.escape(lesson.title)}</h2>'
        f"<p>{terms.marked(lesson.sentence, explained)}</p>"
        f"<p><small>{lesson.minutes} minutes, {len(lesson.steps)} steps, {asked} questions</small></p></div>"
    )
    first = lesson.steps[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            _PATHS[first.page], label=f"Begin {lesson.title}", icon=":material/play_arrow:",
            query_params=[*first.query, (LESSON, lesson.name), (STEP, "1")],
        )  # fmt: skip
        st.page_link(
            _PATHS["lessons"], label="Sheet", icon=":material/print:", query_params={SHEET: lesson.name},
            help="All of it on paper: pictures, sentences, questions.",
        )  # fmt: skip
