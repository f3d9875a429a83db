"""Shades that are seen on both themes' grounds."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from explorer.nets import FAMILIES
from explorer.palette import CATEGORIES, CYCLE, OTHERS, SCALE, luminance, shade

GROUNDS = "#FCFCFA", "#14181C"  # as in .streamlit/config.toml
# What eyes without one kind of cones see of linear RGB: Machado et al. 2009, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency", severity 1.
SIGHT: dict[str, list[list[float]]] = {
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def seen(colours: tuple[str, ...], sight: str) -> np.ndarray:
    """CIELAB of "#RRGGBB" as such eyes see them: (N, 3)."""
    rgb = np.array([list(bytes.fromhex(colour[1:])) for colour in colours]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ np.transpose(SIGHT[sight])
    linear = linear.clip(0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def contrast(a: str, b: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("family", FAMILIES)
def test_shades_are_seen_on_light_and_dark_grounds(family: str):
    colour = FAMILIES[family].colour
    shades = [shade(colour, nth) for nth in range(3)]
    assert shades[0] == colour == shade(colour, 3)
    assert len(set(shades)) == 3
    assert all(contrast(each, ground) >= 3 for each in shades[1:] for ground in GROUNDS)


def test_luminance():
    assert luminance("#FFFFFF") == pytest.approx(1)
    assert luminance("#000000") == 0
    assert contrast("#FFFFFF", "#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", sorted({*CATEGORIES, OTHERS, *SCALE, *CYCLE}))
def test_colours_of_dots_are_seen_on_light_and_dark_grounds(colour: str):
    assert all(contrast(colour, ground) >= 3 for ground in GROUNDS)


@pytest.mark.parametrize("sight", SIGHT)
def test_kinds_are_told_apart(sight: str):
    colours = seen((*CATEGORIES, OTHERS), sight)
    assert min(deltaE_ciede2000(a, b) for a, b in combinations(colours, 2)) > 11


@pytest.mark.parametrize("sight", SIGHT)
def test_the_ends_of_a_scale_and_the_halves_of_a_cycle_are_told_apart(sight: str):
    scale, cycle = seen(SCALE, sight), seen(CYCLE, sight)
    assert float(deltaE_ciede2000(scale[0], scale[-1])) > 50
    assert all(float(deltaE_ciede2000(a, b)) > 2 for a, b in pairwise(scale))
    assert all(float(deltaE_ciede2000(cycle[i], cycle[i + 2])) > 15 for i in range(3))
