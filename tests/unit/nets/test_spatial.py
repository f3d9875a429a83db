"""A latent that keeps the image's layout: against its closed form, and cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets, units
from explorer.errors import ExplorerError
from explorer.frontier import linear_frontier
from explorer.nets.spatial import SpatialVAE
from explorer.objective import objective

BETA = 1e-3


def prepared(images: np.ndarray, latent_dim: int = 128) -> SpatialVAE:
    torch.manual_seed(0)
    net = SpatialVAE(latent_dim)
    net.prepare(images, BETA)
    return net.eval()


def parameters(family: str, latent_dim: int) -> int:
    return sum(p.numel() for p in nets.build(family, latent_dim).parameters())


def test_it_has_as_many_parameters_as_a_flat_one():
    assert parameters("spatial_vae", 128) == pytest.approx(parameters("residual_vae", 128), rel=0.05)


@pytest.mark.parametrize("latent_dim", [64, 192])
def test_it_starts_as_the_best_linear_vae_of_patches(patterns: np.ndarray, latent_dim: int):
    """The closed form for patches as images of their own: 48 pixel values, C dimensions, the same ratio of both."""
    x = torch.from_numpy(patterns).float() / 255
    of = (x - x.mean(dim=(0, 2, 3), keepdim=True)).numpy()
    of = of.reshape(-1, 3, 8, 4, 8, 4).transpose(0, 2, 4, 1, 3, 5).reshape(-1, 48)
    variance = np.linalg.eigvalsh(np.cov(of.T, bias=True))[::-1]
    maps = latent_dim // 64
    best = linear_frontier(variance[:maps], float(variance[maps:].sum()), np.array([BETA]), pixel_values=48)
    x_hat, posterior = prepared(patterns, latent_dim)(x, torch.Generator().manual_seed(0))
    terms = objective(x, x_hat, posterior, BETA)
    assert terms.recon.item() == pytest.approx(best.mse[0], rel=0.01)
    assert units.nats_per_image(terms.kl.item(), latent_dim) == pytest.approx(64 * best.nats[0], rel=0.01)


def test_to_begin_with_a_cell_is_its_patch(patterns: np.ndarray):
    net = prepared(patterns)
    x = torch.from_numpy(patterns[:1]).float() / 255
    other = x.clone()
    other[:, :, 8:12, 20:24] = 1 - other[:, :, 8:12, 20:24]
    moved = (net.encode(other).mu - net.encode(x).mu).view(2, 8, 8).abs().sum(dim=0) > 1e-5
    assert moved.nonzero().tolist() == [[2, 5]]
    changed = (net.decode(net.encode(other).mu) - net.decode(net.encode(x).mu)).abs().sum(dim=(0, 1)) > 1e-5
    assert {(int(y) // 4, int(x) // 4) for y, x in changed.nonzero()} == {(2, 5)}


@pytest.mark.parametrize("latent_dim", [2, 100, 576])
def test_other_sizes_are_refused(latent_dim: int):
    with pytest.raises(ExplorerError, match=f"latent_dim is {latent_dim}"):
        SpatialVAE(latent_dim)
