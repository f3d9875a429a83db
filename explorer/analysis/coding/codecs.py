"""PNG, WebP and JPEG of small pictures: what formats that everybody has make of 32x32, and how much of a file is head.

Two numbers of each, and both are honest. A file of one picture says all that a decoder needs, and of a JPEG of 32x32
most is tables. In a file of many, tiled side by side, that is shared, and the format has more to learn from; but no
picture can be had without the others. Pillow writes all of them.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from explorer import units
from explorer.analysis.measures import Reconstruction

TILES = 1_000  # pictures at most in a file of many, in rows of about as many as there are rows


@dataclass(frozen=True)
class Codec:
    """A format and how it is asked for.

    Parameters
    ----------
    key, title : str
    format : str
        Pillow's.
    options : dict
        Of Pillow's `save`, beside the quality.
    qualities : tuple of int
        Pillow's, 0 to 100, from the smallest file to the largest; none where nothing is lost.
    marker, dash : str
        In charts, names of Plotly's: a marker that no family has, and of the line through its qualities.
    payload : callable
        Of a file the bytes that depend on the picture; the rest is head: container, tables, sizes.
    """

    key: str
    title: str
    format: str
    options: dict[str, Any]
    qualities: tuple[int, ...]
    marker: str
    dash: str
    payload: Callable[[bytes], int]

    @property
    def lossless(self) -> bool:
        """Whether a picture comes back as it was."""
        return not self.qualities

    def write(self, picture: np.ndarray, quality: int | None = None) -> bytes:
        """A file of a picture, uint8 (H, W, 3); of a lossless codec without a quality."""
        file = io.BytesIO()
        options = self.options if quality is None else self.options | {"quality": quality}
        Image.fromarray(picture).save(file, self.format, **options)
        return file.getvalue()


def read(file: bytes) -> np.ndarray:
    """The picture in a file: uint8 (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def _png_payload(file: bytes) -> int:
    """Of chunks IDAT, the compressed pixels (PNG, third edition, section 11.2.3)."""
    found, at = 0, 8
    while at < len(file):
        size = int.from_bytes(file[at : at + 4])
        found += size if file[at + 4 : at + 8] == b"IDAT" else 0
        at += size + 12
    return found


def _jpeg_payload(file: bytes) -> int:
    """From the end of the scan's header to the marker at the end (ITU-T T.81, annex B)."""
    at = 2
    while file[at + 1] != 0xDA:
        at += 2 + int.from_bytes(file[at + 2 : at + 4])
    return len(file) - 2 - (at + 2 + int.from_bytes(file[at + 2 : at + 4]))


def _webp_payload(file: bytes) -> int:
    """Of chunks VP8 and VP8L, less the frame's own head of 10 or 5 bytes (RFC 6386, 9.1; RFC 9649, 3.4)."""
    found, at = 0, 12
    while at < len(file):
        size, name = int.from_bytes(file[at + 4 : at + 8], "little"), file[at : at + 4]
        found += {b"VP8 ": size - 10, b"VP8L": size - 5}.get(name, 0)
        at += 8 + size + size % 2
    return found


CODECS: dict[str, Codec] = {
    codec.key: codec
    for codec in (
        # With tables made for the picture, and half the chroma each way, as is usual. Its qualities end where a copy of
        # CIFAR-10 that went through JPEG once comes back nearly as it was: at 75 with an MSE of 0.00001, at 90 0.00007.
        Codec("jpeg", "JPEG", "JPEG", {"optimize": True}, (1, 5, 10, 20, 35), "triangle-down", "dot", _jpeg_payload),
        Codec("webp", "WebP", "WEBP", {"method": 6}, (0, 5, 10, 20, 35, 50, 75, 90),
              "square-open", "dash", _webp_payload),
        Codec("webp_lossless", "WebP, lossless", "WEBP", {"lossless": True, "method": 4, "quality": 75}, (),
              "pentagon-open", "", _webp_payload),
        Codec("png", "PNG", "PNG", {"optimize": True}, (), "hexagon-open", "", _png_payload),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Files:
    """Pictures as files, one each, and many in one.

    Parameters
    ----------
    images : int
    alone : float
        Bytes an image, mean, of files that hold one each.
    head : float
        How many of these are head, mean.
    together : float
        Bytes an image of files that hold up to `TILES`.
    made : Reconstruction
        What comes back from files of one each, and as its rate what these take: nats.
    made_together : Reconstruction
        What comes back from files of many.
    """

    images: int
    alone: float
    head: float
    together: float
    made: Reconstruction
    made_together: Reconstruction


def measure(codec: Codec, images: np.ndarray, quality: int | None = None) -> Files:
    """Images, uint8 (N, 3, H, W), through a codec and back."""
    pictures = images.transpose(0, 2, 3, 1)
    files = [codec.write(picture, quality) for picture in pictures]
    sizes, payloads = np.array([len(file) for file in files]), np.array([codec.payload(file) for file in files])
    sheets, tiled = zip(*_tiled(codec, pictures, quality), strict=True)
    together = sum(sheets) / len(images)
    back = np.stack([read(file) for file in files])
    return Files(
        len(images), float(sizes.mean()), float((sizes - payloads).mean()), together,
        _made(images, back, sizes), _made(images, np.concatenate(tiled), np.full(len(images), together)),
    )  # fmt: skip


def _tiled(codec: Codec, pictures: np.ndarray, quality: int | None) -> Iterator[tuple[int, np.ndarray]]:
    """Bytes of each file of many, and the pictures that come back from it, uint8 (n, H, W, 3)."""
    for start in range(0, len(pictures), TILES):
        some = pictures[start : start + TILES]
        n, height, width = some.shape[:3]
        columns = math.ceil(math.sqrt(n))
        rows = math.ceil(n / columns)
        padded = np.concatenate([some, np.repeat(some[-1:], rows * columns - n, axis=0)])
        grid = padded.reshape(rows, columns, height, width, 3).swapaxes(1, 2)
        file = codec.write(grid.reshape(rows * height, columns * width, 3), quality)
        back = read(file).reshape(rows, height, columns, width, 3).swapaxes(1, 2)
        yield len(file), back.reshape(-1, height, width, 3)[:n]


def _made(images: np.ndarray, back: np.ndarray, sizes: Sequence[float] | np.ndarray) -> Reconstruction:
    def to_float(pixels: np.ndarray) -> np.ndarray:
        return pixels.astype(np.float32) / 255

    nats = np.array([[units.bytes_to_nats(float(size))] for size in sizes], np.float32)
    return Reconstruction(to_float(images), to_float(back.transpose(0, 3, 1, 2)), nats)
