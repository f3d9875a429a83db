"""What the live picture of a run's latent is given."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer import models
from explorer.config import TrainConfig
from explorer.frontier import Frontier
from explorer.runs.rows import Subset
from explorer.ui.components import latent_use
from tests.rows import measured


def test_nothing_before_the_first_measurement():
    assert latent_use.payload({}, TrainConfig(), []) == {}


def test_dimensions_are_sorted_and_counted():
    found = latent_use.payload({"step": 1200, "kl_per_dim": [0.01, 2.0, 0.3]}, TrainConfig(), [])
    assert found["bars"] == [2.0, 0.3, 0.01]
    assert found["words"] == "step 1,200: 2 of 3 dimensions in use: more than 0.01 nats each"


def test_of_codes_it_is_their_use():
    config = TrainConfig(family="vq_vae", latent_dim=64, codebook_size=4)
    found = latent_use.payload({"step": 10, "code_counts": [10, 0, 40, 50]}, config, [])
    assert found["bars"] == [50.0, 40.0, 10.0, 0.0]
    entropy = -(0.5 * math.log(0.5) + 0.4 * math.log(0.4) + 0.1 * math.log(0.1))
    assert f"perplexity {math.exp(entropy):.0f} of 4" in found["words"]
    assert f"{64 * math.log(4):.0f} nats an image, {64 * entropy:.0f} if" in found["words"]


def test_the_way_is_that_of_the_validation_subset_in_nats_an_image():
    way = ((1, 0.1, 0.5), (3, math.nan, math.nan), (5, 0.05, 1.5))
    rows = [measured(Subset, step, recon, kl=kl) for step, recon, kl in way]
    found = latent_use.payload({"step": 5, "kl_per_dim": [1.0]}, TrainConfig(latent_dim=10), rows)
    assert found["trail"] == [[pytest.approx(5.0), 0.1], [pytest.approx(15.0), 0.05]]
    assert found["trail_step"] == 5


def test_landmarks_are_models_of_the_same_images():
    latest = {"step": 5, "kl_per_dim": [1.0]}
    assert latent_use.payload(latest, TrainConfig(source="photos"), [])["models"] == []
    landmarks = latent_use.payload(latest, TrainConfig(source="cifar10"), [])["models"]
    assert {mark["label"] for mark in landmarks} >= {"0.001", "0.0001"}
    of_source = [m for m in models.shipped() if m.source == "cifar10"]
    of_one_beta = [m for m in of_source if m.family in ("conv_vae", "residual_vae")]
    measured = {(m.measured["validation"]["kl"] * m.latent_dim, m.measured["validation"]["recon"]) for m in of_one_beta}
    assert {(mark["nats"], mark["mse"]) for mark in landmarks} == measured
    assert all(10 < nats < 2000 and 0.001 < mse < (0.02 if nats > 20 else 0.03) for nats, mse in measured)


def test_the_frontier_goes_along():
    line = Frontier(*(np.array(values) for values in ([1e-3, 1e-2], [0.005, 0.01], [230.0, 60.0], [0.007, 0.015])))
    found = latent_use.payload({"step": 5, "kl_per_dim": [1.0]}, TrainConfig(), [], line)
    assert found["frontier"] == [(230.0, 0.005), (60.0, 0.01)]
