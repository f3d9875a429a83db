"""What a person sees of an error that nobody foresaw: where it was, that nothing is lost, its number, and ways on.

`frame.explained_errors` and `frame.fragment` catch it in pages and their parts, `callbacks` in callbacks, and
`show_last` whatever is left.
"""

from __future__ import annotations

import secrets
import traceback
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from explorer import faults
from explorer.ui.shell import permissions
from explorer.ui.shell.pages import START

KEY = "unexpected"  # what the key of each such card begins with
_DEEDS = Path(__file__).with_name("deeds.py")
_PAGE, _HAPPENED = "unexpected-page", "unexpected-happened"  # in the session: the page's title; whether one was shown


@dataclass(frozen=True)
class Unexpected:
    """An error that nobody foresaw, as it is shown.

    Parameters
    ----------
    number : str
        Under which the log tells of it.
    page : str
        Title of the page on which it was.
    deed : str
        What was being done to runs or files; empty where a page was only drawn.
    """

    number: str
    page: str
    deed: str


def begin(page: str) -> None:
    """A page is drawn, of that title."""
    st.session_state.update({_PAGE: page, _HAPPENED: False})


def page() -> str:
    """Title of the page that this session is on."""
    return str(st.session_state.get(_PAGE, "this page"))


def noted(error: Exception, of: str = "drawing") -> Unexpected:
    """Put an error into the log."""
    deed = _deed(error)
    return Unexpected(faults.log(error, f"{deed or of} on {page()}"), page(), deed)


def show(what: Unexpected) -> None:
    """What is to be said, and ways on, where the part that failed would stand."""
    st.session_state[_HAPPENED] = True
    say(what)
    with st.container(horizontal=True, vertical_alignment="center"):
        again = f"try-again-{secrets.token_hex(4)}"
        st.button("Try again", key=again, icon=":material/refresh:", type="tertiary")
        if page() != START.title:
            st.page_link(START.path, label=f"To {START.title}", icon=f":material/{START.icon}:")


def say(what: Unexpected) -> None:
    """In words."""
    if what.deed:
        said = f"**\u201c{what.deed}\u201d on {what.page} failed in a way that nobody foresaw.**  \n"
        said += "It may have been done in part: look before you ask for it again. Runs train on by themselves. "
    else:
        said = f"**Something on {what.page} went wrong that nobody foresaw.**  \n"
        said += "Nothing is lost: runs train on by themselves, and files stay as they are. "
        said += "Try again, or choose other images or another model. "
    teacher = permissions.is_teacher()
    said += f"The server\u2019s log tells of it as error **{what.number}**." if teacher else (
        f"If it stays so, tell the teacher: error **{what.number}**."
    )  # fmt: skip
    with st.container(key=f"{KEY}-{secrets.token_hex(4)}"):  # a fault may show in several places
        st.error(said, icon=":material/error:")


def show_last(error: Exception) -> bool:
    """What Streamlit calls for errors that nothing of ours caught; True, so that it shows no box of its own."""
    show(Unexpected(faults.number(error), page(), _deed(error)))
    return True


def keep_choices() -> None:
    """To be called at a run's end: ends it as one that failed, if a part of it did.

    Streamlit forgets what was chosen in fields that a run did not draw, but not after one that was stopped.
    """
    if st.session_state.get(_HAPPENED):
        st.stop()


def _deed(error: Exception) -> str:
    """What was done to runs or files when it was raised, as a verb; empty if nothing was."""
    frames = traceback.extract_tb(error.__traceback__)
    done = (frame.name for frame in frames if Path(frame.filename) == _DEEDS and not frame.name.startswith("_"))
    return next(done, "").replace("_", " ").capitalize()
