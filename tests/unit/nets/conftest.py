"""Images that tests of several nets start from."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data import shapes


@pytest.fixture(scope="session")
def patterns() -> np.ndarray:
    """uint8 (128, 3, 32, 32): rendered scenes."""
    return shapes.render(shapes.scenes(128))
