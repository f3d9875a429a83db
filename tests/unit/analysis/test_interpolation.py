"""Paths through latent space, against numbers worked out by hand and by numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer.analysis import interpolation
from explorer.nets.vae import ConvolutionalVAE
from explorer.pixels import to_float, to_uint8


def gaussians(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    a, b = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    return a, b


@pytest.mark.parametrize("path", interpolation.PATHS)
def test_ends_are_exact(path: str):
    a, b = gaussians(128)
    z = interpolation.interpolate(a, b, 7, path)
    assert z.shape == (7, 128)
    assert torch.equal(z[0], a)
    assert torch.equal(z[-1], b)


def test_lerp_is_a_weighted_mean_of_anything():
    a, b = gaussians(3, 4, 5)
    t = torch.tensor([0.25, 0.5])
    expected = np.stack([np.average([a, b], axis=0, weights=[1 - w, w]) for w in (0.25, 0.5)])
    np.testing.assert_allclose(interpolation.lerp(a, b, t), expected, rtol=1e-5, atol=1e-6)


def test_slerp_half_way_between_orthogonal_unit_vectors():
    z = interpolation.slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), torch.tensor([1 / 3, 0.5]))
    expected = [[math.sqrt(3) / 2, 0.5], [math.sqrt(0.5), math.sqrt(0.5)]]  # 30 and 45 degrees
    torch.testing.assert_close(z, torch.tensor(expected))


def test_slerp_keeps_the_length_and_turns_evenly():
    a, b = gaussians(128)
    b = b * a.norm() / b.norm()
    z = interpolation.interpolate(a, b, 9, "slerp")
    torch.testing.assert_close(z.norm(dim=1), a.norm().expand(9))
    angles = torch.acos(torch.cosine_similarity(z[1:], z[:-1], dim=1))
    torch.testing.assert_close(angles, angles.mean().expand(8), rtol=1e-3, atol=0)


def test_the_straight_line_leads_through_the_inside_of_the_shell():
    a, b = gaussians(128)  # random directions are nearly orthogonal, so half way is at 1 / sqrt(2)
    line, arc = (interpolation.interpolate(a, b, 3, path)[1].norm() / 128**0.5 for path in ("lerp", "slerp"))
    assert line == pytest.approx(math.sqrt(0.5), abs=0.1)
    assert arc == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [2.0, 4.0]), ([1.0, 2.0], [-1.0, -2.0]), ([0.0, 0.0], [3.0, 4.0]), ([0.0, 0.0], [0.0, 0.0])],
    ids=["parallel", "opposite", "from zero", "zero"],
)
def test_slerp_without_an_angle_is_a_straight_line(a: list[float], b: list[float]):
    ends, t = (torch.tensor(a), torch.tensor(b)), torch.linspace(0, 1, 5)
    torch.testing.assert_close(interpolation.slerp(*ends, t), interpolation.lerp(*ends, t))


def test_walks_decode_the_latent_means_and_mix_the_pixels():
    torch.manual_seed(0)
    net = ConvolutionalVAE(latent_dim=16).eval()
    ends = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)
    found = interpolation.walks(net, ends, 5)
    assert list(found) == ["lerp", "slerp", "fade"]
    with torch.inference_mode():
        mu = net.encode(to_float(ends)).mode()
        decoded = to_uint8(net.decode(mu))
    for path in ("lerp", "slerp"):
        walk = found[path]
        assert walk.frames.shape == (5, 32, 32, 3)
        assert walk.norms == pytest.approx([z.norm().item() for z in interpolation.interpolate(mu[0], mu[1], 5, path)])
        assert np.abs(walk.frames[[0, -1]].astype(int) - decoded).max() <= 1  # batches of another size round otherwise
    assert found["fade"].norms is None
    pixels = ends.transpose(0, 2, 3, 1)
    assert np.array_equal(found["fade"].frames[[0, -1]], pixels)
    assert np.abs(found["fade"].frames[2] - pixels.mean(axis=0)).max() <= 0.5


def test_a_middle_that_is_a_mixture_has_no_novelty(monkeypatch: pytest.MonkeyPatch):
    net = ConvolutionalVAE(latent_dim=8).eval()
    painted = torch.rand(8, 3 * 32 * 32, generator=torch.Generator().manual_seed(1))
    monkeypatch.setattr(net, "decode", lambda z: (z @ painted).unflatten(1, (3, 32, 32)))  # linear in z
    images = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), np.uint8)
    pairs, novelty = interpolation.novelty(net, images)
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    np.testing.assert_allclose(novelty, 0, atol=1e-6)
    monkeypatch.setattr(net, "decode", lambda z: ((100 * z @ painted) ** 2).unflatten(1, (3, 32, 32)))  # and not
    monkeypatch.setattr(interpolation, "_AS_BRIGHT", 1e3)
    assert (interpolation.novelty(net, images)[1] > 1e-3).any()
