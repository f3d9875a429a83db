"""What is printed: for terminals of any encoding."""

import io
import sys


def take_every_character() -> None:
    """Print what the terminal's encoding doesn't have as an escape, rather than end with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
