"""Maps of errors on fixed scales."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import palette
from explorer.ui.charts import error_maps


def test_signed_errors_have_a_colour_a_side_and_none_at_zero():
    high, low, none, beyond = error_maps.signed(np.array([[[0.1, -0.1, 0.0, 9.0]]]), scale=0.2)[0, 0]
    assert bytes(high[:3].tolist()).hex() == palette.ERROR_HIGH.lower().lstrip("#")
    assert bytes(low[:3].tolist()).hex() == palette.ERROR_LOW.lower().lstrip("#")
    assert high[3] == low[3] == pytest.approx(128, abs=1)
    assert none[3] == 0
    assert beyond[3] == 255


def test_magnitudes_grow_lighter_evenly():
    values = np.linspace(0, 0.1, 50).reshape(1, 1, 50)
    lightness = error_maps.magnitude(values, scale=0.1)[0, 0] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
    assert (error_maps.magnitude(values + 1, scale=0.1) == error_maps.magnitude(values, 0.1)[0, 0, -1]).all()
