"""Errors that nobody foresaw: each has a number, which a person is shown and under which the server's log tells of it.

What a person can put right is an ExplorerError, and none of these.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)
_LOG = logging.getLogger(__name__)

_told: set[str] = set()  # numbers whose traceback is in the log


def number(error: BaseException) -> str:
    """Six characters that stand for where an error was raised, and its type: a fault keeps its number.

    The place is the innermost line, and the innermost of ours.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_PACKAGE)]
    places = [f"{frame.filename}:{frame.lineno}" for frame in (*frames[-1:], *ours[-1:])]
    return hashlib.sha256("\n".join([type(error).__qualname__, *places]).encode()).hexdigest()[:6]


def log(error: BaseException, doing: str) -> str:
    """Write an error to the log: with its traceback the first time, and then in a line, for it may come a lot.

    Parameters
    ----------
    error : exception
    doing : str
        What was being done: "drawing Beta".

    Returns
    -------
    str
        Its number.
    """
    known = number(error)
    if known in _told:
        _LOG.error("Error %s again, %s: %r", known, doing, error)
    else:
        _told.add(known)
        _LOG.error("Error %s, %s", known, doing, exc_info=error)
    return known
