"""The conditional net against the linear VAE that it starts as at every beta, and what telling it beta changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets
from explorer.nets import BETA_RANGE, BETA_STOPS
from explorer.nets.conditional import ConditionalVAE
from explorer.nets.linear import LinearVAE
from explorer.nets.residual import ResidualVAE
from explorer.objective import objective
from explorer.pixels import to_float

LATENT = 8


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """uint8 (300, 3, 32, 32): smooth colour gradients, with components of very different variances."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32] / 31
    waves = np.stack([np.cos(np.pi * (i * x + j * y)) for i in range(4) for j in range(4)])  # (16, 32, 32)
    weights = rng.normal(size=(300, 3, 16)) * np.geomspace(40, 1, 16)
    return np.clip(128 + np.einsum("ncw,whx->nchx", weights, waves), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def net(images: np.ndarray) -> ConditionalVAE:
    torch.manual_seed(0)
    made = ConditionalVAE(LATENT)
    made.prepare(images, beta=1e-3)
    return made.eval()


@pytest.mark.parametrize("beta", [1e-5, 1e-3, 1e-1])
def test_it_starts_as_the_best_linear_vae_at_every_beta(net: ConditionalVAE, images: np.ndarray, beta: float):
    linear = LinearVAE(LATENT)
    list(linear.solve(images, [np.arange(300)], beta))
    x = to_float(images)
    mine, theirs = net.at(beta).encode(x), linear.encode(x)
    torch.testing.assert_close(mine.kl().sum(dim=1), theirs.kl().sum(dim=1), rtol=0.01, atol=0.01)
    torch.testing.assert_close(net.at(beta).decode(mine.mode()), linear.decode(theirs.mode()), rtol=0, atol=0.02)


def test_the_linear_total_is_what_the_linear_vae_measures(net: ConditionalVAE, images: np.ndarray):
    x = to_float(images)
    for beta in (1e-4, 1e-2):
        x_hat, posterior = net.at(beta)(x, torch.Generator().manual_seed(0))
        measured = objective(x, x_hat, posterior, beta).total.item()
        assert net.linear_total(torch.tensor([beta])).item() == pytest.approx(measured, rel=0.01)


def test_dimensions_go_dark_one_by_one(net: ConditionalVAE, images: np.ndarray):
    x = to_float(images)
    awake = [int((net.at(b).encode(x).kl().mean(dim=0) > 0.01).sum()) for b in BETA_STOPS]
    assert awake == sorted(awake, reverse=True)
    assert awake[0] == LATENT > awake[-1]


def test_each_image_of_a_batch_has_its_own_beta(net: ConditionalVAE, images: np.ndarray):
    x, beta = to_float(images[:3]), torch.tensor([1e-5, 1e-3, 1e-1])
    each = net.at(beta)
    together = each.encode(x)
    x_hat = each.decode(together.mode())
    for i, b in enumerate(beta.tolist()):
        alone = net.at(b).encode(x[i : i + 1])
        torch.testing.assert_close(together.mu[i], alone.mu[0])
        torch.testing.assert_close(together.logvar[i], alone.logvar[0])
        torch.testing.assert_close(x_hat[i], net.at(b).decode(alone.mode())[0])


def test_training_moves_what_beta_does(images: np.ndarray):
    """It starts at the linear VAE's total, and every parameter is reached by the gradient within two steps."""
    torch.manual_seed(0)
    net, few = ConditionalVAE(LATENT), images[:64]
    net.prepare(few, beta=1e-3)
    x, noise = to_float(few), torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3)
    untouched = {name: p.detach().clone() for name, p in net.named_parameters()}
    totals = []
    for _ in range(3):
        total = net.loss(x, 1e-3, noise).total / net.linear_total(torch.tensor([1e-3]))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(total.item())
    assert totals[0] == pytest.approx(1, abs=0.02)
    assert [name for name, p in net.named_parameters() if p.equal(untouched[name])] == []


def test_betas_are_drawn_evenly_over_decades():
    drawn = ConditionalVAE(2).sample_beta(40_000, torch.Generator().manual_seed(0))
    assert BETA_RANGE[0] <= drawn.min() < drawn.max() <= BETA_RANGE[1]
    decades = torch.histc(drawn.log10(), 4, -5, -1)
    assert (decades / 10_000 - 1).abs().max() < 0.05


def test_beyond_its_range_it_does_what_it_does_at_the_end(net: ConditionalVAE, images: np.ndarray):
    x = to_float(images[:2])
    for beyond, end in ((0.0, 1e-5), (5.0, 1e-1)):
        assert net.at(beyond).encode(x).mu.equal(net.at(end).encode(x).mu)


def test_beta_costs_few_parameters():
    plain, told = (sum(p.numel() for p in net(128).parameters()) for net in (ResidualVAE, ConditionalVAE))
    assert told < 1.07 * plain
    assert sum(p.numel() for p in nets.build("conditional_vae", 128).parameters()) < 5_000_000
