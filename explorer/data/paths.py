"""Paths that a person types: looked at before anything is read there."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import ExplorerError

MAX_LENGTH = 1024


def checked(text: str) -> Path:
    """The absolute path of a file or folder that is there.

    Raises
    ------
    ExplorerError
        If the text is empty, too long or holds control characters, or nothing is there that may be looked at.
    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or not text.isprintable():
        raise ExplorerError(
            "That is no path" if text else "No path is given",
            f"A path has at most {MAX_LENGTH:,} characters, and none that can't be seen.",
        )
    try:
        place = Path(text).expanduser().absolute()
        there = place.exists()
    except (OSError, RuntimeError) as error:  # expanduser: RuntimeError for a home that nobody has
        raise ExplorerError(f"{text} can't be looked at: {error}", "Check the path.") from error
    if not there:
        raise ExplorerError(f"There is nothing at {place}", "Check the path.")
    return place
