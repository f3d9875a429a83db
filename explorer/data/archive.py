"""Zip files of pictures: what is in them, under which names, read member by member into memory.

Nothing is ever unpacked to disk, under the limits below, so paths in an archive have nothing to act on.
"""

from __future__ import annotations

import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from explorer.data.picture_file import MAX_BYTES
from explorer.errors import ExplorerError

MAX_ZIP_BYTES = 1 << 30
MAX_UNPACKED_BYTES = 2 << 30
MAX_RATIO = 100  # unpacked bytes over packed ones in a ZIP, at most; pictures are compressed already and stay near 1
RATIO_SLACK = 1 << 20  # unpacked bytes of a file up to which its ratio is not looked at


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Parameters
    ----------
    name : str
        With / between folders.
    info : zipfile.ZipInfo
    """

    name: str
    info: zipfile.ZipInfo


class Archive:
    """A zip file that is open.

    Attributes
    ----------
    members : list of Member
        Its files in the order of their names, those that systems leave behind not among them.
    """

    def __init__(self, place: Path, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self._lock = threading.Lock()  # ZipFile counts its open members without one
        members = [Member(info.filename, info) for info in opened.infolist() if not info.is_dir()]
        self.members = sorted(
            (m for m in members if not any(is_hidden(part) for part in PurePosixPath(m.name).parts)),
            key=lambda member: member.name,
        )
        unpacked = sum(member.info.file_size for member in self.members)
        packed = sum(member.info.compress_size for member in self.members)
        if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * packed + RATIO_SLACK:
            raise ExplorerError(
                f"{place} would unpack from {packed:,} to {unpacked:,} bytes",
                f"Up to {MAX_UNPACKED_BYTES >> 30} GB are read, and up to {MAX_RATIO} times the packed size.",
            )

    def read(self, member: Member) -> bytes:
        """A member's content, of one that is too large no more than `picture_file` refuses. Any thread may ask.

        Raises
        ------
        ExplorerError
            If it is encrypted, damaged, or compressed in a way that isn't read; `what` is the reason.
        """
        if member.info.flag_bits & 1:
            raise ExplorerError("it is encrypted")
        if member.info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ExplorerError("it is compressed in a way that isn't read")
        try:
            with self._lock, self._zip.open(member.info) as file:
                return file.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ExplorerError(f"it is damaged: {error}") from error


def is_archive(place: Path) -> bool:
    """Whether a file is a zip file, by its content."""
    return place.is_file() and zipfile.is_zipfile(place)


@contextmanager
def opened(place: Path) -> Iterator[Archive]:
    """A zip file, to be read until the block ends.

    Raises
    ------
    ExplorerError
        If it is damaged, can't be read, or has more in it than the limits allow.
    """
    try:
        if place.stat().st_size > MAX_ZIP_BYTES:
            raise ExplorerError(f"{place} has more than {MAX_ZIP_BYTES >> 30} GB", "Make several, or give a folder.")
        archive = zipfile.ZipFile(place)
    except OSError as error:
        raise ExplorerError(f"{place} can't be read: {error.strerror}", "Choose a file you may read.") from error
    except zipfile.BadZipFile as error:
        raise ExplorerError(f"{place} is damaged: {error}", "Make the zip file anew.") from error
    with archive:
        yield Archive(place, archive)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of the person's."""
    return (name.startswith(".") and name != "..") or name == "__MACOSX"
