"""What it takes to tell an image's codes to somebody who knows how often each is used."""

import numpy as np

from explorer.analysis.measures.measure import Measure, Reconstruction


def nats_by_frequency(counts: np.ndarray) -> float:
    """Nats of an image's codes if each of them costs what its frequency asks for; how often it has each, (K,), mean."""
    shares = counts[counts > 0] / counts.sum()
    return float(-counts.sum() * (shares * np.log(shares)).sum())


def _counts(of: Reconstruction) -> np.ndarray | None:
    if of.code_counts is None:
        return None
    n = len(of.images)
    return np.broadcast_to(of.code_counts / n, (n, len(of.code_counts)))


MEASURE = Measure(
    key="entropy",
    title="Rate by use of codes",
    help="Of codes: what an image's would take if each of them cost what its frequency over all images asks for, which "
    "is their entropy (Shannon 1948), rather than log K.",
    of="posterior",
    terms=_counts,
    value=nats_by_frequency,
    pooled="whole set",
    unit="nats",
    digits=",.0f",
    none="",
)
