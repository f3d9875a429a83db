"""A VAE's layers without noise: what it keeps of the trunk, and what it says of rates."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets
from explorer.nets.autoencoder import Autoencoder
from explorer.objective import objective


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_it_starts_as_principal_components(patterns: np.ndarray):
    net = Autoencoder(8)
    net.prepare(patterns, 0.0)
    x = torch.from_numpy(patterns).float() / 255
    centred = x.flatten(1) - x.flatten(1).mean(dim=0)
    left_out = torch.linalg.svdvals(centred)[8:].square().sum() / x.numel()
    x_hat, _ = net(x)
    assert (x_hat - x).square().mean().item() == pytest.approx(left_out.item(), rel=0.02)


@pytest.mark.parametrize("trunk", nets.choices("trunk"))
def test_there_is_no_noise_and_no_finite_rate(trunk: str):
    net = Autoencoder(8, trunk).eval()
    x = torch.rand(3, 3, 32, 32, generator=generator(0))
    once, point = net(x, generator(1))
    again, _ = net(x, generator(2))
    torch.testing.assert_close(once, again, rtol=0, atol=0)
    torch.testing.assert_close(point.mode(), net.trunk.encode(x).mu)
    assert point.kl().shape == (3, 8)
    assert torch.isinf(point.kl()).all()
    assert objective(x, once, point, 0.0).total.item() == pytest.approx((x - once).square().mean().item())


def test_a_trunk_keeps_its_norm():
    net = Autoencoder(8, "conv_vae", norm="group")
    assert sum(isinstance(m, torch.nn.GroupNorm) for m in net.modules()) == 5
