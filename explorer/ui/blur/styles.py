"""How models are told apart on Blur: in charts, over the loupe's columns and in tables alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.palette import shade

Border = Literal["solid", "dashed", "dotted"]  # CSS
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")  # of a family's first, second, third model
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
_BORDERS: tuple[Border, ...] = ("solid", "dashed", "dotted")


@dataclass(frozen=True)
class Style:
    """A model's shade of its family's colour, with a dash and a mark that no other of the family has.

    Parameters
    ----------
    colour : str
    dash, symbol : str
        Plotly's.
    border : Border
        The dash where CSS draws it.
    """

    colour: str
    dash: str
    symbol: str
    border: Border


def told_apart(models: Sequence[Model]) -> list[Style]:
    """A style each, by how many of the family stand before it."""
    before: dict[str, int] = {}
    found = []
    for model in models:
        nth = before[model.family] = before.get(model.family, -1) + 1
        colour = shade(FAMILIES[model.family].colour, nth)
        kind = nth % len(_DASHES)
        found.append(Style(colour, _DASHES[kind], _SYMBOLS[kind], _BORDERS[nth % len(_BORDERS)]))
    return found
