"""The residual net against the linear VAE that it starts as, and what it gains from there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer import nets
from explorer.errors import ExplorerError
from explorer.nets.gaussian import LOGVAR_BOUND
from explorer.nets.likelihood import Gaussian
from explorer.nets.linear import LinearVAE
from explorer.nets.residual import SKETCHED, Block, ResidualVAE
from explorer.objective import objective
from explorer.pixels import to_float
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


def weights(net: ResidualVAE) -> list[Tensor]:
    """Of the layers that Muon takes."""
    return [p for layer in net.inner_layers() for name, p in layer.named_parameters() if name == "weight"]


def total(net: torch.nn.Module, x: Tensor, beta: float = BETA) -> float:
    noise = torch.Generator().manual_seed(0)
    with torch.no_grad():
        x_hat, posterior = net(x, noise)
        return objective(x, x_hat, posterior, beta).total.item()


def test_it_starts_as_the_best_linear_vae():
    images = pictures(400)
    linear = LinearVAE(LATENT)
    list(linear.solve(images, [np.arange(400)], BETA))
    net, x = prepared(images), to_float(images)
    mine, theirs = net.encode(x), linear.encode(x)
    torch.testing.assert_close(mine.kl().sum(dim=1), theirs.kl().sum(dim=1), rtol=0.01, atol=0.01)
    torch.testing.assert_close(net.decode(mine.mode()), linear.decode(theirs.mode()), rtol=0, atol=0.03)
    assert total(net, x) == pytest.approx(total(linear, x), rel=0.005)


def test_and_only_gains():
    """From the first steps on, with the presets' step sizes, on pictures of edges."""
    images, beta = pictures(64), 1e-4
    net, x = prepared(images, beta), to_float(images)
    totals = [total(net, x, beta)]
    inner = weights(net)
    rest = [p for p in net.parameters() if all(p is not weight for weight in inner)]
    optimisers = Muon([(weight, 0) for weight in inner], 0.03), torch.optim.AdamW(rest, 1e-4)
    peaks = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    noise = torch.Generator().manual_seed(1)
    for step in range(120):
        net.zero_grad()
        batch = x[step % 4 :: 4]
        x_hat, posterior = net(batch, noise)
        objective(batch, x_hat, posterior, beta).total.backward()
        for optimiser, peak in zip(optimisers, peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * min(1, (step + 1) / 40)
            optimiser.step()
        if step % 20 == 19:
            totals.append(total(net, x, beta))
    assert all(later < 1.002 * earlier for earlier, later in pairwise(totals)), totals
    assert totals[-1] < 0.85 * totals[0]


def test_a_fresh_one_paints_something():
    net = nets.build("residual_vae", LATENT)
    x_hat, _ = net(torch.zeros(2, 3, 32, 32))
    assert x_hat.shape == (2, 3, 32, 32)
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
    x_hat, posterior = net(x)
    assert torch.isfinite(objective(x, x_hat, posterior, 0.0).total)


def test_many_images_are_sampled_evenly():
    """The first half is black, the second white: a sketch of the beginning would know one of them only."""
    images = np.zeros((2 * SKETCHED + 2, 3, 32, 32), np.uint8)
    images[SKETCHED + 1 :] = 255
    net = prepared(images, latent_dim=2)
    torch.testing.assert_close(net.decoder.bias.mean(), torch.tensor(0.5), atol=1e-3, rtol=0)


def test_muons_layers_are_those_in_between():
    net = ResidualVAE(LATENT)
    inner = weights(net)
    blocks = [weight for weight in inner if weight.shape[:2] == (32, 32)]
    assert len(blocks) == 2 * sum(isinstance(module, Block) for module in net.modules())
    others = [tuple(weight.shape[:2]) for weight in inner if weight.shape[:2] != (32, 32)]
    assert others == [(64, 32), (128, 64), (2 * LATENT, 2048), (12, 32)]


def test_a_logistic_decoder_begins_as_sure_as_its_errors_are_small(patterns: np.ndarray):
    """Its first loss is near that of a Gaussian at the best sigma, and it has the same pictures."""
    torch.manual_seed(0)
    net = nets.build("residual_vae", 8, likelihood="logistic")
    net.prepare(patterns, 1e-3)
    assert net.learns_spread
    x = torch.from_numpy(patterns).float() / 255
    z = net.encode(x).sample(torch.Generator().manual_seed(0))
    spread = (net.decode(z) - x).square().mean(dim=(0, 2, 3), keepdim=True).sqrt()
    ours = net.log_likelihood(x, z).mean()
    theirs = Gaussian(net.decode(z), spread).log_mass(x).sum(dim=(1, 2, 3)).mean()
    assert abs(ours - theirs) / 3072 < 0.2
    with pytest.raises(ExplorerError, match="how sure"):
        net.likelihood(z, 0.1)


def test_what_a_logistic_decoder_minimises_is_its_elbo(patterns: np.ndarray):
    """Whatever beta: in nats an image, times 2 MSE over the pixel values."""
    torch.manual_seed(0)
    net = nets.build("residual_vae", 8, likelihood="logistic")
    net.prepare(patterns, 1e-3)
    x = torch.from_numpy(patterns).float() / 255
    found = [net.loss(x, beta, torch.Generator().manual_seed(0)) for beta in (1e-3, 1.0)]
    q = net.encode(x)
    z = q.sample(torch.Generator().manual_seed(0))
    nats = (q.kl().sum(dim=1) - net.log_likelihood(x, z)).mean().item()
    for terms in found:
        assert terms.total.item() == pytest.approx(2 * terms.recon.item() / 3072 * nats, rel=1e-4)
