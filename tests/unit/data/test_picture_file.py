from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import tomllib
import zlib
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from explorer.data import picture_file
from explorer.data.container import Format
from explorer.data.picture_file import depth_note, read_picture, read_square
from explorer.errors import ExplorerError

FORMATS = get_args(Format)
FAULTS = Path(__file__).parent / "faults"


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


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int, colours: int, rows: bytes, *more: bytes) -> bytes:
    """A PNG of unfiltered rows; colours 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA; more chunks before them."""
    size = len(rows) // height
    filtered = b"".join(b"\0" + rows[k * size : (k + 1) * size] for k in range(height))
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(filtered, 1)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


@pytest.mark.parametrize("side", [11_000, 60_000])
def test_decompression_bombs_are_refused_by_their_header(side: int) -> None:
    with pytest.raises(ExplorerError, match=r"pixels.*116 million .*a PNG like it: make it smaller, or a JPEG"):
        read_picture(png(side, side, 8, 2, bytes(side)))


def test_limits_say_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExplorerError, match=r"101 MB.*Up to 100 MB"):
        read_picture(bytes(101 << 20))
    with pytest.raises(ExplorerError, match=r"300 x 7 pixels.*at least 8 x 8"):
        read_picture(encode(quarters(300, 7)))
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 10_000)
    with pytest.raises(ExplorerError, match="101 x 100 pixels"):
        read_picture(encode(quarters(101, 100)))


def test_streamlit_lets_files_through_that_are_read() -> None:
    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] << 20 == picture_file.MAX_BYTES


def tiff(*entries: bytes, order: str = ">") -> bytes:
    """The TIFF inside EXIF, with one directory of entries."""
    head = {">": b"MM\0*", "<": b"II*\0"}[order] + struct.pack(f"{order}IH", 8, len(entries))
    return head + b"".join(entries) + bytes(4)


def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack(">HHI", tag, kind, count) + value.ljust(4, b"\0")


TURNED = entry(0x0112, 3, 1, b"\0\6")  # to the right, as most telephones write
ODD_TAGS = {
    "resolution is text": entry(0x011A, 2, 4, b"abc"),
    "resolution is a number": entry(0x011A, 3, 1, b"\0\1"),
    "a type that is not known": entry(0x010F, 99, 1, b""),
    "a value far outside": entry(0x010F, 2, 1 << 30, b"\xff\xff\xff\0"),
    "a directory in itself": entry(0x8769, 4, 1, struct.pack(">I", 8)),
}
ORIENTATIONS_WITHOUT_SENSE = {
    "0": entry(0x0112, 3, 1, b"\0\0"),
    "9": entry(0x0112, 3, 1, b"\0\x09"),
    "text": entry(0x0112, 2, 2, b"6"),
    "a list": entry(0x0112, 3, 2, b"\0\6\0\6"),
    "none": entry(0x0112, 3, 0, b"\0\6"),
    "cut off": b"\1\x12",
}


def encode_with_exif(kind: str, exif: bytes, image: Image.Image | None = None) -> bytes:
    image = image or quarters(160, 120)
    return encode(image, kind, exif=b"Exif\0\0" + exif, **({"lossless": True} if kind == "WEBP" else {}))


@pytest.mark.parametrize("kind", FORMATS)
def test_odd_exif_decides_nothing(kind: str) -> None:
    for odd in ODD_TAGS.values():
        read = read_picture(encode_with_exif(kind, tiff(odd, TURNED)))
        np.testing.assert_allclose(corners(read.pixels), [BLUE, RED, WHITE, LIME], atol=3)
    for senseless in ORIENTATIONS_WITHOUT_SENSE.values():
        read = read_picture(encode_with_exif(kind, tiff(senseless)))
        np.testing.assert_allclose(corners(read.pixels), [RED, LIME, BLUE, WHITE], atol=3)
    for noise in (b"", b"MM", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"what?"):
        read = read_picture(encode_with_exif(kind, noise + bytes(4)))
        np.testing.assert_allclose(corners(read.pixels), [RED, LIME, BLUE, WHITE], atol=3)


def test_a_jpeg_whose_resolution_is_text_is_sound() -> None:
    read = read_picture((FAULTS / "exif-resolution-as-text.jpg").read_bytes())
    assert read.crop.shape == (48, 48, 3)


