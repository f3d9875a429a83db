"""What the browser is given to look at images with."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from explorer.ui.charts import error_maps
from explorer.ui.components import microscope
from explorer.ui.components.microscope import LOUPE, Column

N = 3
RNG = np.random.default_rng(0)
ORIGINALS = RNG.integers(0, 256, (N, 32, 32, 3), dtype=np.uint8)


def column(label: str) -> Column:
    images, errors = RNG.integers(0, 256, (N, 32, 32, 3), dtype=np.uint8), RNG.uniform(-0.3, 0.3, (N, 32, 32))
    return Column(label, "A family", "#000000", images, errors, [[("MSE", f"{i}")] for i in range(N)])


def test_one_sprite_holds_originals_reconstructions_and_errors():
    columns = [column("a"), column("b")]
    data = microscope.sheet(ORIGINALS, ["x", "y", "z"], columns)
    sprite = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["sprite"].split(",", 1)[1]))))
    cells = sprite.reshape(N, 32, 5, 32, 4).swapaxes(1, 2)
    assert np.array_equal(cells[:, 0, ..., :3], ORIGINALS)
    for i, each in enumerate(columns):
        assert np.array_equal(cells[:, 1 + i, ..., :3], each.images)
        assert np.array_equal(cells[:, 3 + i], error_maps.signed(each.errors))
    assert (cells[:, :3, ..., 3] == 255).all()
    assert data["columns"][1]["facts"][2] == [("MSE", "2")]


def test_version_is_that_of_what_is_shown():
    a, b = column("a"), column("b")
    versions = {microscope.sheet(ORIGINALS, ["x", "y", "z"], shown)["version"] for shown in ([a], [b], [a, b], [a])}
    assert len(versions) == 3


def test_the_loupe_first_stands_where_texture_is():
    images = np.full((2, 32, 32, 3), 128, dtype=np.uint8)
    checkers = 255 * (np.indices((LOUPE, LOUPE)).sum(axis=0) % 2)[..., None]
    images[0, 5 : 5 + LOUPE, 20 : 20 + LOUPE] = checkers
    images[1, 24:, :LOUPE] = checkers
    (x, y), corner = microscope.busiest(images)
    assert abs(x - 20) <= 1
    assert abs(y - 5) <= 1
    assert corner[0] <= 1
    assert corner[1] >= 23
