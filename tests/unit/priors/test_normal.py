"""N(0, I) against the nets that are trained with it, and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from explorer import nets, priors
from explorer.priors import LatentShape
from explorer.priors.encodings import Encodings


def test_it_is_what_a_vae_is_trained_with():
    drawn = priors.build("normal", LatentShape(16)).sample(5, 3)
    assert drawn.equal(nets.build("linear_vae", 16).sample_prior(5, 3))


def test_nats():
    mean = torch.randn(6, 3)
    found = priors.build("normal", LatentShape(3)).nats(Encodings(mean, torch.zeros_like(mean)))
    assert found.tolist() == pytest.approx((-multivariate_normal(cov=np.eye(3)).logpdf(mean.numpy())).tolist())
