"""What all pages share in looks, and how they say that something is wrong."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec

import streamlit as st
from streamlit.errors import FragmentHandledException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.errors import ExplorerError
from explorer.ui.components import SHARED_CSS, terms
from explorer.ui.shell import unexpected

_P = ParamSpec("_P")

ICON = Path(__file__).parent / "icon.png"  # a file of ours: Streamlit fetches named icons from a font host
SIDEBAR_PX = 224  # what the longest name of images needs; 300, Streamlit's own, takes a third of a 1024-pixel screen
_CLOSED = "popovers-closed"
_STYLES = [Path(__file__).parent / name for name in ("style.css", "projector.css")]


def apply_style() -> None:
    """The app's own CSS, once a page."""
    st.html(f"<style>{_style()}</style>")


@cache
def _style() -> str:
    return "\n".join([*(path.read_text(encoding="utf-8") for path in _STYLES), SHARED_CSS])


def title(text: str, sentence: str, explained: terms.Explained | None = None) -> None:
    """A page's title with one sentence beside it: small, because a page opens with the picture."""
    st.html(f'<header class="page-title"><h1>{text}</h1><p>{terms.marked(sentence, explained or {})}</p></header>')


def popover_key(name: str) -> str:
    """A key for a popover that `close_popovers` closes."""
    return f"{name}-{st.session_state.get(_CLOSED, 0)}"


def close_popovers() -> None:
    """Close those with a `popover_key`: under another key they are drawn anew, and so closed."""
    st.session_state[_CLOSED] = st.session_state.get(_CLOSED, 0) + 1


def plain(text: str) -> str:
    """Text for labels that take Markdown, shown as it is typed."""
    return re.sub(r"([\\`*_\[\]:~$<>#|!])", r"\\\1", text)


def bar(share: float, words: str = "") -> str:
    """How much of something is done, 0..1, as HTML; with words above it, or else it is one of progress."""
    percent = 100 * min(1.0, max(0.0, share))
    label, above = html.escape(words) or "Progress", f"<p>{html.escape(words)}</p>" if words else ""
    values = f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent:.0f}"'
    inner = f'<div role="progressbar" aria-label="{label}" {values}><i style="width: {percent:.2f}%"></i></div>'
    return f'<div class="bar">{above}{inner}</div>'


@contextmanager
def explained_errors() -> Iterator[None]:
    """Show what goes wrong in the block, and let the rest of the page stand.

    An ExplorerError is shown as what it is, words for a person; any other error as `unexpected` has it.
    """
    try:
        yield
    except ExplorerError as e:
        show_error(e)
    except FragmentHandledException:  # shown where its fragment stands
        raise
    except Exception as e:  # noqa: BLE001 - the one place for those that nobody foresaw
        unexpected.show(unexpected.noted(e))


def fragment(draw: Callable[_P, None]) -> Callable[_P, None]:
    """A part of a page that runs by itself when something in it is chosen, with its errors explained where it stands.

    As a decorator in place of Streamlit's own.
    """

    @wraps(draw)
    def explained(*args: _P.args, **kwargs: _P.kwargs) -> None:
        with explained_errors():
            draw(*args, **kwargs)
        context = get_script_run_ctx()
        if context and context.fragment_ids_this_run:  # and no part of a whole run
            unexpected.keep_choices()

    return st.fragment(explained)


def say_left_out(wrong: Sequence[ExplorerError], of: str) -> None:
    """A quiet line on things of a kind that are damaged and aren't shown; nothing where all is well.

    Parameters
    ----------
    wrong : sequence of ExplorerError
    of : str
        What one is called: "model".
    """
    if wrong:
        first, others = wrong[0], len(wrong) - 1
        more = f" And {others} more." if others else ""
        st.caption(f"{len(wrong)} {of}{'s' * bool(others)} left out: {plain(str(first))}{more}")


def show_error(error: ExplorerError) -> None:
    """What was wrong, and what to do."""
    st.error(f"**{error.what}**  \n{error.advice}" if error.advice else f"**{error.what}**", icon=":material/error:")
