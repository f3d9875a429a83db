"""What is printed or shown: names of files may hold what a terminal, or UTF-8, doesn't have."""

import io
import sys


def take_every_character() -> None:
    """Print what the terminal's encoding doesn't have as an escape, rather than end with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    r"""A text with escapes for what isn't Unicode: the byte 0xE9 of a name in Latin-1 is "\xe9"."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # of Windows, where names are halves of UTF-16
        raw = text.encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "backslashreplace")
