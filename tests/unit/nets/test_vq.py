"""Codes: which is chosen, what gradients see of it, how the codebook moves, what it costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.stats import entropy as scipys_entropy

from explorer.errors import ExplorerError
from explorer.nets.vq import DECAY, VQVAE, Codes, CodeStatistics, code_counts
from explorer.objective import objective

K, DIM = 16, 6


def fresh(images: np.ndarray | None = None) -> VQVAE:
    torch.manual_seed(0)
    net = VQVAE(codebook_size=K, code_dim=DIM)
    if images is not None:
        net.prepare(images, 0.0)
    return net


def said(net: VQVAE, x: torch.Tensor) -> torch.Tensor:
    """What the encoder says, a row a cell: (N * 64, DIM)."""
    return net.encode(x).encoded.detach().flatten(2).transpose(1, 2).flatten(0, 1)


def pixels(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).float() / 255


def test_it_starts_as_k_means_of_patches(patterns: np.ndarray):
    """No code lies idle, each is the mean of its cells, roughly, and paints its patch."""
    net, x = fresh(patterns).eval(), pixels(patterns)
    codes = net.encode(x)
    assert (code_counts(codes.indices, K) > 0).all()
    cells = said(net, x)
    means = torch.stack([cells[codes.indices.flatten() == k].mean(dim=0) for k in range(K)])
    spread = cells.var(dim=0).sum().sqrt()
    assert ((means - net.codebook).norm(dim=1) < 0.3 * spread).all()
    error = (net.decode(codes.mode()) - x).square().sum(dim=(1, 2, 3))
    to_codes = (codes.encoded - codes.vectors).square().sum(dim=(1, 2, 3))  # and what lies beyond DIM components
    assert (error >= to_codes - 1e-3).all()
    assert error.mean() < 0.5 * (x - x.mean(dim=(0, 2, 3), keepdim=True)).square().sum(dim=(1, 2, 3)).mean()


def test_the_nearest_code_is_chosen(patterns: np.ndarray):
    net, x = fresh(patterns).eval(), pixels(patterns[:8])
    expected = cdist(said(net, x).numpy(), net.codebook.numpy()).argmin(axis=1)
    np.testing.assert_array_equal(net.encode(x).indices.flatten().numpy(), expected)


def test_between_codes_there_is_nothing(patterns: np.ndarray):
    net = fresh(patterns).eval()
    z = net.encode(pixels(patterns[:4])).mode()
    painted = net.decode(z)
    torch.testing.assert_close(net.decode(z + 1e-3 * torch.randn_like(z)), painted)
    indices = torch.randint(K, (3, 64), generator=torch.Generator().manual_seed(0))
    again = net.encode(pixels(patterns[:4]))
    torch.testing.assert_close(net.lookup(again.indices), again.vectors.flatten(1))
    assert net.lookup(indices).shape == (3, DIM * 64)


def test_gradients_go_straight_through():
    """What reaches the codes reaches the encoder; the commitment pulls it to them, and leaves codes alone."""
    vectors = torch.randn(2, DIM, 8, 8, requires_grad=True)
    at = torch.randn(2, DIM, 8, 8, requires_grad=True)
    codes = Codes(torch.zeros(2, 64, dtype=torch.int64), at, vectors, K, commitment=0.25)
    weight = torch.randn(2, DIM * 64)
    (codes.mode() * weight).sum().backward()
    assert at.grad is not None
    torch.testing.assert_close(at.grad.flatten(1), weight)
    assert vectors.grad is None
    at.grad = None
    codes.charge.backward()
    torch.testing.assert_close(at.grad, 0.25 * 2 * (at - vectors).detach() / 2 / 3072)
    assert vectors.grad is None


def test_codes_follow_by_moving_averages(patterns: np.ndarray):
    net, x = fresh(patterns).train(), pixels(patterns[:16])
    shares, sums, cells = net.shares.clone(), net.sums.clone(), said(net, x)
    indices = net.encode(x).indices.flatten()
    net(x, torch.Generator().manual_seed(0))
    for k in range(K):
        mine = cells[indices == k]
        share = DECAY * shares[k] + (1 - DECAY) * len(mine) / len(cells)
        expected = (DECAY * sums[k] + (1 - DECAY) * mine.sum(dim=0) / len(cells)) / share
        torch.testing.assert_close(net.codebook[k], expected)


def test_a_dead_code_is_put_where_something_lies(patterns: np.ndarray):
    net, x = fresh(patterns).train(), pixels(patterns[:16])
    net.codebook[3], net.sums[3], net.shares[3] = 1e3, 0.0, 1e-4
    cells = said(net, x)
    net(x, torch.Generator().manual_seed(0))
    assert (cells - net.codebook[3]).norm(dim=1).min() < 1e-5
    assert net.shares[3] == pytest.approx(1 / K)


def test_in_use_nothing_moves(patterns: np.ndarray):
    net = fresh(patterns).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    once, _ = net(pixels(patterns[:4]), torch.Generator().manual_seed(0))
    again, _ = net(pixels(patterns[:4]), torch.Generator().manual_seed(1))
    torch.testing.assert_close(once, again, rtol=0, atol=0)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_what_it_costs(patterns: np.ndarray):
    net, x = fresh(patterns).eval(), pixels(patterns[:4])
    x_hat, codes = net(x)
    assert codes.kl().shape == (4, 64)
    torch.testing.assert_close(codes.kl().sum(dim=1), torch.full((4,), 64 * math.log(K)))
    total = objective(x, x_hat, codes, 0.0).total
    torch.testing.assert_close(total, (x_hat - x).square().mean() + codes.charge)


def test_statistics_of_batches_add_up(patterns: np.ndarray):
    net, x = fresh(patterns).eval(), pixels(patterns)
    parts = net.encode(x[:50]).statistics() + net.encode(x[50:]).statistics()
    assert parts.code_counts == code_counts(net.encode(x).indices, K).tolist()
    assert parts.active_units == 0


def test_entropy_is_scipys():
    some = CodeStatistics(torch.tensor([5, 0, 1, 12]))
    assert some.entropy == pytest.approx(scipys_entropy([5, 1, 12]))
    assert some.perplexity == pytest.approx(math.exp(scipys_entropy([5, 1, 12])))
    assert some.codes_used == 3
    assert CodeStatistics(torch.full((K,), 7)).entropy == pytest.approx(math.log(K))
    assert CodeStatistics(torch.tensor([0, 9])).entropy == 0


def test_another_number_of_cells_is_refused():
    with pytest.raises(ExplorerError, match="latent_dim is 128"):
        VQVAE(latent_dim=128)
