"""One picture file from a person -> 32x32 pixels: for uploads and for the source Folder alike.

What the file claims to be counts for nothing: PNG, JPEG and WebP are known by their content, nothing else is decoded,
and its width and height are checked before its pixels are.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP")
SUFFIXES = ("png", "jpg", "jpeg", "webp")
SIDE = 32
MIN_SIDE = 8  # pixels of a picture's shorter side, at least: in fewer there is nothing to see
MAX_PIXELS = 50_000_000  # of a picture, width times height, at most; telephones' photographs have 48 million
MAX_BYTES = 20 << 20
CROP_SIDE = 512  # pixels a side of the crop that pages show, at most


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as the model sees it, and the part of the original that this shows.

    Parameters
    ----------
    pixels : uint8 array (3, 32, 32), RGB, 0..255
    crop : uint8 array (S, S, 3), RGB, 0..255
        The largest centred square of the picture, S at most 512.
    """

    pixels: np.ndarray
    crop: np.ndarray


def read_picture(data: bytes) -> Picture:
    """Read a PNG, JPEG or WebP: turned upright (EXIF), on white where transparent, cropped to its centre, scaled down.

    Raises
    ------
    ExplorerError
        If it is of another format, damaged, over 20 MB or 50 million pixels, or under 8 pixels high or wide.
    """
    square = read_square(data, CROP_SIDE)
    crop = square.resize((CROP_SIDE, CROP_SIDE)) if square.width > CROP_SIDE else square
    return Picture(shrink(square), np.asarray(crop))


def read_square(data: bytes, wanted: int) -> Image.Image:
    """The largest centred square of a picture file, in RGB and upright; errors as for `read_picture`.

    Parameters
    ----------
    data : bytes
        The file's content.
    wanted : int
        Pixels a side that are enough. A JPEG can decode to 1/2, 1/4 or 1/8 of its size, which is quicker.
    """
    from PIL import Image, ImageOps  # here, so that the app's start doesn't wait for it

    if len(data) > MAX_BYTES:
        raise ExplorerError(f"The file has {len(data) / 2**20:.0f} MB", f"Up to {MAX_BYTES >> 20} MB are read.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_shape(*image.size)
            image.draft(None, (wanted, wanted))
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            if upright.has_transparency_data:
                upright = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
            side = min(upright.size)
            left, top = (upright.width - side) // 2, (upright.height - side) // 2
            return upright.crop((left, top, left + side, top + side)).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ExplorerError("The picture has far too many pixels", _pixel_advice()) from error
    except Image.UnidentifiedImageError as error:
        raise ExplorerError("The file is not a PNG, JPEG or WebP picture", "Save it as one of these.") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:  # by Pillow's decoders
        raise ExplorerError(f"The picture is damaged: {error}", "Save it anew, or choose another.") from error


def shrink(square: Image.Image) -> np.ndarray:
    """A square RGB picture scaled to 32x32 (Lanczos, anti-aliased): uint8 (3, 32, 32)."""
    from PIL import Image

    small = square.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1))


def _check_shape(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ExplorerError(f"The picture has {width:,} x {height:,} pixels", _pixel_advice())
    if min(width, height) < MIN_SIDE:
        raise ExplorerError(
            f"The picture has {width} x {height} pixels", f"It takes at least {MIN_SIDE} x {MIN_SIDE}, better 32 x 32."
        )


def _pixel_advice() -> str:
    return f"Up to {MAX_PIXELS // 10**6} million are read: make it smaller."
