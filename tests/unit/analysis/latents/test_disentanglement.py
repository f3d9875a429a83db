"""Scores of disentanglement: a published implementation's numbers on the same codes, and cases that are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from explorer.analysis.latents import disentanglement
from explorer.analysis.latents.disentanglement import Dci
from explorer.data.imageset import Factor


def made() -> tuple[np.ndarray, tuple[Factor, ...]]:
    """500 codes of four dimensions that mix three factors, one of each kind."""
    rng = np.random.default_rng(0)
    shape, (size, hue) = rng.integers(3, size=500), rng.uniform(size=(2, 500))
    turn = 2 * np.pi * hue
    exact = np.stack([size + 0.3 * shape, np.cos(turn), np.sin(turn) + 0.5 * size, shape], axis=1)
    codes = exact + rng.normal(scale=[0.1, 0.3, 0.2, 0.6], size=(500, 4))
    return codes, (Factor("shape", shape, categories=("a", "b", "c")), Factor("size", size), circle(hue))


def circle(values: np.ndarray) -> Factor:
    return Factor("hue", values, period=1.0)


CODES, FACTORS = made()


def test_they_are_those_of_disentanglement_lib():
    """Its version 1.5 (commit 86a644d) on these codes and classes; FactorVAE was given the batches drawn here."""
    classes = disentanglement.in_classes(FACTORS)
    information = disentanglement.mutual_information(CODES, classes)
    mig = disentanglement.gaps(information, disentanglement.entropies(classes)).mean()
    assert mig == pytest.approx(0.11636683749915298, abs=1e-9)
    assert disentanglement.modularity(information).mean() == pytest.approx(0.9045365258471325, abs=1e-9)
    assert disentanglement.factor_vae(CODES, classes) == pytest.approx(0.9974, abs=1e-9)
    table = np.sort(disentanglement.separability(CODES, FACTORS[:2]), axis=1)  # it knows no circles
    np.testing.assert_allclose(table[:, -1] - table[:, -2], [0.07228915662650603, 0.5074919008747732], atol=1e-9)


def test_importance_is_that_of_disentanglement_lib():
    """Which doesn't seed its 100 rounds of boosting: its numbers move by 0.001 from one time to the next."""
    thirds = disentanglement.in_classes(FACTORS) // [1, 4, 4]  # trees take as long as there are classes
    found = disentanglement.dci(CODES, thirds, rounds=100)
    assert found.disentanglement == pytest.approx(0.3131, abs=0.003)
    assert found.completeness == pytest.approx(0.2643, abs=0.003)
    assert found.informativeness == pytest.approx(0.7604, abs=0.003)


GRID = np.array(list(itertools.product(range(5), range(4), range(5))) * 5)  # all combinations of three factors
GRID_FACTORS = tuple(Factor("xyz"[k], column.astype(np.float32)) for k, column in enumerate(GRID.T))


def test_a_dimension_for_each_factor_has_all_points():
    found = disentanglement.scores(GRID[:, [2, 0, 1]] * [-3.0, 0.5, 1], GRID_FACTORS, rounds=20)
    reached = [found.mig, found.sap, found.factor_vae, found.modularity]
    reached += [found.dci.disentanglement, found.dci.completeness, found.dci.informativeness]
    np.testing.assert_allclose(reached, 1, atol=1e-6)


def test_two_dimensions_for_each_factor_leave_no_gap_but_are_modular():
    codes = np.concatenate([GRID, GRID], axis=1)
    found = disentanglement.scores(codes, GRID_FACTORS, rounds=1)
    np.testing.assert_allclose([found.mig, found.sap], 0, atol=1e-9)
    np.testing.assert_allclose([found.modularity, found.factor_vae], 1)


def test_codes_that_know_nothing_have_next_to_none():
    codes = np.random.default_rng(0).normal(size=(2_000, 4))
    factors = tuple(Factor(f.name, np.resize(f.values, 2_000)) for f in GRID_FACTORS)
    found = disentanglement.scores(codes, factors, rounds=5)
    assert max(found.mig, found.sap) < 0.01
    assert max(found.dci.disentanglement, found.dci.completeness) < 0.15
    assert found.factor_vae < 0.45  # by guessing 1 in 3
    assert found.dci.informativeness < 0.3


def test_importance_is_told_by_dimension_and_by_factor():
    """The cases of disentanglement_lib's own tests: redundant codes, and one code of two factors."""
    five = np.eye(5)
    redundant = Dci(np.concatenate([five, five], axis=1) / 2, np.ones(5))
    assert redundant.disentanglement == pytest.approx(1)
    assert redundant.completeness == pytest.approx(1 - np.log(2) / np.log(10))
    shared = Dci(np.concatenate([five, five]), np.ones(10))
    assert shared.disentanglement == pytest.approx(1 - np.log(2) / np.log(10))
    assert shared.completeness == pytest.approx(1)
    assert Dci(np.zeros((3, 3)), np.ones(3)).disentanglement == 0


def test_a_circle_has_no_end_and_lies_in_two_dimensions():
    hue = np.arange(1_000) / 1_000
    assert np.bincount(disentanglement.in_classes([circle(hue)])[:, 0]).tolist() == [100] * 10
    assert disentanglement.in_classes([circle(np.array([0.999, 1.001, -0.001]))])[:, 0].tolist() == [9, 0, 9]
    codes = np.stack([np.cos(2 * np.pi * hue), np.sin(2 * np.pi * hue)], axis=1)
    np.testing.assert_allclose(disentanglement.separability(codes, [circle(hue)]), [[1, 1]], atol=1e-9)
    info = disentanglement.mutual_information(codes, disentanglement.in_classes([circle(hue)]))
    assert disentanglement.gaps(info, np.log([10]))[0] < 0.02 < info.min()


def test_dimensions_that_say_nothing_spoil_nothing():
    """Collapsed ones: constant codes have no information, no vote and no R^2."""
    codes = np.concatenate([GRID.astype(float), np.zeros((len(GRID), 2))], axis=1)
    classes = disentanglement.in_classes(GRID_FACTORS)
    assert disentanglement.modularity(disentanglement.mutual_information(codes, classes)).tolist() == [1, 1, 1, 0, 0]
    assert disentanglement.factor_vae(codes, classes) == 1
    assert disentanglement.factor_vae(codes[:, 3:], classes) == 0
    assert disentanglement.separability(codes, GRID_FACTORS)[:, 3:].max() == 0
