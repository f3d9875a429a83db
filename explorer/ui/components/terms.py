"""Words of the glossary where they stand on a page: a dotted line, and what they mean on hovering, a tap or by key.

A word is a button whose `aria-description` is what it means, so that those who hear the page get it from the word
itself; one script a tab shows the same text beside it. Each word is explained once a page, where it stands first, as
far as a button may stand there: not in another button or link, nor in a chart.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

import streamlit as st

from explorer.glossary import TERMS
from explorer.ui.components import register

_terms = register("terms")

Explained = Mapping[str, str]
"""What words mean on this page: keys of `TERMS` to sentences."""


def listen() -> None:
    """Explain words from now on: drawn once, by the app around all pages. It shows nothing."""
    with st.container(key="terms"):
        _terms(key="explain-terms")


def templates(**here: str | None) -> dict[str, dict[str, str]]:
    """What shared/terms.js takes: of each key its word, and what it means, with slots for numbers.

    Keys of `TERMS`; each with what it comes to, in slots of one's own, or None for those of the term.
    """
    return {key: {"word": TERMS[key].word, "says": TERMS[key].template(own)} for key, own in here.items()}


def mark(key: str, text: str, says: str) -> str:
    """HTML: a word as it stands in a text, and what it means."""
    word, description = html.escape(text), html.escape(says)
    return (
        f'<button type="button" class="term" data-term="{key}" aria-expanded="false" '
        f'aria-label="{word}, explained" aria-description="{description}">{word}</button>'
    )


def marked(text: str, explained: Explained) -> str:
    """HTML: a text, not HTML itself, in which each word that is explained is marked where it stands first."""
    return _marked(text, explained, lambda part: html.escape(part, quote=False))


def caption(text: str, explained: Explained) -> None:
    """As `st.caption`: Markdown without HTML in it. Words that are explained are marked where they stand first."""
    st.caption(_marked(text, explained, _without_html), unsafe_allow_html=True)


def markdown(text: str, explained: Explained) -> None:
    """As `st.markdown`, in the same way."""
    st.markdown(_marked(text, explained, _without_html), unsafe_allow_html=True)


def _marked(text: str, explained: Explained, written: Callable[[str], str]) -> str:
    """What stands between the words as `written`."""
    found = sorted((match.span(), key) for key in explained if (match := TERMS[key].pattern.search(text)))
    parts, at = [], 0
    for (start, end), key in found:
        if start >= at:  # not within another
            parts += [written(text[at:start]), mark(key, text[start:end], explained[key])]
            at = end
    return "".join([*parts, written(text[at:])])


def _without_html(markdown: str) -> str:
    r"""Each "<" as a letter, but for those that are one: "\<", after any number of backslashes that are letters."""
    return re.sub(r"(?<!\\)((?:\\\\)*)<", r"\1&lt;", markdown)
