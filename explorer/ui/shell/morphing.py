"""A morph whose slider's position stands in the address, for pages that have one."""

from __future__ import annotations

from functools import partial

from explorer.ui.components import morph
from explorer.ui.components.shelved import Shelved
from explorer.ui.shell import address, frame

MIDDLE = 0.5
_KEY = "position"


@frame.fragment
def show(sheet: Shelved, name: str = "t") -> None:
    """The pictures that follow the slider; where it is let go goes into the address, and nothing else is drawn anew.

    `name` is what the address calls it: another one where the page has another thing called t.
    """
    morph.show(sheet, position(name), _KEY, partial(_keep, name))


def _keep(name: str) -> None:
    if (t := morph.rested(_KEY)) is None:
        return
    address.write(**{name: None if t == MIDDLE else f"{t:g}"})


def position(name: str) -> float:
    """The slider's position, 0..1; the middle if the address says none."""
    text = address.asked(name)
    try:
        t = float(text)
    except ValueError:
        t = -1.0
    if 0 <= t <= 1:
        return t
    if text:
        address.refuse(name, "position", f"{MIDDLE:g}, half way", "which is none from 0 to 1")
    return MIDDLE
