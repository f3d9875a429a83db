"""What a curve is at a rate between its points."""

from __future__ import annotations

import pytest

from explorer import models
from explorer.analysis.measures.same_rate import at_rate


def test_half_way_on_logarithmic_scales():
    curve = [(400.0, 0.004), (100.0, 0.016)]
    assert at_rate(curve, 200.0) == pytest.approx(0.008)
    assert at_rate(curve, 100.0) == pytest.approx(0.016)


def test_nothing_is_known_beyond_its_ends():
    curve = [(400.0, 0.004), (100.0, 0.016)]
    assert at_rate(curve, 99.0) is None
    assert at_rate(curve, 401.0) is None
    assert at_rate(curve[:1], 400.0) is None
    assert at_rate([(0.0, 1.0), *curve[:1]], 200.0) is None  # no rate, no logarithm


def test_it_misses_less_than_two_percent_on_a_curve_that_was_measured():
    """The errors of the shipped model of every beta at 21 betas: each second one, read from its neighbours."""
    model = models.get("cifar10-conditional")
    curve = [(row["kl"] * model.latent_dim, row["recon"]) for row in model.card["curve"]]
    for nats, mse in curve[1:-1:2]:
        assert at_rate(curve[::2], nats) == pytest.approx(mse, rel=0.02)
