"""What latents take under a prior, where that is known."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from explorer import nets, priors
from explorer.analysis.likelihood import measure
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.priors import LatentShape
from explorer.priors.encodings import Encodings


def encodings(n: int, mean: float, std: float) -> Encodings:
    generator = torch.Generator().manual_seed(7)
    return Encodings(mean * torch.randn((n, 2), generator=generator), torch.full((n, 2), std))


def test_under_the_standard_normal_it_is_the_kl():
    of = encodings(20_000, 0.9, 0.3)
    kl = 0.5 * (of.mean.square() + 0.3**2 - 1 - 2 * math.log(0.3)).sum(dim=1).mean().item()
    assert measure.rate_under(priors.build("normal", LatentShape(2, 1, 0)), of) == pytest.approx(kl, abs=0.02)


def test_under_the_aggregate_posterior_it_is_what_z_tells_of_the_image():
    """Means of variance 3 and noise of 1 make a Gaussian of variance 4: ln 4 / 2 for each of two dimensions."""
    mixture = priors.build("mixture", LatentShape(2, 1, 0))
    mixture.fit(encodings(4_000, math.sqrt(3), 1.0))
    assert measure.rate_under(mixture, encodings(4_000, math.sqrt(3), 1.0)) == pytest.approx(math.log(4), abs=0.03)


def test_codes_take_what_their_prior_says():
    codes = torch.tensor([[0, 1], [1, 1]])
    of = Encodings(torch.zeros(2, 2), torch.zeros(2, 2), codes=codes)
    shape = LatentShape(1, 1, 4)
    assert measure.rate_under(priors.build("uniform", shape), of) == pytest.approx(2 * math.log(4))
    frequency = priors.build("frequency", shape)
    frequency.fit(of)
    assert measure.rate_under(frequency, of) == pytest.approx(-(math.log(1 / 4) + 3 * math.log(3 / 4)) / 2)


def test_a_point_has_no_likelihood(pictures: Path):
    net = nets.build("autoencoder", 2).eval()
    with pytest.raises(ExplorerError, match="no likelihood"):
        measure.measure(net, 0.0, load_image_set("folder", str(pictures)))
