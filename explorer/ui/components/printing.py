"""A button that prints the page."""

from __future__ import annotations

from explorer.ui.components import register

_printing = register("printing")


def button() -> None:
    """As the browser's own command does, which telephones and folded menus hide."""
    _printing(key="printing", width="content")
