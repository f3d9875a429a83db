from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer.data import picture_file
from explorer.data.picture_file import FORMATS, read_picture
from explorer.errors import ExplorerError


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def quarters(width: int, height: int) -> Image.Image:
    """Red, green (above), blue, white (below)."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("lime", (width // 2, 0, width, height))
    image.paste("blue", (0, height // 2, width, height))
    image.paste("white", (width // 2, height // 2, width, height))
    return image


RED, LIME, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """Upper left, upper right, lower left, lower right, away from the edges: pixels (3, 32, 32)."""
    return [tuple(pixels[:, y, x].tolist()) for y in (8, 24) for x in (8, 24)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [(64, 64), (301, 200), (40, 900)])
def test_the_centre_of_every_format_is_kept(kind: str, size: tuple[int, int]) -> None:
    read = read_picture(encode(quarters(*size), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert read.pixels.shape == (3, 32, 32)
    assert read.pixels.dtype == np.uint8
    assert read.crop.shape == (min(size), min(size), 3)
    np.testing.assert_allclose(corners(read.pixels), [RED, LIME, BLUE, WHITE], atol=15 if kind == "JPEG" else 3)


def test_a_large_crop_is_shown_at_512_pixels() -> None:
    for kind in FORMATS:
        assert read_picture(encode(quarters(1500, 1200), kind)).crop.shape == (512, 512, 3)


def test_a_small_picture_is_enlarged_and_32_pixels_stay_as_they_are() -> None:
    np.testing.assert_allclose(
        corners(read_picture(encode(quarters(10, 10))).pixels), [RED, LIME, BLUE, WHITE], atol=30
    )
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    np.testing.assert_array_equal(read_picture(encode(Image.fromarray(noise))).pixels, noise.transpose(2, 0, 1))


def test_scaling_down_is_anti_aliased() -> None:
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (512, 256)))
    pixels = read_picture(encode(stripes)).pixels
    assert np.abs(pixels.astype(int) - 128).max() <= 12


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(3, [WHITE, BLUE, LIME, RED]), (6, [BLUE, RED, WHITE, LIME]), (8, [LIME, WHITE, RED, BLUE])],
)
def test_exif_turns_it_upright(kind: str, orientation: int, expected: list[tuple[int, ...]]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(quarters(160, 120), kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    np.testing.assert_allclose(corners(read_picture(data).pixels), expected, atol=3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_transparency_lies_on_white(mode: str) -> None:
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0)).convert(mode)
    data = encode(clear, transparency=0) if mode == "P" else encode(clear.convert("LA" if mode == "PA" else mode))
    assert corners(read_picture(data).pixels) == [WHITE] * 4


def test_half_transparent_red_on_white_is_pink() -> None:
    pixels = read_picture(encode(Image.new("RGBA", (64, 64), (255, 0, 0, 128)))).pixels
    np.testing.assert_allclose(corners(pixels), [(255, 127, 127)] * 4, atol=1)


def test_grey_cmyk_and_16_bits_become_rgb() -> None:
    grey = [(128, 128, 128)] * 4
    assert corners(read_picture(encode(Image.new("L", (64, 64), 128))).pixels) == grey
    assert corners(read_picture(encode(Image.fromarray(np.full((64, 64), 128 << 8, np.uint16)))).pixels) == grey
    red = read_picture(encode(Image.new("RGB", (64, 64), "red").convert("CMYK"), "JPEG")).pixels
    np.testing.assert_allclose(corners(red), [RED] * 4, atol=3)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PDF"])
def test_other_formats_are_refused_whatever_their_name(kind: str) -> None:
    with pytest.raises(ExplorerError, match="not a PNG, JPEG or WebP"):
        read_picture(encode(quarters(64, 64), kind))


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ExplorerError):
        read_picture(data)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_picture_is_refused(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8))
    data = encode(noise, kind)
    with pytest.raises(ExplorerError):
        read_picture(data[: int(share * len(data))])


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_100, 10_000, 60_000])
def test_decompression_bombs_are_refused_by_their_header(side: int) -> None:
    with pytest.raises(ExplorerError, match=r"pixels.*make it smaller"):
        read_picture(png_that_claims(side, side))


def test_limits_say_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExplorerError, match=r"21 MB.*Up to 20 MB"):
        read_picture(bytes(21 << 20))
    with pytest.raises(ExplorerError, match=r"300 x 7 pixels.*at least 8 x 8"):
        read_picture(encode(quarters(300, 7)))
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 10_000)
    with pytest.raises(ExplorerError, match="101 x 100 pixels"):
        read_picture(encode(quarters(101, 100)))
