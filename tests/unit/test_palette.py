"""Shades that are seen on both themes' grounds."""

from __future__ import annotations

import pytest

from explorer.nets import FAMILIES
from explorer.palette import luminance, shade

GROUNDS = "#FCFCFA", "#14181C"  # as in .streamlit/config.toml


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
