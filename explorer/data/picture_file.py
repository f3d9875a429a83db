"""One picture file from a person -> 32x32 pixels: for uploads and for the source Folder alike.

What the file claims to be counts for nothing: PNG, JPEG and WebP are known by their content, nothing else is decoded,
and its width and height are checked before its pixels are.
"""

from __future__ import annotations

import io
import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.data import container
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from PIL import Image, ImageFile

SUFFIXES = ("png", "jpg", "jpeg", "webp")
SIDE = 32
MIN_SIDE = 8  # pixels of a picture's shorter side, at least: in fewer there is nothing to see
MAX_PIXELS = 250_000_000  # of a picture, width times height, at most; telephones' photographs have up to 200 million
MAX_MEMORY = 1000 << 20  # bytes that decoding a picture may take
MAX_BYTES = 100 << 20  # of a file; a telephone's JPEG of 200 million pixels has 30 to 80 MB
CROP_SIDE = 512  # pixels a side of the crop that pages show, at most
LARGE = 200 << 20  # bytes of memory from which on one picture at a time is decoded: folders are read by several threads

_MIRRORS_X, _MIRRORS_Y = {2, 3, 7, 8}, {3, 4, 6, 7}  # orientations in which a stored axis runs backwards
_BYTES: dict[container.Format, int] = {"JPEG": 9, "PNG": 9, "WEBP": 17}  # of memory a decoded pixel, as measured
_BYTES_DEEP = 32  # the same of a PNG with 16 bits a channel
_KINDS: dict[container.Format, str] = {"JPEG": "a JPEG", "PNG": "a PNG", "WEBP": "a WebP"}
_NOISES = b"", b"\xb5\xda\xe9" * 20, b"\x6b\x9d\xc7" * 20  # what might follow in a JPEG: nothing, and no markers
_large = threading.Lock()


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as the model sees it, and the part of the original that this shows.

    Parameters
    ----------
    pixels : uint8 array (3, 32, 32), RGB, 0..255
    crop : uint8 array (S, S, 3), RGB, 0..255
        The largest centred square of the picture, S at most 512.
    deep_bits : int
        As of `Square`.
    """

    pixels: np.ndarray
    crop: np.ndarray
    deep_bits: int = 0


@dataclass(frozen=True, eq=False)
class Square:
    """The largest centred square of a picture.

    Parameters
    ----------
    image : Image
        RGB, upright, on white where it was transparent.
    deep_bits : int
        Of a picture that is stored with more than 8 bits a channel: how many its largest value needs, 8 to 16. 0 of all
        others.
    """

    image: Image.Image
    deep_bits: int = 0


def read_picture(data: bytes) -> Picture:
    """Read a PNG, JPEG or WebP: turned upright (EXIF), on white where transparent, cropped to its centre, scaled down.

    Raises
    ------
    ExplorerError
        If it is of another format, damaged, too large, or under 8 pixels high or wide.
    """
    square = read_square(data, CROP_SIDE)
    image = square.image
    crop = image.resize((CROP_SIDE, CROP_SIDE)) if image.width > CROP_SIDE else image
    return Picture(shrink(image), np.asarray(crop), square.deep_bits)


def read_square(data: bytes, wanted: int, bits: int = 0) -> Square:
    """The largest centred square of a picture file; errors as for `read_picture`. Any thread may ask.

    Parameters
    ----------
    data : bytes
        The file's content.
    wanted : int
        Pixels a side that are enough. A JPEG can decode to 1/2, 1/4 or 1/8 of its size, which is quicker, and takes
        less memory.
    bits : int
        What more than 8 bits a channel are scaled by: values from 0 to 2^bits become 0 to 256. As many as the picture
        uses, if these are more. Pictures of one set are scaled by the same, the largest `deep_bits` among them.
    """
    if len(data) > MAX_BYTES:
        raise ExplorerError(f"The file has {len(data) / 2**20:.0f} MB", f"Up to {MAX_BYTES >> 20} MB are read.")
    held = container.opened(data)
    if held is None:
        other = container.other_format(data)
        raise ExplorerError(
            f"The file is not a PNG, JPEG or WebP picture{f': it is {other}' if other else ''}",
            "Save it as one of these.",
        )
    # Pillow's decoders answer odd files with exceptions of every type (a TypeError for a resolution that is text, a
    # KeyError for a mode that they don't know). All that runs here is one picture's bytes through Pillow, so whatever
    # it raises is that picture's fault, and must not end the reading of a hundred thousand others.
    try:
        return _decode_to_end(held, wanted, bits)
    except ExplorerError:
        raise
    except MemoryError as error:
        raise ExplorerError("The picture takes more memory than there is", "Make it smaller.") from error
    except Exception as error:
        raise ExplorerError(
            f"The picture is damaged: {str(error) or type(error).__name__}", "Save it anew, or choose another."
        ) from error


def shrink(square: Image.Image) -> np.ndarray:
    """A square RGB picture scaled to 32x32 (Lanczos, anti-aliased): uint8 (3, 32, 32)."""
    from PIL import Image

    small = square.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    pixels = np.frombuffer(small.tobytes(), np.uint8).reshape(SIDE, SIDE, 3)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def depth_note(deep_bits: int) -> str:
    """What a page says of a picture, or of a set, that is stored with more than 8 bits; nothing of all others."""
    return f"16 bits a channel, scaled by the {deep_bits} in use." if deep_bits else ""


def _decode_to_end(held: container.Container, wanted: int, bits: int) -> Square:
    """Decoded, also where a JPEG lacks no more than the mark of its end, as some cameras and downloads leave it.

    Nothing else is missing if what follows the file makes no difference to its pixels.
    """
    try:
        return _decode(held, wanted, bits)
    except OSError:
        if held.format != "JPEG":
            raise
        start = held.pixels.removesuffix(b"\xff")
        ended = [_decode(replace(held, pixels=start + noise + b"\xff\xd9"), wanted, bits) for noise in _NOISES]
        if len({square.image.tobytes() for square in ended}) > 1:
            raise
        return ended[0]


def _decode(held: container.Container, wanted: int, bits: int) -> Square:
    image = _open(held)
    width, height = image.size
    if held.format == "JPEG":
        image.draft(None, (wanted, wanted))
    memory = _memory(held, image, width * height)
    _check_shape(held, width, height, memory)
    with _large if memory > LARGE else nullcontext():
        box = _centre(image.size, held.orientation)
        if held.depth == 16:
            square, deep_bits = _deep(held, image, box, bits)
        else:
            cropped, deep_bits = image.crop(box), 0
            del image  # large ones would not fit twice
            square = _on_white(cropped, held.depth)
        return Square(_upright(square, held.orientation), deep_bits)


def _memory(held: container.Container, image: ImageFile.ImageFile, pixels: int) -> int:
    """Bytes that decoding takes, at most; of a JPEG `image` is drafted already, and `pixels` are as it is stored."""
    from PIL.JpegImagePlugin import JpegImageFile

    decoded = image.width * image.height
    if isinstance(image, JpegImageFile):
        samples = [across * down for _, across, down, _ in image.layer]
        # all coefficients, 2 bytes each, of one that comes in several scans
        scans = 2 * pixels * sum(samples) / max(samples) if "progressive" in image.info else 0
        return int(_BYTES["JPEG"] * decoded + scans)
    return (_BYTES_DEEP if held.depth == 16 else _BYTES[held.format]) * decoded


def _open(held: container.Container) -> ImageFile.ImageFile:
    """By the plugin itself: `Image.open` refuses half of the pixels that telephones have, for the whole process."""
    from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # here, so that the app's start doesn't wait

    file = io.BytesIO(held.pixels)
    match held.format:
        case "PNG":
            return PngImagePlugin.PngImageFile(file)
        case "JPEG":
            return JpegImagePlugin.JpegImageFile(file)
        case "WEBP":
            return WebPImagePlugin.WebPImageFile(file)


def _centre(size: tuple[int, int], orientation: int) -> tuple[int, int, int, int]:
    """The largest square that is centred once it is upright: of an odd pixel, the left or upper side has less."""
    side = min(size)
    across, down = size[0] - side, size[1] - side
    left = (across + (orientation in _MIRRORS_X)) // 2
    top = (down + (orientation in _MIRRORS_Y)) // 2
    return left, top, left + side, top + side


def _on_white(image: Image.Image, depth: int) -> Image.Image:
    """RGB of any mode that the decoders have, of 8 bits a channel."""
    from PIL import Image

    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    if image.mode == "L":  # Pillow scales fewer bits to 8, but not the value that is transparent
        image.info["transparency"] = image.info["transparency"] * 255 // (2**depth - 1)
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _deep(
    held: container.Container, image: ImageFile.ImageFile, box: tuple[int, int, int, int], bits: int
) -> tuple[Image.Image, int]:
    """A PNG of 16 bits a channel, of which Pillow keeps 8: RGB, and the bits that its values use."""
    from PIL import Image

    transparent = image.info.get("transparency")
    values = _sixteen_bits(held, image, box)
    colours, alpha = values[..., : 1 if values.shape[2] < 3 else 3], None
    if values.shape[2] in (2, 4):
        alpha = (values[..., -1] >> 8).astype(np.uint8)
    elif transparent is not None:
        alpha = np.where((colours == np.asarray(transparent)).all(axis=2), 0, 255).astype(np.uint8)
    uses = max(int(colours.max()).bit_length(), 8)
    rgb = np.repeat((colours >> (max(bits, uses) - 8)).astype(np.uint8), 3 // colours.shape[2], axis=2)
    square = Image.fromarray(rgb)
    if alpha is not None:
        square.putalpha(Image.fromarray(alpha))
    return _on_white(square, 8), uses


def _sixteen_bits(held: container.Container, image: ImageFile.ImageFile, box: tuple[int, int, int, int]) -> np.ndarray:
    """uint16 (S, S, 1, 2, 3 or 4): grey, grey and alpha, RGB, RGBA."""
    if image.mode == "I;16":
        return np.asarray(image.crop(box))[..., None].astype(np.uint16)
    raw = str(image.tile[0].args)
    if raw.startswith("LA"):  # four bytes a pixel, so they pass as four channels: high and low of grey, of alpha
        pairs = _decoded_as(held, "RGBA", box)
        return np.stack([pairs[..., 0::2], pairs[..., 1::2]], axis=-1).astype(np.uint16) @ np.array([256, 1], np.uint16)
    high = _decoded_as(held, f"{image.mode};16B", box).astype(np.uint16)
    return high << 8 | _decoded_as(held, f"{image.mode};16L", box)  # read as if they came in the other order


def _decoded_as(held: container.Container, raw: str, box: tuple[int, int, int, int]) -> np.ndarray:
    """uint8 (S, S, C) of a PNG whose bytes are taken for another layout of as many bits a pixel."""
    with _open(held) as image:
        image.tile = [tile._replace(args=raw) for tile in image.tile]
        return np.asarray(image.crop(box))


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turned as EXIF says (2.32, table 6)."""
    from PIL import Image

    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return image if turn is None else image.transpose(turn)


def _check_shape(held: container.Container, width: int, height: int, memory: int) -> None:
    if width * height > MAX_PIXELS or memory > MAX_MEMORY:
        most = min(MAX_PIXELS, width * height * MAX_MEMORY // memory) // 10**6
        raise ExplorerError(
            f"The picture has {width:,} x {height:,} pixels",
            f"Up to {most} million are read of {_KINDS[held.format]} like it: make it smaller"
            + (", or a JPEG." if held.format != "JPEG" else "."),
        )
    if min(width, height) < MIN_SIDE:
        raise ExplorerError(
            f"The picture has {width} x {height} pixels", f"It takes at least {MIN_SIDE} x {MIN_SIDE}, better 32 x 32."
        )