def test_orientation_is_found_wherever_programs_write_it() -> None:
    upright = encode(quarters(160, 120))
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    raw = b"\nexif\n      40\n" + (b"Exif\0\0" + tiff(TURNED)).hex().encode() + b"\n"
    jpeg = encode(quarters(160, 120), "JPEG")
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    for data in (
        with_chunks(upright, chunk(b"eXIf", tiff(TURNED))),
        upright[:-12] + chunk(b"eXIf", tiff(TURNED)) + upright[-12:],
        with_chunks(upright, chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw))),
        with_chunks(upright, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)),
        with_chunks(upright, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp))),
        encode(quarters(160, 120), "WEBP", lossless=True, xmp=xmp),
        encode(quarters(160, 120), "WEBP", lossless=True, exif=tiff(TURNED)),
        jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(packet)) + packet + jpeg[2:],
    ):
        np.testing.assert_allclose(corners(read_picture(data).pixels), [BLUE, RED, WHITE, LIME], atol=3)


def test_what_stands_beside_sound_pixels_does_not_matter() -> None:
    plain = encode(quarters(64, 64))
    expected = read_picture(plain).pixels
    broken = bytearray(chunk(b"tIME", bytes(7)))
    broken[-1] ^= 1  # its checksum
    for data in (
        with_chunks(plain, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3 << 20)))),
        with_chunks(plain, *[chunk(b"tEXt", b"Comment\0" + bytes(1 << 20))] * 65),
        with_chunks(plain, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(9 << 20)))),
        with_chunks(plain, chunk(b"zTXt", b"Raw profile type exif\0\0not compressed")),
        with_chunks(plain, bytes(broken)),
        with_chunks(plain, chunk(b"iCCP", b"odd\0\0no profile"), chunk(b"gAMA", b""), chunk(b"pHYs", b"1")),
        with_chunks(plain, chunk(b"acTL", b"\0"), chunk(b"fcTL", b"short")),
        plain[:-12],  # without its last chunk
        plain + b"what a sloppy program left behind",
    ):
        np.testing.assert_array_equal(read_picture(data).pixels, expected)
    read_picture((FAULTS / "three-megabytes-of-text.png").read_bytes())


def test_a_jpeg_of_several_pictures_shows_its_first() -> None:
    """Telephones append a small one, or a depth map, and say so in a segment (MPF) that may be odd."""
    first, second = quarters(160, 120), Image.new("RGB", (160, 120))
    buffer = io.BytesIO()
    first.save(buffer, "MPO", save_all=True, append_images=[second])
    several = buffer.getvalue()
    odd = several.replace(b"MPF\0II", b"MPF\0XX")
    assert odd != several
    for data in (several, odd):
        np.testing.assert_allclose(corners(read_picture(data).pixels), [RED, LIME, BLUE, WHITE], atol=3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_shows_its_first_picture(kind: str) -> None:
    moving = encode(
        quarters(160, 120), kind, save_all=True, append_images=[Image.new("RGB", (160, 120))], lossless=True
    )
    np.testing.assert_allclose(corners(read_picture(moving).pixels), [RED, LIME, BLUE, WHITE], atol=3)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["", "progressive"])
