"""Power spectra against what is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.spectrum import FREQUENCIES, power_spectra, power_spectrum

NOISE = np.random.default_rng(0).normal(0.5, 0.1, (200, 3, 32, 32))


def test_white_noise_has_its_variance_at_every_frequency():
    assert power_spectrum(NOISE)[1:] == pytest.approx(0.01, rel=0.05)


def test_a_wave_stands_at_its_own_frequency():
    for cycles in (4, 9, 14):
        wave = np.sin(2 * np.pi * cycles * np.arange(32) / 32) * np.ones((1, 3, 32, 1))
        power = power_spectrum(wave)
        assert FREQUENCIES[power.argmax()] == cycles / 32
        far = np.abs(np.arange(1, 17) - cycles) > 2
        assert power[far].max() < 1e-3 * power.max()


def test_edges_that_do_not_meet_are_no_detail():
    ramp = np.linspace(0, 1, 32) * np.ones((1, 3, 32, 1))
    power = power_spectrum(ramp)
    assert power[4:].max() < 1e-3 * power[0]  # without a window the step from 1 to 0 would be 4e-2 of it there


def test_a_mean_spectrum_is_that_of_each():
    each = power_spectra(NOISE[:3])
    assert each[1] == pytest.approx(power_spectrum(NOISE[1:2]))
    assert each.mean(axis=0) == pytest.approx(power_spectrum(NOISE[:3]))
