"""Bits a dimension, of nets and images that are made for it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer import nets, units
from explorer.analysis.likelihood import bits, calibration
from explorer.nets.base import Net
from explorer.nets.likelihood import Gaussian

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(100, 156, (80, 3, 32, 32), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> Net:
    """It paints every image the same grey, and says nothing of any."""
    return nets.build("linear_vae", 2).eval()


def test_the_best_sigma_is_the_root_of_the_mean_squared_error(net: Net):
    found = bits.fit_spreads(net, IMAGES)
    squares = np.square(IMAGES / 255 - 0.5)
    assert found["one"].item() == pytest.approx(math.sqrt(squares.mean()), rel=1e-4)
    np.testing.assert_allclose(found["channel"].numpy()[:, 0, 0], np.sqrt(squares.mean(axis=(0, 2, 3))), rtol=1e-4)
    np.testing.assert_allclose(found["value"].numpy(), np.sqrt(squares.mean(axis=0)), rtol=1e-4)
    other = {f"{factor:g}": factor * found["one"] for factor in (0.9, 1.0, 1.1)}
    coded = bits.code(net, IMAGES, other)
    assert coded.bits("1").mean() < min(coded.bits("0.9").mean(), coded.bits("1.1").mean())


def test_more_sigmas_make_the_images_that_they_are_fitted_to_no_less_likely(net: Net):
    coded = bits.code(net, IMAGES, bits.fit_spreads(net, IMAGES))
    one, channel, value = (coded.bits(name).mean() for name in ("one", "channel", "value"))
    assert one + 1e-4 > channel > value


def test_bits_are_rate_and_reconstruction_over_pixel_values(net: Net):
    coded = bits.code(net, IMAGES[:5], {"trained": 0.2})
    expected = Gaussian(torch.full((5, 3, 32, 32), 0.5), 0.2).log_mass(torch.from_numpy(IMAGES[:5]) / 255)
    np.testing.assert_allclose(coded.reconstruction["trained"], -expected.sum(dim=(1, 2, 3)), rtol=1e-5)
    assert coded.rate.tolist() == [0.0] * 5
    np.testing.assert_allclose(coded.bits("trained"), units.nats_to_bits(1) * coded.reconstruction["trained"] / 3072)


def test_a_spread_so_wide_that_no_level_is_likelier_takes_8_bits(net: Net):
    grey = np.full((1, 3, 32, 32), 128, np.uint8)
    uniform = math.log2(256)
    found = bits.code(net, grey, {"trained": 0.25}).bits("trained").item()
    assert found == pytest.approx(math.log2(255 * 0.25 * math.sqrt(2 * math.pi)), rel=1e-3)
    assert found < uniform


def test_flat_images_leave_a_spread_of_one_level(net: Net):
    found = bits.fit_spreads(net, np.full((3, 3, 32, 32), 128, np.uint8))
    assert [each.min().item() for each in found.values()] == pytest.approx([1 / 255, 1 / 255, 1 / 255])


@pytest.mark.parametrize(("factor", "within_one"), [(1.0, 0.683), (2.0, 0.954), (0.5, 0.383)])
def test_a_spread_is_calibrated_where_as_many_values_lie_within_as_should(factor: float, within_one: float):
    x = torch.from_numpy(RNG.normal(0.5, 0.1, (40, 3, 32, 32)))
    below = Gaussian(torch.full_like(x, 0.5), factor * 0.1).share_below(x).numpy()
    found = calibration.coverage([calibration.within(part) for part in np.split(below, 4)])
    assert found[calibration.NOMINAL.index(calibration.WITHIN[0])] == pytest.approx(within_one, abs=0.01)
    if factor == 1:
        np.testing.assert_allclose(found, calibration.NOMINAL, atol=0.01)