def test_a_jpeg_that_lacks_the_mark_of_its_end_alone_is_sound(options: dict[str, object]) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    data = encode(noise, "JPEG", quality=95, **options)
    whole = read_picture(data)
    for cut in (1, 2):
        np.testing.assert_array_equal(read_picture(data[:-cut]).crop, whole.crop)
    for cut in (3, 20, 300):
        with pytest.raises(ExplorerError, match="damaged: image file is truncated"):
            read_picture(data[:-cut])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}], ids=["", "progressive", "4:4:4"])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_jpeg_is_as_pillow_reads_it(mode: str, options: dict[str, object]) -> None:
    data = encode(quarters(64, 64).convert(mode), "JPEG", **options)
    np.testing.assert_array_equal(read_picture(data).crop, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def test_a_jpeg_says_itself_what_its_colours_are() -> None:
    """Adobe's segment: here RGB that is stored as it is, which would turn green and pink as YCbCr."""
    data = encode(quarters(64, 64), "JPEG", keep_rgb=True)
    np.testing.assert_allclose(corners(read_picture(data).pixels), [RED, LIME, BLUE, WHITE], atol=3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_every_png_with_a_transparent_colour_is_as_pillow_reads_it(mode: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)).convert(mode)
    data = encode(noise, transparency=(1, 2, 3) if mode == "RGB" else 0)
    shown = Image.open(io.BytesIO(data)).convert("RGBA")
    expected = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
    np.testing.assert_array_equal(read_picture(data).crop, np.asarray(expected))


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_transparent_grey_is_that_of_its_own_bits(depth: int) -> None:
    """tRNS names a value of `depth` bits: the largest is white, and here it is clear; the next is not."""
    rows = bytes([0b01010101 if depth == 1 else (2**depth - 2) * (0x11 if depth == 4 else 0x55 if depth == 2 else 1)])
    grey = 0 if depth == 1 else round((2**depth - 2) / (2**depth - 1) * 255)
    opaque = png(64, 64, depth, 0, (b"\0" if depth == 1 else rows) * (64 * 64 * depth // 8), chunk(b"tRNS", b"\0\xff"))
    top = struct.pack(">H", 2**depth - 2)
    clear = png(64, 64, depth, 0, (b"\0" if depth == 1 else rows) * (64 * 64 * depth // 8), chunk(b"tRNS", top))
    np.testing.assert_allclose(corners(read_picture(opaque).pixels), [(grey,) * 3] * 4, atol=1)
    assert corners(read_picture(clear).pixels) == [WHITE] * 4


def sixteen(values: np.ndarray, colours: int, *more: bytes) -> bytes:
    return png(values.shape[1], values.shape[0], 16, colours, values.astype(">u2").tobytes(), *more)


CHANNELS = {"grey": (0, 1), "RGB": (2, 3), "grey and alpha": (4, 2), "RGBA": (6, 4)}


@pytest.mark.parametrize(("colours", "channels"), CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("uses", [7, 8, 10, 12, 16])
def test_more_than_8_bits_are_scaled_by_those_in_use(colours: int, channels: int, uses: int) -> None:
    values = np.random.default_rng(uses).integers(0, 2**uses, (40, 32, channels))
    values[20, 16, 0] = 2**uses - 1
    if channels in (2, 4):
        values[..., -1] = 0xFFFF
    read = read_picture(sixteen(values, colours))
    expected = (values[4:36, :, : 3 if channels > 2 else 1] >> (max(uses, 8) - 8)).astype(np.uint8)
    np.testing.assert_array_equal(read.crop, np.broadcast_to(expected, (32, 32, 3)))
    assert read.deep_bits == max(uses, 8)


def test_pictures_of_one_set_are_scaled_by_the_same() -> None:
    dark, light = (sixteen(np.full((32, 32, 1), value), 0) for value in (1000, 4000))
    alone = [read_square(data, 32) for data in (dark, light)]
    assert [square.deep_bits for square in alone] == [10, 12]
    together = [read_square(data, 32, max(square.deep_bits for square in alone)) for data in (dark, light)]
    assert [square.image.getpixel((0, 0)) for square in together] == [(62,) * 3, (250,) * 3]
    assert read_square(encode(quarters(32, 32)), 32, 12).deep_bits == 0, "of 8 bits nothing is scaled"


def test_16_bits_are_transparent_where_they_say_so() -> None:
    grey = np.full((32, 32, 1), 0x1234)
    grey[16:] = 0x1235
    for colours, channels in ((0, 1), (2, 3)):
        key = struct.pack(">H", 0x1234) * channels
        read = read_picture(sixteen(np.repeat(grey, channels, axis=2), colours, chunk(b"tRNS", key)))
        assert corners(read.pixels) == [WHITE] * 2 + [(0x91,) * 3] * 2
    values = np.array([0x8000, 0x8000, 0xFFFF, 0x7F80])
    half = read_picture(sixteen(np.broadcast_to(values, (32, 32, 4)), 6))
    np.testing.assert_allclose(corners(half.pixels), [(191, 191, 255)] * 4, atol=1)


def test_12_bits_in_16_are_not_black() -> None:
    read = read_picture((FAULTS / "twelve-bits-in-sixteen.png").read_bytes())
    assert read.deep_bits == 12
    assert (read.crop.min(), read.crop.max()) == (0, 255)
    assert depth_note(read.deep_bits) == "16 bits a channel, scaled by the 12 in use."
    assert not depth_note(read_picture(encode(quarters(64, 64))).deep_bits)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\0\0\0\x18ftypheic", "a HEIC, as iPhones write them"),
        (b"\0\0\0\x18ftypmp42", "a film"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "the pointer that Git LFS"),
    ],
)
def test_other_files_are_called_by_their_name(data: bytes, said: str) -> None:
    with pytest.raises(ExplorerError, match=f"it is {said}"):
        read_picture(data)


def test_no_damage_raises_anything_else() -> None:
    """Some bytes of a small file are changed, cut out or repeated; it opens or is refused, and nothing is warned of."""
    rng = random.Random(0)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8))
    sound = [encode_with_exif(kind, tiff(TURNED, *ODD_TAGS.values()), noise) for kind in FORMATS]
    sound += [sixteen(np.full((16, 16, 3), 999), 2), encode(noise.convert("CMYK"), "JPEG", progressive=True)]
    sound += [
        encode(noise.convert("P"), transparency=bytes(9)),
        encode(noise, "PNG", save_all=True, append_images=[noise]),
    ]
    refused = 0
    for k in range(600):
        data = bytearray(sound[k % len(sound)])
        for _ in range(rng.randint(1, 4)):
            at, length = rng.randrange(min(len(data), 400)), rng.randint(1, 8)
            match rng.randrange(3):
                case 0:
                    data[at : at + length] = rng.randbytes(length)
                case 1:
                    del data[at : at + length]
                case _:
                    data[at:at] = data[at : at + length]
        try:
            read_picture(bytes(data))
        except ExplorerError:
            refused += 1
    assert 100 < refused < 600


@pytest.mark.parametrize("odd", [TypeError, KeyError, struct.error, OverflowError, RecursionError, RuntimeError])
def test_whatever_a_decoder_raises_is_that_pictures_fault(
    monkeypatch: pytest.MonkeyPatch, odd: type[Exception]
) -> None:
    def load(_image: Image.Image) -> None:
        raise odd

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    with pytest.raises(ExplorerError, match=rf"The picture is damaged: {odd.__name__}\."):
        read_picture(encode(quarters(64, 64)))


def test_a_picture_that_memory_has_no_room_for_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_image: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    with pytest.raises(ExplorerError, match="takes more memory than there is"):
        read_picture(encode(quarters(64, 64)))


def large_jpeg(width: int, height: int) -> bytes:
    """A colourful JPEG of any size, in no time: one row of blocks of 16 pixels, repeated behind restart markers."""
    row = encode(quarters(width, 16), "JPEG", quality=90, restart_marker_rows=1)
    scan = row.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(row[scan + 2 : scan + 4])
    header = row.index(b"\xff\xc0")
    head = row[: header + 5] + struct.pack(">H", height) + row[header + 7 : start]
    rows = b"".join(row[start:-2] + bytes([0xFF, 0xD0 + k % 8]) for k in range(height // 16))
    return head + rows[:-2] + b"\xff\xd9"


PHONE = "200 million pixels.jpg"
MEMORY = """
import os, pathlib, resource, sys
from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from explorer.data import picture_file

for path in sys.argv[1:]:
    data, before = pathlib.Path(path).read_bytes(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if os.fork() == 0:
        picture_file.read_picture(data)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10, flush=True)
        os._exit(0)
    os.wait()
"""


def test_large_pictures_take_the_memory_that_is_counted_on(tmp_path: Path) -> None:
    """A telephone's 200 million pixels; and of every other kind some, by the bytes that a pixel takes."""
    side = 1200
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 4), np.uint8)).resize((side, side))
    counted = {
        "opaque.png": (encode(noise.convert("RGB"), compress_level=0), picture_file._BYTES["PNG"]),
        "clear.png": (encode(noise, compress_level=0), picture_file._BYTES["PNG"]),
        "palette.png": (encode(noise.convert("P"), transparency=bytes(256)), picture_file._BYTES["PNG"]),
        "deep.png": (sixteen(np.full((side, side, 4), 0xFEDC), 6), picture_file._BYTES_DEEP),
        "a.webp": (encode(noise, "WEBP", method=0), picture_file._BYTES["WEBP"]),
        "scans.jpg": (encode(noise.convert("RGB"), "JPEG", progressive=True), picture_file._BYTES["JPEG"]),
    }
    files = {PHONE: large_jpeg(16320, 12240)} | {name: data for name, (data, _) in counted.items()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = subprocess.run(
        [sys.executable, "-c", MEMORY, *(str(tmp_path / name) for name in files)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    took = dict(zip(files, map(int, said.stdout.split()), strict=True))
    assert took[PHONE] < 64 << 20
    for name, (_, bytes_a_pixel) in counted.items():
        assert took[name] < bytes_a_pixel * side**2 + (4 << 20), name
