"""Where in a lesson one is: `lesson` and `lesson-step` in the address, and the bar that stands on every page meanwhile.

Other links say nothing of lessons; who follows one while a lesson is on stays in it, at its step. Back to before it
began ends it, and so does its bar.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import lessons
from explorer.errors import ExplorerError
from explorer.lessons import LESSON, STEP
from explorer.ui.components import lesson as bar
from explorer.ui.shell import address, frame
from explorer.ui.shell.pages import START
from explorer.ui.shell.things import THINGS

_PLACE = "lesson-place"  # in the session: the name and the step of the lesson that is on


def show() -> None:
    """The bar, where a lesson is on."""
    _stay()
    name = address.asked(LESSON)
    if not name:
        st.session_state.pop(_PLACE, None)
        if address.asked(STEP):
            address.refuse(STEP, "step of a lesson", "no lesson", "without a lesson")
        return
    try:
        lesson = lessons.find(name, THINGS)
    except ExplorerError as error:
        st.session_state.pop(_PLACE, None)
        address.refuse(STEP, "step", "no lesson")
        if name in lessons.paths():
            frame.show_error(error)
        address.refuse(LESSON, "lesson", "no lesson")
        return
    at = address.asked_number(STEP, "step", 1, len(lesson.steps), 1)
    st.session_state[_PLACE] = (name, str(at))
    bar.show(lesson, at - 1, START.name)


def _stay() -> None:
    """A link from within a lesson leads nowhere out of it; the history does."""
    context = get_script_run_ctx()
    if _PLACE in st.session_state and not address.asked(LESSON) and not (context and context.is_history_navigation):
        name, step = st.session_state[_PLACE]
        address.write(**{LESSON: name, STEP: step})
