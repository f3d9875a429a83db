"""What is known of codecs is of the very images that it was measured on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer import measured_codecs, models
from explorer.analysis.coding.codecs import CODECS
from explorer.analysis.measures import quick


def test_shipped_rows_are_of_the_images_of_the_cards_and_of_every_quality():
    rows = measured_codecs.known(models.get(models.DEFAULT).digest)
    assert {row.codec for row in rows} == set(CODECS)
    for key, codec in CODECS.items():
        of = [row for row in rows if row.codec == key]
        assert [row.quality for row in of] == list(codec.qualities or (None,))
        assert [row.together for row in of] == sorted(row.together for row in of)
        assert all(row.images == 1_000 and 0 < row.head < row.alone for row in of)
        assert all(set(row.values) >= {"mse", "ms_ssim", "sharpness", "nats"} for row in of)
    assert not measured_codecs.known("of others")


def test_what_is_written_is_read_again_and_what_is_damaged_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
    rows = [measured_codecs.measure(pixels, "jpeg", 20), measured_codecs.measure(pixels, "png", None)]
    assert set(rows[0].values) == set(quick())
    assert rows[1].values["psnr"] is None  # no error, so no end of it
    path = tmp_path / "coding.json"
    monkeypatch.setattr(measured_codecs, "ROWS", path)
    assert measured_codecs.known("these") == []
    path.write_text(json.dumps({"codecs": [measured_codecs.to_json(row, "these") for row in rows]}))
    found = measured_codecs.known("these")
    assert [row.title for row in found] == ["JPEG, quality 20", "PNG"]
    assert found[0].together == pytest.approx(rows[0].together, rel=1e-4)
    assert found[0].values["mse"] == pytest.approx(rows[0].values["mse"], rel=1e-4)
    path.write_text('{"codecs": [{"digest": "these"}]}')
    assert measured_codecs.known("these") == []
