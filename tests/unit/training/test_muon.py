"""Muon against the polar factor from an SVD, and against torch's own Muon on plain matrices."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer.training.muon import Muon, orthogonalise

WIDE, TALL = (48, 216), (384, 16)  # like an inner convolution, and the layer that unfolds z, both as matrices


@pytest.mark.parametrize("shape", [WIDE, TALL, (20, 400)])
def test_nearly_the_polar_factor(shape: tuple[int, int]):
    """The same singular vectors, with singular values between 0.65 and 1.2 in place of ones."""
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 1e-4
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    inner = u.T @ orthogonalise([matrix])[0] @ v.T
    values = inner.diagonal()
    torch.testing.assert_close(inner, torch.diag(values), atol=1e-3, rtol=0)
    assert 0.65 <= values.min() <= values.max() <= 1.2


def test_directions_without_a_gradient_stay_small():
    """Of a matrix of rank one, the others are rounding errors, which the iteration must not blow up."""
    left, right = torch.randn(384, 1), torch.randn(1, 1728)
    values = torch.linalg.svdvals(orthogonalise([left @ right * 1e-6])[0])
    assert 0.65 <= values[0] <= 1.2
    assert values[1] < 0.05


def test_turned_matrices_give_turned_results():
    matrix = torch.randn(WIDE, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(orthogonalise([matrix.T])[0], orthogonalise([matrix])[0].T)


def test_nothing_in_nothing_out():
    assert orthogonalise([torch.zeros(3, 5)])[0].equal(torch.zeros(3, 5))


@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize("shape", [(24, 90), (90, 24)])
def test_plain_matrices_move_as_under_torchs_muon(shape: tuple[int, int], decay: float):
    """Up to bfloat16, in which torch's version iterates."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(shape, generator=generator)
    ours, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    optimisers = Muon([(ours, 0)], 0.1, decay), torch.optim.Muon([theirs], 0.1, decay)
    for _ in range(4):
        gradient = torch.randn(shape, generator=generator)
        for parameter, optimiser in zip((ours, theirs), optimisers, strict=True):
            parameter.grad = gradient.clone()
            optimiser.step()
    moved, expected = (ours - start).detach(), (theirs - start).detach()
    assert torch.linalg.norm(moved - expected) < 0.02 * torch.linalg.norm(expected)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_convolutions_move_as_their_matrices(memory_format: torch.memory_format):
    """Rows of the matrix are outputs: axis 0 of a convolution's weight, axis 1 of a transposed one's."""
    generator = torch.Generator().manual_seed(0)
    weight, gradient = torch.randn(2, 6, 4, 3, 3, generator=generator)
    convolution = nn.Parameter(weight.clone(memory_format=memory_format))
    transposed = nn.Parameter(weight.transpose(0, 1).contiguous(memory_format=memory_format))
    matrix = nn.Parameter(weight.flatten(1).clone())
    convolution.grad, transposed.grad = gradient, gradient.transpose(0, 1).contiguous(memory_format=memory_format)
    matrix.grad = gradient.flatten(1)
    Muon([(convolution, 0), (transposed, 1), (matrix, 0)], lr=0.1).step()
    torch.testing.assert_close(convolution.flatten(1), matrix)
    torch.testing.assert_close(transposed.transpose(0, 1).flatten(1), matrix)
