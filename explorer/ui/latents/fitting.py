"""What a view of a latent needs of a family, and what is said of one that hasn't got it: `why_not` of views."""

from __future__ import annotations

from explorer.nets.family import Family
from explorer.ui.shell import views


def vectors(family: Family) -> str:
    """What needs a place for each image, with others between them."""
    if family.posterior != "codes":
        return ""
    said = "it says one code for each cell, and between two codes there is nothing"
    return f"{views.a(family)} puts no image at a place: {said}."


def dimensions(family: Family) -> str:
    """What needs dimensions, each of which could stand for something."""
    if family.posterior != "codes":
        return ""
    return f"{views.a(family)} has no dimensions: a cell says which code, not how much of anything."


def prior(family: Family) -> str:
    """What needs a prior."""
    if family.posterior == "point":
        return f"{views.a(family)} has no prior: it puts each image at a point, and says nothing of all others."
    return ""


def codes(family: Family) -> str:
    """What needs codes."""
    if family.posterior == "codes":
        return ""
    return f"{views.a(family)} has no codes: its latent is numbers, each of which may be any."
