"""What is known of families before any net is built."""

from __future__ import annotations

import pytest

from explorer.nets import nearest_stop


@pytest.mark.parametrize(("beta", "stop"), [(1e-9, 1e-5), (1.1e-3, 1e-3), (0.5, 0.1), (0.0009, 0.001)])
def test_the_nearest_stop(beta: float, stop: float):
    assert nearest_stop(beta) == stop
