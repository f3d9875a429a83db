"""The second VAE against data that are known."""

from __future__ import annotations

import torch

from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape
from explorer.priors.two_stage import TwoStage


def test_it_learns_a_ring_that_no_gaussian_is():
    generator = torch.Generator().manual_seed(0)
    angle = 6.2832 * torch.rand(4000, generator=generator)
    ring = torch.stack([5 + 3 * angle.cos(), 3 * angle.sin()], dim=1)
    z = ring + 0.1 * torch.randn(ring.shape, generator=generator)
    encodings = Encodings(z, torch.zeros_like(z))
    torch.manual_seed(0)
    prior = TwoStage(LatentShape(2), hidden=32)
    prior.prepare(encodings)
    optimiser = torch.optim.Adam(prior.parameters(), 5e-3)
    for _ in range(300):
        optimiser.zero_grad()
        prior.loss(encodings[torch.randint(4000, (128,), generator=generator)], generator).backward()
        optimiser.step()
    drawn = prior.eval().sample(1000, 1)
    radius = (drawn - torch.tensor([5.0, 0.0])).norm(dim=1)
    assert ((radius - 3).abs() < 1).float().mean() > 0.75  # of a Gaussian as wide two fifths
    assert (drawn.mean(dim=0) - torch.tensor([5.0, 0.0])).norm() < 0.5
