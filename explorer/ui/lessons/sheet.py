"""A lesson on paper: what each step shows and says, room for answers, and on a page of its own the truths."""

from __future__ import annotations

import html

import streamlit as st

from explorer.lessons import Choice, Lesson, Question, Step
from explorer.ui.components import printing
from explorer.ui.lessons import sheet_pictures
from explorer.ui.shell import frame
from explorer.ui.shell.pages import PAGES

_TITLES = {page.name: page.title for page in PAGES}


def show(lesson: Lesson) -> None:
    """All of it, one step below the other; style.css says what is printed."""
    with st.container(key="sheet"):
        st.html(
            f'<header class="sheet-head"><h1>{html.escape(lesson.title)}</h1>'
            f"<p>{html.escape(lesson.sentence)} {lesson.minutes} minutes.</p></header>"
        )
        with st.container(key="sheet-ways", horizontal=True, vertical_alignment="center"):
            printing.button()
            st.page_link("explorer/pages/lessons.py", label="All lessons", icon=":material/school:")
        for i, step in enumerate(lesson.steps, 1):
            with st.container(key=f"sheet-step-{i}"):
                st.html(_words(i, step))
                with frame.explained_errors():
                    sheet_pictures.show(step, f"sheet-{i}")
                if step.question:
                    st.html(_asked(step.question))
        answers = [(i, step.question) for i, step in enumerate(lesson.steps, 1) if step.question]
        if answers:
            with st.container(key="sheet-answers"):
                st.html(_truths(answers))


def _words(i: int, step: Step) -> str:
    said = html.escape(" ".join(step.sentences))
    return f'<div class="sheet-step"><h2>{i}. {_TITLES[step.page]}</h2><p>{said}</p></div>'


def _asked(question: Question) -> str:
    if isinstance(question, Choice):
        room = "".join(f"<span><i></i>{html.escape(option)}</span>" for option in question.options)
    else:
        ends = f"from {question.write(question.low)} to {question.write(question.high)}"
        room = f"<span><u>&nbsp;</u> {html.escape(ends)}</span>"
    return f'<p class="sheet-ask">{html.escape(question.ask)}<br>{room}</p>'


def _truths(answers: list[tuple[int, Question]]) -> str:
    lines = []
    for i, question in answers:
        lines.append(f'<li value="{i}"><b>{html.escape(question.truth_in_words)}</b> {html.escape(question.why)}</li>')
    return f'<section class="sheet-answers"><h2>What is true</h2><ol>{"".join(lines)}</ol></section>'
