"""The residual net against the linear VAE that it starts as, and what it gains from there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer import nets
from explorer.nets.gaussian import LOGVAR_BOUND
from explorer.nets.linear import LinearVAE
from explorer.nets.residual import SKETCHED, Block, ResidualVAE
from explorer.objective import objective
from explorer.pixels import to_float
from explorer.training import closed_form
from explorer.training.muon import Muon

LATENT, BETA = 8, 1e-3


def pictures(n: int) -> np.ndarray:
    """uint8 (n, 3, 32, 32): a coloured disc on a coloured ground, which no linear decoder paints well."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    place, radius = rng.uniform(8, 24, (2, n, 1, 1)), rng.uniform(5, 10, (n, 1, 1))
    inside = ((x - place[0]) ** 2 + (y - place[1]) ** 2 < radius**2)[:, None]  # (n, 1, 32, 32)
    ground, disc = rng.integers(0, 256, (2, n, 3, 1, 1))
    return np.where(inside, disc, ground).astype(np.uint8)


def prepared(images: np.ndarray, beta: float = BETA, latent_dim: int = LATENT) -> ResidualVAE:
    torch.manual_seed(0)
    net = ResidualVAE(latent_dim)
    net.prepare(images, beta)
    return net


def total(net: torch.nn.Module, x: Tensor) -> float:
    noise = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return objective(x, *net(x, noise), BETA).total.item()


def test_it_starts_as_the_best_linear_vae():
    images = pictures(400)
    linear = LinearVAE(LATENT)
    list(closed_form.fit(linear, images, [np.arange(400)], BETA))
    net, x = prepared(images), to_float(images)
    mine, theirs = net.encode(x), linear.encode(x)
    torch.testing.assert_close(mine.kl().sum(dim=1), theirs.kl().sum(dim=1), rtol=0.01, atol=0.01)
    torch.testing.assert_close(net.decode(mine.mode()), linear.decode(theirs.mode()), rtol=0, atol=0.03)
    assert total(net, x) == pytest.approx(total(linear, x), rel=0.005)


def test_and_only_gains():
    """From the first steps on, with a short warm-up, on pictures of edges."""
    images = pictures(256)
    net, x = prepared(images), to_float(images)
    totals = [total(net, x)]
    inner = [layer.weight for layer in net.inner_layers()]
    rest = [p for p in net.parameters() if all(p is not weight for weight in inner)]
    optimisers = Muon([(weight, 0) for weight in inner], 0.03), torch.optim.AdamW(rest, 3e-4)
    peaks = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    noise = torch.Generator().manual_seed(1)
    for step in range(60):
        net.zero_grad()
        batch = x[step % 4 :: 4]
        objective(batch, *net(batch, noise), BETA).total.backward()
        for optimiser, peak in zip(optimisers, peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * min(1, (step + 1) / 40)
            optimiser.step()
        if step % 20 == 19:
            totals.append(total(net, x))
    assert totals == sorted(totals, reverse=True)
    assert totals[-1] < 0.9 * totals[0]


def test_a_fresh_one_paints_something():
    net = nets.build("residual_vae", LATENT)
    assert net.decode(torch.zeros(2, LATENT)).shape == (2, 3, 32, 32)
    assert sum(p.numel() for p in nets.build("residual_vae", 128).parameters()) < 5_000_000


def test_fewer_images_than_latent_dimensions():
    """What is left over collapses, and nothing breaks."""
    images = pictures(6)
    net = prepared(images, latent_dim=32)
    posterior = net.encode(to_float(images))
    assert (posterior.kl().mean(dim=0) > 1e-3).sum() <= 6
    assert torch.isfinite(net.decode(posterior.sample())).all()


def test_beta_0_has_finite_numbers():
    net = prepared(pictures(64), beta=0.0)
    assert (net.logvar == -LOGVAR_BOUND).all()
    x = to_float(pictures(4))
    assert torch.isfinite(objective(x, *net(x), 0.0).total)


def test_many_images_are_sampled_evenly():
    """The first half is black, the second white: a sketch of the beginning would know one of them only."""
    images = np.zeros((2 * SKETCHED + 2, 3, 32, 32), np.uint8)
    images[SKETCHED + 1 :] = 255
    net = prepared(images, latent_dim=2)
    torch.testing.assert_close(net.decoder.bias.mean(), torch.tensor(0.5), atol=1e-3, rtol=0)


def test_muons_layers_are_those_of_the_blocks():
    net = ResidualVAE(LATENT)
    inner = net.inner_layers()
    assert len(inner) == 2 * sum(isinstance(module, Block) for module in net.modules())
    assert {layer.weight.shape[:2] for layer in inner} == {(32, 32)}  # type: ignore[union-attr]
