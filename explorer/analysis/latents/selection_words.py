"""What is said of a selection of images; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.analysis.latents.selection import Told

_MOST_CLASSES = 6
_SHOWN = 5  # dimensions
_FEW = 10  # images, of which no numbers are to be trusted


def classes(labels: np.ndarray, every: np.ndarray, names: Sequence[str]) -> str:
    """How many there are of each class, and what share of it that is.

    Parameters
    ----------
    labels, every : int arrays (n,), (N,)
        Of the selection, and of all.
    """
    counts = np.bincount(labels, minlength=len(names))
    totals = np.bincount(every, minlength=len(names))
    order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
    said = [f"{names[i]} {counts[i]:,} of {totals[i]:,}" for i in order[:_MOST_CLASSES]]
    rest = len(order) - len(said)
    more = f", and {counts[order[_MOST_CLASSES:]].sum():,} of {rest} other classes" if rest else ""
    return f"{', '.join(said)}{more}."


def spread(of_these: float, of_all: float, count: int) -> str:
    """How far they are from their mean, and all images from theirs."""
    if count == 1:
        return "One image has no spread."
    return f"They lie {of_these:.2f} from their mean on average; all images {of_all:.2f} from theirs" + (
        f": {100 * of_these / of_all:.0f} %." if of_all else "."
    )


def dimensions(told: Told, by_place: bool) -> str:
    """Which dimensions tell them from the rest.

    Parameters
    ----------
    told : Told
    by_place : bool
        Whether they were chosen by where they lie on the plane.
    """
    chance = told.by_chance
    beyond = [i for i in told.order if abs(told.auc[i] - 0.5) > chance - 0.5]
    width = len(told.auc)
    if beyond:
        listed = "; ".join(
            f"{i} ({'higher' if told.auc[i] > 0.5 else 'lower'}, AUC {max(told.auc[i], 1 - told.auc[i]):.2f}, "
            f"d {told.effect[i]:+.1f})"
            for i in beyond[:_SHOWN]
        )
        more = f" and {len(beyond) - _SHOWN} more" if len(beyond) > _SHOWN else ""
        said = f"Dimensions that tell these {told.n:,} from the other {told.m:,}: {listed}{more}."
    else:
        said = f"No dimension tells these {told.n:,} from the other {told.m:,} better than chance might."
    said += (
        " AUC is the share of pairs, one of each kind, that a dimension puts right: 0.5 tells nothing, and the best "
        f"of {width:,} reaches {chance:.2f} by chance alone (5 in 100); d is the difference of both means in standard "
        "deviations."
    )
    if told.n < _FEW or told.m < _FEW:
        said += f" With so few images ({min(told.n, told.m)}) take no number here for sure."
    if by_place:
        said += " They were chosen by where they lie, so the axes of the map are among what tells them apart."
    return said
