"""The sprite sheet that the browser cuts its frames from."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from explorer.ui.components import morph


def sheet(seed: int = 0, note: str = "a") -> tuple[dict, np.ndarray]:
    frames = np.random.default_rng(seed).integers(0, 256, (2, 3, 32, 32, 3), dtype=np.uint8)
    tracks = [morph.Track(name, f, ["1", "2", "3"]) for name, f in zip(("line", "arc"), frames, strict=True)]
    ends = morph.End("A", frames[0, 0], note), morph.End("B", frames[0, 2], "b")
    return morph.sheet(tracks, ends, ["t = 0", "t = 0.5", "t = 1"], "From A to B"), frames


def test_sprite_has_a_row_a_track_and_a_column_a_frame():
    data, frames = sheet()
    kind, encoded = data["sprite"].split(",", 1)
    assert kind == "data:image/png;base64"
    sprite = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    assert sprite.shape == (64, 96, 3)
    for row in range(2):
        for frame in range(3):
            cut = sprite[32 * row : 32 * (row + 1), 32 * frame : 32 * (frame + 1)]
            assert np.array_equal(cut, frames[row, frame])
    assert (data["frames"], data["cell"], len(data["rows"]), len(data["readout"])) == (3, 32, 2, 3)


def test_version_is_that_of_what_is_shown():
    versions = {sheet(seed, note)[0]["version"] for seed in (0, 1) for note in ("a", "c")}
    assert len(versions) == 4
    assert sheet()[0]["version"] == sheet()[0]["version"]
