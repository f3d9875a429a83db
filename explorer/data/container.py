"""What a PNG, JPEG or WebP file holds besides its pixels: looked at here, and kept from Pillow.

Texts, thumbnails, EXIF, colour profiles, second pictures: Pillow parses all of them when it opens a file, and any of
them can be odd in a picture that is sound. So a decoder gets the parts that pixels need, and nothing else. The one
thing more that is wanted, which side is up, is read here, and by one tag alone.
"""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Format = Literal["PNG", "JPEG", "WEBP"]
UPRIGHT = 1  # EXIF 2.32, table 6: the first row of pixels is the top, the first column the left

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_PNG_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_MAX_TEXT = 1 << 20  # bytes of a PNG's compressed text, unpacked; the EXIF of a telephone has some 10 kB
_ORIENTATION = 0x0112
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])\D')
_OTHERS = {  # first bytes, after an offset: what the file is, and no picture that is read
    (0, b"GIF8"): "a GIF",
    (0, b"BM"): "a BMP",
    (0, b"II*\0"): "a TIFF or a camera's raw file",
    (0, b"MM\0*"): "a TIFF or a camera's raw file",
    (4, b"ftypheic"): "a HEIC, as iPhones write them",
    (4, b"ftypheix"): "a HEIC, as iPhones write them",
    (4, b"ftypmif1"): "a HEIC, as iPhones write them",
    (4, b"ftypavif"): "an AVIF",
    (4, b"ftyp"): "a film",
    (0, b"%PDF"): "a PDF",
    (0, b"<svg"): "an SVG",
    (0, b"8BPS"): "a Photoshop file",
    (0, b"PK\x03\x04"): "a zip file",
    (0, b"\0\0\0\x0cjP  "): "a JPEG 2000",
    (0, b"\xff\x0a"): "a JPEG XL",
    (0, b"\0\0\0\x0cJXL "): "a JPEG XL",
    (0, b"version https://git-lfs"): "the pointer that Git LFS leaves in a file's place",
    (0, b"<!DOCTYPE"): "a web page",
    (0, b"<html"): "a web page",
}


@dataclass(frozen=True)
class Container:
    """A picture file, opened as far as needed to decode its pixels.

    Parameters
    ----------
    format : "PNG", "JPEG" or "WEBP"
    pixels : bytes
        A file of that format that holds the pixels only; of a WebP the file itself, whose other parts nobody parses.
    orientation : int
        1 to 8, as in EXIF; 1 where nothing in the file says it, or what it says makes no sense.
    depth : int
        Bits a channel: 1, 2, 4, 8 or 16.
    """

    format: Format
    pixels: bytes
    orientation: int = UPRIGHT
    depth: int = 8


def opened(data: bytes) -> Container | None:
    """The picture in a file's content, known by its first bytes; None of any other format."""
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def other_format(data: bytes) -> str:
    """What a file that is none of the three formats is, if it is among those that people take for a picture."""
    for (start, magic), said in _OTHERS.items():
        if data.startswith(magic, start):
            return said
    return ""


def _png(data: bytes) -> Container:
    """Chunks of the pixels (PNG, third edition, 5.6), so neither texts nor colour profiles nor an APNG's frames."""
    kept, exif, xmp = [_PNG], b"", b""
    at = len(_PNG)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in _PNG_PIXELS:
            kept.append(data[at : at + 12 + length])
        elif kind == b"eXIf":
            exif = data[at + 8 : at + 8 + length]
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, text = _text(kind, data[at + 8 : at + 8 + length])
            if keyword == b"Raw profile type exif":  # by ImageMagick, before there was eXIf
                exif = exif or _from_hexadecimal(text)
            elif keyword == b"XML:com.adobe.xmp":
                xmp = text
        at += 12 + length
        if kind == b"IEND":
            break
    depth = data[24] if len(data) > 24 else 8  # the header is always first
    return Container("PNG", b"".join(kept), _orientation(exif, xmp), depth)


def _text(kind: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Keyword and text of the two that matter; of all others nothing."""
    keyword, _, rest = content[:80].partition(b"\0")
    if keyword not in (b"Raw profile type exif", b"XML:com.adobe.xmp"):
        return b"", b""
    rest = content[len(keyword) + 1 :]
    packed = kind == b"zTXt"
    if packed:
        rest = rest[1:]  # the method, of which there is one
    elif kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = b"".join(rest[2:].split(b"\0", 2)[2:])  # without language and translated keyword
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, _MAX_TEXT)
        except zlib.error:
            rest = b""
    return keyword, rest


def _from_hexadecimal(text: bytes) -> bytes:
    """A raw profile: an empty line, its name, its length, and lines of hexadecimal digits."""
    try:
        return binascii.unhexlify(b"".join(text.split(b"\n")[3:]))
    except binascii.Error:
        return b""


def _jpeg(data: bytes) -> Container:
    """All segments (ITU-T T.81, annex B) but those of applications; of these the two that say what colours mean."""
    kept, exif, xmp = [data[:2]], b"", b""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0x00, 0xD9, 0xDA):  # to the first scan
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # these have no length
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : end]
        says_colours = (marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 14) or (
            marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12
        )
        if says_colours or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(data[at:end])
        elif marker == 0xE1 and body.startswith(b"Exif\0"):
            exif = exif or body
        elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            xmp = xmp or body
        at = end
    kept.append(data[at:])
    return Container("JPEG", b"".join(kept), _orientation(exif, xmp))


def _webp(data: bytes) -> Container:
    """The file as it is; libwebp decodes the pixels by themselves."""
    exif = xmp = b""
    for kind, start, end in _riff_chunks(data):
        if kind == b"EXIF":
            exif = data[start:end]
        elif kind == b"XMP ":
            xmp = data[start:end]
    return Container("WEBP", data, _orientation(exif, xmp))


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, at + 8, at + 8 + length
        at += 8 + length + length % 2


def _orientation(exif: bytes, xmp: bytes) -> int:
    found = _exif_orientation(exif)
    if found is None and (match := _XMP_ORIENTATION.search(xmp)):
        found = int(match[1])
    return found or UPRIGHT


def _exif_orientation(exif: bytes) -> int | None:
    """Tag 0x0112 of the first directory, a whole number from 1 to 8 (TIFF 6.0, section 2); no other tag is read."""
    for _ in range(2):  # some write it twice
        exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from(f"{order}HHI", exif, entry)
            if tag == _ORIENTATION:
                width = {1: "B", 3: "H", 4: "I"}.get(kind)  # BYTE, SHORT, LONG
                value = struct.unpack_from(f"{order}{width}", exif, entry + 8)[0] if width and values == 1 else 0
                return value if 1 <= value <= 8 else None
    except struct.error:  # it ends before it should
        pass
    return None
