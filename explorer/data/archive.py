"""Zip files of pictures: what is in them, under which names, read member by member into memory.

Nothing is ever unpacked to disk, so paths in an archive have nothing to act on. The directory at a zip file's end is
read here (PKWARE's APPNOTE 6.3.10, section 4) and not by Python's `zipfile`, which gives up a whole archive for one
name that is not in the encoding that its flag says, and calls members damaged whose two names differ in that.
"""

from __future__ import annotations

import bz2
import lzma
import re
import struct
import threading
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from explorer.data.picture_file import MAX_BYTES
from explorer.errors import ExplorerError
from explorer.files import stray

MAX_UNPACKED_BYTES = 100 << 30  # FFHQ at 1024 pixels has 90 GB
MAX_DIRECTORY_BYTES = 256 << 20  # some 2 million files
MAX_RATIO = 100  # unpacked bytes over packed ones in a ZIP, at most; pictures are compressed already and stay near 1
RATIO_SLACK = 1 << 20  # unpacked bytes of a file up to which its ratio is not looked at

_ENCRYPTED = 1  # bit of a member's flags
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_METHODS = {9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "AES"}  # that aren't read
_UNICODE_PATH, _ZIP64 = 0x7075, 0x0001  # extra fields
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_HEADER = struct.Struct("<4s5H3I2H")
_CJK = "\u3005\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff"
_LETTERS = {  # of each encoding, in text that consists of nothing else than these and ASCII
    "cp932": re.compile(rf"(?:[\x00-\x7f]|(?<![A-Za-z])[{_CJK}](?![A-Za-z]))*"),
    "gbk": re.compile(r"(?:[\x00-\x7f]|(?<![A-Za-z])[\u4e00-\u9fff](?![A-Za-z]))*"),
    "cp437": re.compile(r"[\x00-\x7fÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜáíóúñÑß]*"),
    "cp1252": re.compile(r"[\x00-\x7f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ffŠšŽžŒœŸ]*"),
}
_MAGIC_BYTES = 512
_OTHERS = {  # first bytes, after an offset, of what people take for a zip file
    (0, b"\x1f\x8b"): "a gzip or tar.gz file",
    (257, b"ustar"): "a tar file",
    (0, b"7z\xbc\xaf\x27\x1c"): "a 7z file",
    (0, b"Rar!"): "a RAR file",
    (0, b"BZh"): "a bzip2 or tar.bz2 file",
    (0, b"\xfd7zXZ"): "an xz or tar.xz file",
    (0, b"\x28\xb5\x2f\xfd"): "a Zstandard file",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Parameters
    ----------
    name : str
        With / between folders, without a root, a drive or `..`, and composed (Unicode's NFC).
    size, packed : int
        Bytes of its content, and as it is stored.
    checksum : int
        CRC-32 of its content.
    offset, method, flags : int
        Where in the file its header stands, how it is compressed, and its flags (APPNOTE 4.4.4).
    """

    name: str
    size: int
    packed: int
    checksum: int
    offset: int
    method: int
    flags: int


class Archive:
    """A zip file that is open.

    Attributes
    ----------
    members : list of Member
        Its files in the order of their names, those that systems leave behind not among them.
    """

    def __init__(self, place: Path, file: BinaryIO) -> None:
        self._file, self._lock = file, threading.Lock()
        self.members = sorted(_members(_directory(place, file)), key=lambda member: member.name)
        unpacked = sum(member.size for member in self.members)
        packed = sum(member.packed for member in self.members)
        if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * packed + RATIO_SLACK:
            raise ExplorerError(
                f"{place} would unpack from {packed:,} to {unpacked:,} bytes",
                f"Up to {MAX_UNPACKED_BYTES >> 30} GB are read, and up to {MAX_RATIO} times the packed size.",
            )
        if packed > place.stat().st_size:
            raise ExplorerError(f"{place} is damaged: its files lie over one another", "Make the zip file anew.")

    def read(self, member: Member) -> bytes:
        """A member's content. Any thread may ask.

        Raises
        ------
        ExplorerError
            If it is encrypted, damaged, larger than a picture may be, or compressed in a way that isn't read; `what` is
            the reason.
        """
        unpack = _UNPACK.get(member.method)
        if member.flags & _ENCRYPTED:
            raise ExplorerError("it is encrypted", "Unpack it with its password, and give the folder.")
        if unpack is None:
            how = _METHODS.get(member.method, f"method {member.method}")
            raise ExplorerError(f"it is compressed in a way that isn't read ({how})", "Unpack it, and give the folder.")
        if max(member.size, member.packed) > MAX_BYTES:
            raise ExplorerError(f"it has {member.size / 2**20:,.0f} MB, and up to {MAX_BYTES >> 20} are read")
        try:
            content = unpack(self._packed(member), member.size)
        except (OSError, EOFError, ValueError, struct.error, zlib.error, lzma.LZMAError) as error:
            raise ExplorerError(f"it is damaged: {error}") from error
        if len(content) != member.size or zlib.crc32(content) != member.checksum:
            raise ExplorerError("it is damaged: its checksum is wrong")
        return content

    def _packed(self, member: Member) -> bytes:
        with self._lock:
            self._file.seek(member.offset)
            signature, *_, name_length, extra_length = _HEADER.unpack(self._file.read(_HEADER.size))
            if signature != b"PK\3\4":
                raise ValueError("its header is missing")
            self._file.seek(name_length + extra_length, 1)
            return self._file.read(member.packed)


def is_archive(place: Path) -> bool:
    """Whether a file is an archive of any kind, by its content; `opened` says of all but zip files what to do.

    Raises
    ------
    OSError
        If the file can't be read.
    """
    if not place.is_file():
        return False
    with place.open("rb") as file:
        start = file.read(_MAGIC_BYTES)
        if start.startswith((b"PK\3\4", b"PK\7\x08")) or _other_kind(start):
            return True
        try:
            return _find_end(file) is not None  # behind a program that unpacks it, or of an empty one
        except (struct.error, ValueError):
            return True


def _other_kind(start: bytes) -> str:
    return next((kind for (at, magic), kind in _OTHERS.items() if start.startswith(magic, at)), "")


@contextmanager
def opened(place: Path) -> Iterator[Archive]:
    """A zip file, to be read until the block ends.

    Raises
    ------
    ExplorerError
        If it is damaged, can't be read, is another kind of archive, or has more in it than the limits allow.
    """
    try:
        file = place.open("rb")
    except OSError as error:
        raise ExplorerError(f"{place} can't be read: {error.strerror}", "Choose a file you may read.") from error
    with file:
        yield Archive(place, file)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member as the directory has it."""

    name: bytes
    extra: bytes
    size: int
    packed: int
    checksum: int
    offset: int
    method: int
    flags: int


def _directory(place: Path, file: BinaryIO) -> list[_Entry]:
    try:
        start = file.read(_MAGIC_BYTES)
        end = _find_end(file)
        if end is None and (kind := _other_kind(start)):
            raise ExplorerError(f"{place} is {kind}, not a zip file", "Unpack it, and give the folder.")
        if end is None:
            raise ExplorerError(f"{place} was cut short: its end is missing", "Fetch it, or make it, anew.")
        if end.disk:
            raise ExplorerError(f"{place} is one part of several", "Join them to one zip file, or give the folder.")
        if end.size > MAX_DIRECTORY_BYTES:
            raise ExplorerError(f"{place} lists too many files", "Unpack it, and give the folder.")
        file.seek(end.start - end.size)
        return list(_entries(file.read(end.size), end.start - end.size - end.offset))
    except OSError as error:
        raise ExplorerError(f"{place} can't be read: {error.strerror}", "Choose a file you may read.") from error
    except (struct.error, ValueError) as error:
        raise ExplorerError(f"{place} is damaged: {error}", "Fetch it, or make it, anew.") from error


@dataclass(frozen=True)
class _End:
    """What stands behind the directory: where that ends, its bytes, where it says that it begins, and on which disk."""

    start: int
    size: int
    offset: int
    disk: int


def _find_end(file: BinaryIO) -> _End | None:
    """The end of central directory record, of which one a comment of up to 65,535 bytes may follow."""
    length = file.seek(0, 2)
    at = file.seek(max(length - _END.size - 0xFFFF, 0))
    tail = file.read()
    found = tail.rfind(b"PK\5\6")
    if found < 0 or found + _END.size > len(tail):
        return None
    _, disk, _, _, _, size, offset, _ = _END.unpack_from(tail, found)
    start = at + found
    if 0xFFFFFFFF in (size, offset) or disk == 0xFFFF:  # more than 4 GB: the numbers stand in front, in 64 bits
        file.seek(max(start - _LOCATOR64.size, 0))
        signature, _, at64, _ = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
        if signature != b"PK\6\7":
            raise ValueError("it lacks the numbers of a zip file of this size")
        before = start - _LOCATOR64.size - _END64.size
        for start in (before, at64):
            file.seek(max(start, 0))
            signature, *_, disk, _, _, _, size, offset = _END64.unpack(file.read(_END64.size))
            if signature == b"PK\6\6":
                break
        else:
            raise ValueError("it lacks the numbers of a zip file of this size")
    if size > start:
        raise ValueError("its directory would begin before the file does")
    return _End(start, size, offset, disk)


def _entries(directory: bytes, shift: int) -> Iterator[_Entry]:
    """Members in the order of the directory; `shift` bytes stand before the archive, a program that unpacks it, say."""
    at = 0
    while at < len(directory):
        (signature, _, _, flags, method, _, _, checksum, packed, size, *lengths, _, _, _, offset) = _ENTRY.unpack_from(
            directory, at
        )
        if signature != b"PK\1\2":
            raise ValueError("its directory is not one")
        name_at = at + _ENTRY.size
        extra_at = name_at + lengths[0]
        at = extra_at + lengths[1] + lengths[2]
        extra = directory[extra_at : extra_at + lengths[1]]
        if 0xFFFFFFFF in (size, packed, offset):
            large = iter(struct.iter_unpack("<Q", (wide := _extra(extra, _ZIP64))[: len(wide) // 8 * 8]))
            size, packed, offset = (
                next(large, (number,))[0] if number == 0xFFFFFFFF else number for number in (size, packed, offset)
            )
        yield _Entry(directory[name_at:extra_at], extra, size, packed, checksum, offset + shift, method, flags)


def _extra(extra: bytes, wanted: int) -> bytes:
    """The extra field of an id; empty if there is none."""
    at = 0
    while at + 4 <= len(extra):
        field, length = struct.unpack_from("<2H", extra, at)
        if field == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _members(entries: list[_Entry]) -> Iterator[Member]:
    encoding = _encoding([entry.name for entry in entries])
    for entry in entries:
        name = _decoded(entry, encoding).replace("\\", "/")
        parts = _parts(name)
        if parts and not name.endswith("/") and not any(stray(part) for part in parts):
            yield Member(
                "/".join(parts), entry.size, entry.packed, entry.checksum, entry.offset, entry.method, entry.flags
            )


def _parts(name: str) -> list[str]:
    """Folders and name, of a path by any system: without drive, root, `.` and `..`, and up to a NUL."""
    parts = [part.strip() for part in unicodedata.normalize("NFC", name).partition("\0")[0].split("/")]
    if re.fullmatch("[A-Za-z]:", parts[0]):
        del parts[0]
    return [part for part in parts if part not in ("", ".", "..")]


def _decoded(entry: _Entry, encoding: str) -> str:
    """UTF-8 wherever that makes sense, whatever the flag says: macOS forgets it, others set it for what isn't."""
    unicode_path = _extra(entry.extra, _UNICODE_PATH)  # version 1, CRC-32 of the name that it stands for, UTF-8
    if unicode_path[:1] == b"\1" and unicode_path[1:5] == struct.pack("<I", zlib.crc32(entry.name)):
        return unicode_path[5:].decode(errors="replace")
    try:
        return entry.name.decode()
    except UnicodeDecodeError:
        return entry.name.decode(encoding, errors="replace")


def _encoding(names: list[bytes]) -> str:
    """Which of the encodings that Windows has had for zip files fits all names that are not UTF-8.

    One in which they have letters only, those of Japanese and Chinese not beside Latin ones. Else cp437, as the format
    says, which gives every byte a character.
    """
    odd = [name for name in names if not _is_utf8(name)]
    for encoding, letters in _LETTERS.items():
        try:
            text = "\n".join(name.decode(encoding) for name in odd)
        except UnicodeDecodeError:
            continue
        if letters.fullmatch(text):
            return encoding
    return "cp437"


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _inflated(packed: bytes, size: int) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)


def _bunzipped(packed: bytes, size: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(packed, size + 1)


def _unlzma(packed: bytes, size: int) -> bytes:
    """LZMA as in a zip file (APPNOTE 5.8): a version, the properties' length, 5 bytes of them, the stream."""
    _, length, properties, dictionary = struct.unpack_from("<2HBI", packed)
    lclp, pb = properties % 45, properties // 45
    filters = [
        {
            "id": lzma.FILTER_LZMA1,
            "dict_size": max(min(dictionary, size), 4096),  # no more than there is to look back on
            "lc": lclp % 9,
            "lp": lclp // 9,
            "pb": pb,
        }
    ]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(packed[4 + length :], size)


_UNPACK: dict[int, Callable[[bytes, int], bytes]] = {
    _STORED: lambda packed, size: packed,
    _DEFLATED: _inflated,
    _BZIP2: _bunzipped,
    _LZMA: _unlzma,
}
