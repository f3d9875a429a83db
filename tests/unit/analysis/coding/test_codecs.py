"""Files that others read too, counted byte by byte."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.analysis.coding import codecs
from explorer.analysis.coding.codecs import CODECS, Codec
from explorer.analysis.measures import MEASURES
from explorer.nets import FAMILIES
from explorer.units import bytes_to_nats

CASES = [(codec, codec.qualities[-1] if codec.qualities else None) for codec in CODECS.values()]


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Five gradients with some noise, uint8 (5, 3, 32, 32)."""
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 256, (5, 2, 2, 3), dtype=np.uint8)
    large = [np.asarray(Image.fromarray(c).resize((32, 32), Image.Resampling.BILINEAR)) for c in corners]
    noisy = np.stack(large) + rng.normal(0, 4, (5, 32, 32, 3))
    return noisy.round().clip(0, 255).astype(np.uint8).transpose(0, 3, 1, 2)


@pytest.mark.parametrize(("codec", "quality"), CASES, ids=[codec.key for codec, _ in CASES])
def test_sizes_are_those_of_files_on_the_disk(codec: Codec, quality: int | None, images: np.ndarray, tmp_path: Path):
    found = codecs.measure(codec, images, quality)
    sizes, options = [], codec.options if quality is None else codec.options | {"quality": quality}
    for i, image in enumerate(images):
        path = tmp_path / f"{i}.{codec.format.lower()}"
        Image.fromarray(image.transpose(1, 2, 0)).save(path, **options)
        sizes.append(path.stat().st_size)
        back = np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1) / np.float32(255)
        np.testing.assert_array_equal(found.made.images[i], back)
    assert found.alone == pytest.approx(np.mean(sizes))
    assert MEASURES["nats"].of_all(found.made) == pytest.approx(bytes_to_nats(float(np.mean(sizes))))
    assert found.head < found.alone
    assert codec.lossless or found.together < found.alone


@pytest.mark.parametrize("codec", [codec for codec in CODECS.values() if codec.lossless], ids=lambda codec: codec.key)
def test_of_lossless_files_every_pixel_comes_back(codec: Codec, images: np.ndarray):
    found = codecs.measure(codec, images)
    assert not found.made.mse.any()
    assert not found.made_together.mse.any()


@pytest.mark.parametrize("codec", [codec for codec in CODECS.values() if not codec.lossless], ids=lambda c: c.key)
def test_more_bytes_are_nearer(codec: Codec, images: np.ndarray):
    coarse, fine = (codecs.measure(codec, images, quality) for quality in (codec.qualities[0], codec.qualities[-1]))
    for low, high in ((coarse.made, fine.made), (coarse.made_together, fine.made_together)):
        assert low.nats.mean() < high.nats.mean()
        assert low.mse.mean() > high.mse.mean() > 0


def test_a_head_is_what_no_picture_changes():
    """PNG's by its chunks: signature, IHDR and IEND, and twelve bytes around the pixels."""
    rng = np.random.default_rng(0)
    for picture in (np.zeros((32, 32, 3), np.uint8), rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)):
        png, webp = CODECS["png"].write(picture), CODECS["webp"].write(picture, 50)
        assert len(png) - CODECS["png"].payload(png) == 8 + 25 + 12 + 12
        assert len(webp) - CODECS["webp"].payload(webp) in (12 + 8 + 10, 12 + 8 + 10 + 1)  # padded to even
        jpeg = CODECS["jpeg"].write(picture, 20)
        head = len(jpeg) - CODECS["jpeg"].payload(jpeg)
        scan = jpeg.index(b"\xff\xda")
        assert head == scan + 2 + 12 + 2  # tables, the scan's header of three colours, the end
    assert Image.open(io.BytesIO(jpeg)).format == "JPEG"


def test_no_family_has_a_codec_s_marker():
    markers = [codec.marker for codec in CODECS.values()]
    assert len({*markers, *(family.marker for family in FAMILIES.values())}) == len(markers) + len(FAMILIES)
