"""What scores of disentanglement say, in words; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from explorer.analysis.latents.disentanglement import CODE_BINS, FACTOR_BINS, ROUNDS, Scores
from explorer.data.imageset import Factor

_TELLS = 0.1  # share of a factor that a dimension tells, from which on it is said to tell it
_AS_WELL = 0.5  # of what the best dimension tells, from which on others are named beside it
_NAMED = 3  # of these, at most


class Score(NamedTuple):
    """A score: its name, whose it is, what it says in a sentence, and how it came out, 0..1."""

    name: str
    source: str
    says: str
    value: float


def each(scores: Scores) -> list[Score]:
    """All of them, DCI's three apart."""
    eastwood, dci = "Eastwood and Williams 2018", scores.dci
    guessing = f"By guessing: {1 / len(scores.gaps):.2f}."
    return [
        Score("MIG", "Chen et al. 2018", "How far the best dimension for a factor is ahead of the next.", scores.mig),
        Score("SAP", "Kumar et al. 2018", "The same, of how well a straight line tells the factor.", scores.sap),
        Score("DCI, disentanglement", eastwood, "How far each dimension serves one factor only.", dci.disentanglement),
        Score("DCI, completeness", eastwood, "How far each factor is served by one dimension only.", dci.completeness),
        Score(
            "DCI, informativeness", eastwood, "How often all dimensions together tell it right.", dci.informativeness
        ),
        Score(
            "FactorVAE",
            "Kim and Mnih 2018",
            f"One factor held still: how often the dimension that varies least tells which. {guessing}",
            scores.factor_vae,
        ),
        Score(
            "Modularity",
            "Ridgeway and Mozer 2018",
            "How far what a dimension tells is of one factor only; dimensions out of use lower it.",
            scores.modularity,
        ),
    ]


def where(share: np.ndarray, factors: Sequence[Factor], dimensions: Sequence[int]) -> str:
    """Which dimensions tell which factor.

    Parameters
    ----------
    share : float array (K, d)
        Of each factor that each dimension tells, 0..1.
    factors : sequence of K Factor
    dimensions : sequence of d int
        What each is called.
    """
    told, untold = [], []
    for row, factor in zip(share, factors, strict=True):
        if row.max() < _TELLS:
            untold.append(factor.name)
            continue
        best = [j for j in np.argsort(-row, kind="stable") if row[j] >= _AS_WELL * row.max()]
        more = [f"{len(best) - _NAMED} more"] if len(best) > _NAMED else []
        told.append(f"**{factor.name}** in {_and([*(str(dimensions[j]) for j in best[:_NAMED]), *more])}")
    lies = f"Look for {', '.join(told)}." if told else ""
    nowhere = f"No dimension tells a tenth of {_and(untold, 'or')}." if untold else ""
    return " ".join(filter(None, (lies, nowhere)))


def circles(factors: Sequence[Factor]) -> str:
    """Why no gap can be large for factors on a circle; empty where there are none."""
    found = [factor.name for factor in factors if factor.period]
    if not found:
        return ""
    of = "each of which is" if len(found) > 1 else "which is"
    return (
        f"MIG and SAP can't reach 1 here: of {_and(found)}, {of} a circle, two dimensions must tell alike, "
        "as sine and cosine do."
    )


def how(n: int) -> str:
    """How it was measured on n images."""
    return (
        f"Mutual information is counted in {CODE_BINS} bins of a dimension and {FACTOR_BINS} of a factor that is a "
        "number. SAP takes the accuracy of a linear SVM for shapes and R² for numbers. Trees of DCI and SVMs are "
        f"fitted to two thirds of the {n:,} images and judged on the rest; trees are boosted {ROUNDS} times where "
        "published numbers have 100, so compare models here, and not with papers."
    )


def _and(names: Sequence[str], word: str = "and") -> str:
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last
