"""The address: what a person chose stands in its query, and whoever opens it sees the same.

Data flows one way round: a person chooses, the address changes, the page shows what it says. Widgets of Streamlit do so
by being bound to it, with `choice` or `number`. A component of our own reports what was chosen as a trigger, whose
callback calls `write`; the page reads it with `asked`, and sends it to the component, which follows it where it is news
(`Follower` in components/shared/follow.js). A page never shows what a component reported last: after Back that is old.

Each step of a person is one entry of the browser's history: components/history.js sees to that, also where one step
changes several parameters. So Back and Forward undo and redo it, on all pages.

What a link from another page says holds, wherever widgets that are bound to it stood before.

What an address asks for and can't have is said once, at the head of the page, and put right in the address.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.live.roles import QUERY
from explorer.ui.components import history
from explorer.ui.shell import frame

_NOTES, _WRONG = "address-notes", "address-wrong"  # in the session: what this run says; whether it refused anything
_SAID = "address-said"  # what the page says, and of which address
_DEFAULTS = "address-defaults"  # what widgets stood at when the address last said nothing, by their parameters
_PAGE, _ARRIVED = "address-page", "address-arrived"  # which page this is; whether a link has led to it from another
_LED = "address-led"  # the query with which it did so: values by parameter, until what is bound to that has heard
_LONGEST = 60  # characters of what was asked that are quoted
MISSING = "which isn't here"


@contextmanager
def followed() -> Iterator[None]:
    """Around the sidebar and the page: says above them what they refused, and puts the address right."""
    history.keep_steps()
    head = st.container()
    _undo_filter()
    _follow_page()
    st.session_state.update({_NOTES: [], _WRONG: False})
    _refuse_token()
    yield
    st.session_state[_LED] = {}  # a widget that comes later is a person's, whom no link leads any more
    query, notes = _query(), list(dict.fromkeys(st.session_state[_NOTES]))
    if st.session_state[_WRONG]:
        history.mend(query)
    of, said = st.session_state.get(_SAID, ("", []))
    if of == query:  # the run after the address was put right, and others until something else is chosen
        notes = list(dict.fromkeys([*said, *notes]))
    st.session_state[_SAID] = query, notes
    if notes:
        head.info("  \n".join(map(frame.plain, notes)), icon=":material/link_off:")


def asked(name: str) -> str:
    """What the address says for a parameter; empty if it says nothing."""
    return st.query_params.get(name, "")


def write(**values: str | None) -> None:
    """Put what a person chose into the address; None takes a parameter out. To be called from a callback.

    The run that follows shows it, and Back undoes it.
    """
    for name, value in values.items():
        if value is None:
            _set_quietly(name, [])
    st.query_params.update({name: value for name, value in values.items() if value is not None})  # one message


def choice(name: str, what: str, options: Mapping[Any, str] | Iterable[Any], default: Any) -> dict[str, Any]:
    """Bind a widget of Streamlit that offers `options` to a parameter.

    Parameters
    ----------
    name : str
        Of the parameter, and the widget's key.
    what : str
        What is chosen, in a sentence: "split".
    options : mapping from options to what the widget shows of them, or iterable of options
        An address may say either; what the widget shows is what is written.
    default : one of the options
        What the widget stands at where the address says nothing.

    Returns
    -------
    dict
        Arguments of the widget: `st.selectbox("Split", splits, **address.choice("split", "split", splits, splits[0]))`.
    """
    shown = dict(options) if isinstance(options, Mapping) else {option: str(option) for option in options}
    if st.session_state.get(name, default) not in shown:  # of another page with such a widget, or of other images
        del st.session_state[name]
    meant = {str(option): option for option in shown} | {label: option for option, label in shown.items()}
    _obey_link(name, meant.get)
    known = {text: shown[option] for text, option in meant.items()}
    found = known.get(asked(name))
    if not _has_moved(name, default, found in (None, shown[default])):
        _take_up(name, what, found, shown[default])
    return {"key": name, "bind": "query-params"}


def number(name: str, what: str, low: int, high: int | None, default: int) -> dict[str, Any]:
    """As `choice`, for a widget that takes whole numbers from `low` to `high`, both included, or from `low` up."""
    if not low <= st.session_state.get(name, default) <= (high or math.inf):  # of another page with such a widget
        del st.session_state[name]
    _obey_link(name, lambda text: _number_within(text, low, high))
    found = _number_within(asked(name), low, high)
    _take_up(name, what, None if found is None else str(found), str(default), _no_number(low, high))
    return {"key": name, "bind": "query-params"}


def asked_number(name: str, what: str, low: int, high: int | None, default: int) -> int:
    """The whole number that the address says for a parameter without a widget, as of `number`."""
    found = _number_within(asked(name), low, high)
    if found is None and name in st.query_params:
        refuse(name, what, str(default), _no_number(low, high))
    return default if found is None else found


def _number_within(text: str, low: int, high: int | None) -> int | None:
    found = whole_number(text)
    return found if found is not None and low <= found and (high is None or found <= high) else None


def _no_number(low: int, high: int | None) -> str:
    return f"which is no number from {low:,} {'up' if high is None else f'to {high:,}'}"


def whole_number(text: str) -> int | None:
    """A number >= 0 that is written as such, of up to nine digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def refuse(name: str, what: str, instead: str, because: str = MISSING, keep: Iterable[str] = ()) -> None:
    """Say that the address asks for something that it can't have, and take that out of it.

    Parameters
    ----------
    name : str
        Of the parameter.
    what : str
        What it chooses, in a sentence: "split".
    instead : str
        What is shown instead.
    because : str
        Why it isn't shown: "which isn't here".
    keep : iterable of str
        What the parameter says that can be shown, where it says several things.
    """
    kept = list(keep)
    wrong = [text for text in st.query_params.get_all(name) if text and text not in kept]
    if wrong:
        quoted = ", ".join(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\u2026" for text in wrong)
        st.session_state[_WRONG] = True
        note(f"The link asks for the {what} \u201c{quoted}\u201d, {because}. Shown instead: {instead}.")
    _set_quietly(name, kept)


def pass_over(name: str, value: str) -> None:
    """Let this page see nothing of what another view of it says with a parameter that both have."""
    if asked(name) == value:
        _set_quietly(name, [])


def note(sentence: str) -> None:
    """Say something of the address at the head of the page, until something else is chosen."""
    st.session_state[_NOTES].append(sentence)


def _take_up(name: str, what: str, found: str | None, default: str, because: str = MISSING) -> None:
    """Let Streamlit see no value that it would put right by itself: the browser would have an entry more."""
    if name not in st.query_params:
        return
    if found is None:
        refuse(name, what, default, because)
    elif found == default:
        _set_quietly(name, [])
    elif found != asked(name):
        _set_quietly(name, [found])


def _has_moved(name: str, default: Any, silent: bool) -> bool:
    """Where the default is another than it was, because there is other to choose from, what stood at it moves along.

    The address says nothing of what stands at its default, so that a link would show the new one; and of a value that
    was kept the browser might show one, and the page the other. What was chosen against the default stays. `silent`
    says that the address asks for nothing else; where it names what is now the default, Streamlit takes that out.
    """
    defaults = st.session_state.setdefault(_DEFAULTS, {})
    before = defaults.get(name, default)
    defaults[name] = default
    if before == default or not silent or st.session_state.get(name) not in (before, default):
        return False
    st.session_state[name] = default
    return True


def _refuse_token() -> None:
    """A teacher's token that is right never gets here: the door takes it."""
    if QUERY in st.query_params:
        _set_quietly(QUERY, [])
        st.session_state[_WRONG] = True
        note("This teacher's link is not this server's: it prints another one each time that it starts.")


def has_arrived() -> bool:
    """Whether a link has just led here from another page, which Back and Forward are none; it says so once."""
    return st.session_state.pop(_ARRIVED, False)


def _follow_page() -> None:
    context = get_script_run_ctx()
    if context is None or context.page_script_hash == st.session_state.get(_PAGE):
        return
    arrived = _PAGE in st.session_state and not context.is_history_navigation
    st.session_state[_LED] = parse_qs(context.query_string) if arrived else {}
    st.session_state[_ARRIVED] = arrived
    st.session_state[_PAGE] = context.page_script_hash


def _obey_link(name: str, meaning: Callable[[str], Any]) -> None:
    """Set a widget to what the link that has just led to this page says for it; None is what `meaning` can't be had of.

    Streamlit has it stand where it stood on the page that was left. That is also in the query that comes with the
    link, in front of what the link says, or alone where it says nothing; both are taken out where the widget stood on
    that page alone.
    """
    values = st.session_state.get(_LED, {}).pop(name, [])
    value = meaning(values[-1]) if values else None
    if value is None or (len(values) == 1 and value == st.session_state.get(name)):
        return
    st.session_state[name] = value
    stands = st.query_params.get_all(name) == values[-1:]
    _set_quietly(name, values[-1:])
    if not stands:
        _tell()


def _undo_filter() -> None:
    """After Back to another page, see all that the address says.

    Streamlit takes out what widgets of the page that was left were bound to: right for a link, which carries their
    values along, but where both pages have such a widget, Back would lose what the one that is returned to said.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation:
        return
    with context.session_state.query_params() as query:
        before = dict(query._query_params)
        query.set_initial_query_params(context.query_string)
        query.populate_from_query_string(context.query_string)
        changed = query._query_params != before
    if changed:
        _tell()


def _tell() -> None:
    """Let the browser's address say what this run sees of it."""
    context = get_script_run_ctx()
    assert context is not None, "outside of a page"
    with context.session_state.query_params() as query:
        query._send_query_param_msg()


def _query() -> str:
    return urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)


def _set_quietly(name: str, values: list[str]) -> None:
    """Change what this run sees of the address, but not the address; Streamlit 1.67 has no public way to do so."""
    context = get_script_run_ctx()
    assert context is not None, "outside of a page"
    with context.session_state.query_params() as query:
        query.discard_param_no_forward_msg(name)
        query._initial_query_params.pop(name, None)
        if values:
            query.set_with_no_forward_msg(name, values if len(values) > 1 else values[0])
            query._initial_query_params[name] = values
