from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np
import pytest

from explorer.data import shapes
from explorer.data.shapes import FACTORS, FORMER, RANGES, SHAPES, coverage, render, scenes


def scene(shape: str, **factors: float) -> np.ndarray:
    """Factors of one scene, in the middle of their ranges where not given."""
    one = np.empty(1, FACTORS)
    one["shape"] = SHAPES.index(shape)
    for name, (low, high) in RANGES.items():
        one[name] = factors.get(name, (low + high) / 2 if name != "rotation" else 0)
    return one


def test_every_processor_draws_the_same_pictures_and_knows_them_by_their_first_name() -> None:
    """Cards and runs that were measured on them stay theirs."""
    images = shapes.load()
    ((now, before),) = FORMER.items()
    assert images.digest == before
    assert replace(images, former={}).digest == now


def test_the_seed_decides_all() -> None:
    assert np.array_equal(render(scenes(600, seed=3)), render(scenes(600, seed=3)))
    assert not np.array_equal(render(scenes(6, seed=3)), render(scenes(6, seed=4)))


def test_images_follow_from_the_factors_of_the_same_seed() -> None:
    images = shapes.load(seed=5)
    factors = scenes(len(images), seed=5)
    np.testing.assert_array_equal(images.labels, factors["shape"])
    some = images.splits["validation"][:50]
    np.testing.assert_array_equal(images.images[some], render(factors[some]))


def test_factors_are_balanced_in_range_and_independent() -> None:
    factors = scenes(12_000, seed=1)
    assert np.bincount(factors["shape"]).tolist() == [2000] * len(SHAPES)
    for name, (low, high) in RANGES.items():
        assert low <= factors[name].min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < factors[name].max() <= high
    correlations = np.corrcoef([factors[name].astype(float) for name in ("shape", *RANGES)])
    assert np.abs(correlations - np.eye(len(correlations))).max() < 0.05


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_never_leaves_the_picture(shape: str) -> None:
    low, high = RANGES["x"][0], RANGES["x"][1]
    for x, y in ((low, low), (high, high)):
        for rotation in np.linspace(0, 2 * np.pi, 9):
            covered = coverage(scene(shape, x=x, y=y, rotation=rotation, size=RANGES["size"][1]))[0]
            rim = np.concatenate([covered[0], covered[-1], covered[:, 0], covered[:, -1]])
            assert rim.max() <= 0.6, "half a pixel of soft edge at most"


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ("circle", np.pi * 0.9**2),
        ("ring", np.pi * (0.92**2 - 0.48**2)),
        ("square", 1.4**2),
        ("cross", 2 * 1.84 * 0.6 - 0.6**2),
        ("triangle", 3 * np.sqrt(3) / 4),
        ("star", 5 * 0.45 * np.sin(np.pi / 5)),
    ],
)
def test_anti_aliased_shapes_have_the_area_of_geometry(shape: str, area: float) -> None:
    for rotation, x in ((0.0, 16.0), (0.4, 15.3)):
        covered = coverage(scene(shape, size=10.0, rotation=rotation, x=x))[0]
        assert covered.sum() == pytest.approx(area * 10.0**2, rel=0.04)


@pytest.mark.parametrize("shape", SHAPES)
def test_position_moves_the_centre(shape: str) -> None:
    covered = coverage(scene(shape, x=13.4, y=18.7, size=8.0))[0]
    rows, columns = np.indices((32, 32)) + 0.5
    assert (columns * covered).sum() / covered.sum() == pytest.approx(13.4, abs=0.15)
    assert (rows * covered).sum() / covered.sum() == pytest.approx(18.7, abs=0.15)


@pytest.mark.parametrize(("shape", "turn"), [("square", 90), ("cross", 90), ("triangle", 120), ("star", 72)])
def test_rotation_turns_and_symmetry_returns(shape: str, turn: float) -> None:
    before, half, whole = (render(scene(shape, rotation=np.deg2rad(d))).astype(int) for d in (0, turn / 2, turn))
    assert np.abs(before - half).max() > 50
    assert np.abs(before - whole).max() <= 2


def test_edges_are_soft() -> None:
    covered = coverage(scene("circle", size=9.3))[0]
    assert ((covered > 0.1) & (covered < 0.9)).sum() > 20


@pytest.mark.parametrize("hue", [0.0, 0.2, 0.6, 0.9])
def test_hue_and_background_are_the_hues_of_the_picture(hue: float) -> None:
    image = render(scene("circle", hue=hue, background=(hue + 0.3) % 1))[0] / 255
    for pixel, expected in ((image[:, 16, 16], hue), (image[:, 31, 0], (hue + 0.3) % 1)):
        found = colorsys.rgb_to_hsv(*pixel)[0]
        assert min(abs(found - expected), 1 - abs(found - expected)) < 0.02
