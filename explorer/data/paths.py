"""Paths that a person types or pastes: looked at before anything is read there."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from explorer.errors import ExplorerError

MAX_LENGTH = 1024
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}


def checked(text: str) -> Path:
    """The absolute path of a file or folder that is there.

    As it is typed, or pasted from elsewhere: in quotes, with a `~`, as an address that begins with `file://`, with
    backslashes before spaces as terminals write it, or in the other of the two ways to write accents.

    Raises
    ------
    ExplorerError
        If the text is empty, too long or holds control characters, or nothing is there that may be looked at.
    """
    typed, text = text, _bare(text)
    if not text or len(text) > MAX_LENGTH or any(unicodedata.category(c) == "Cc" for c in text):
        raise ExplorerError(
            "That is no path" if text else "No path is given",
            f"A path has at most {MAX_LENGTH:,} characters, and none that can't be seen.",
        )
    places = dict.fromkeys(place for meant in _meant(typed, text) for place in _at(meant))
    for place in places:
        try:
            if place.exists():
                return place
        except OSError as error:
            raise ExplorerError(f"{text} can't be looked at: {error}", "Check the path.") from error
    raise ExplorerError(f"There is nothing at {next(iter(places), text)}", "Check the path.")


def _bare(text: str) -> str:
    """Without spaces at both ends, and marks of the direction of writing, which Windows copies along with a path."""
    while (stripped := text.strip().strip("\u200e\u200f\u202a\u202b\u202c\u2066\u2069\ufeff")) != text:
        text = stripped
    return text


def _meant(typed: str, text: str) -> Iterator[str]:
    """What a text may stand for, the likeliest first: names may hold quotes, and end in spaces."""
    if text.lower().startswith("file:"):
        with suppress(ValueError):  # it is none
            address = urlsplit(text)
            host = "" if address.netloc.lower() == "localhost" else address.netloc
            if address.path:
                yield url2pathname(f"//{host}{address.path}" if host else address.path)
    if _QUOTES.get(text[0]) == text[-1] and (inside := _bare(text[1:-1])):
        yield from _meant(text[1:-1], inside)
    yield text
    yield typed.strip("\r\n")
    if os.name != "nt" and "\\" in text:
        yield re.sub(r"\\(.)", r"\1", text)


def _at(text: str) -> Iterator[Path]:
    for form in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)):
        try:
            yield Path(form).expanduser().absolute()
        except (OSError, RuntimeError):  # RuntimeError for a home that nobody has
            yield Path(form).absolute()
