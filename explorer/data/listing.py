"""What lies in a folder of pictures, or in a zip file: which files there are, before any of them is read."""

from __future__ import annotations

import errno
import heapq
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from explorer.data import archive
from explorer.data.picture_file import SUFFIXES
from explorer.errors import ExplorerError
from explorer.files import stray

MAX_FILES = 2_000_000  # of which 300 bytes each are kept in memory; ImageNet has 1,281,167
_TELL_EVERY = 1_000  # files

Tell = Callable[[int], None]  # how many files were found so far; what it raises ends the listing


class File(NamedTuple):
    """A file, and by what a change of it shows.

    Parameters
    ----------
    name : str
        Relative to the place, with / between folders.
    size : int
        Bytes.
    mark : int
        When it was modified last, in ns of Unix time; of a zip file's member, the checksum of its content.
    """

    name: str
    size: int
    mark: int


@dataclass
class Listing:
    """The files of a folder or zip file.

    Parameters
    ----------
    place : Path
    packed : bool
        Whether it is a zip file.
    files : list of File
        In the order of their names.
    closed : dict from names of files and folders that can't be looked at to the reason
        Folders' names end with /.
    followed : list of str
        Names of links to folders whose files are among `files`.
    links : dict from names of links that are not followed to the reason
    """

    place: Path
    packed: bool = False
    files: list[File] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    followed: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def look(place: Path, tell: Tell = lambda count: None) -> Listing:
    """What lies at a place.

    Links to folders are followed, each folder is read once: where it lies itself, or else through the link that comes
    first by its name. What systems leave behind is not listed.

    Raises
    ------
    ExplorerError
        If it is neither a folder nor a zip file, may not be read, or holds too much.
    """
    try:
        folder, packed = place.is_dir(), archive.is_archive(place)
    except OSError as error:
        raise _unreadable(place, error) from error
    if folder:
        return _Walk(place, tell).listing
    if packed:
        with archive.opened(place) as zip_file:
            _check_count(place, len(zip_file.members))
            members = [File(m.name, m.size, m.checksum) for m in zip_file.members]
            return Listing(place, True, members)
    if place.suffix[1:].lower() in SUFFIXES:
        advice = "Give the folder that it lies in; pages that take pictures of your own, as Compare, take one alone."
        raise ExplorerError(f"{place} is one picture", advice)
    raise ExplorerError(f"{place} is neither a folder nor a zip file", "Check the path.")


def _unreadable(place: Path, error: OSError) -> ExplorerError:
    return ExplorerError(f"{place} can't be read: {said(error)}", "Choose a folder that you may read.")


def said(error: OSError) -> str:
    """What the system says of a file that can't be read, in words."""
    if error.errno == errno.ESTALE:
        return "the share where it lies has lost it, or was connected anew"
    if error.errno == errno.ELOOP:
        return "a link that leads to itself"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "you may not read it"
    return error.strerror or "it can't be read"


class _Walk:
    """A walk through a folder: first through all that lies in it, then through what its links lead to.

    Attributes
    ----------
    listing : Listing
    """

    def __init__(self, place: Path, tell: Tell) -> None:
        self.listing, self._tell = Listing(place), tell
        self._root = os.path.realpath(place)
        self._links: list[tuple[str, str]] = []  # names of links to folders, and the real folders that they stand in
        self._names: dict[str, str] = {}  # of real folders that were read
        self._folders = [("", self._root)]
        while self._folders or self._links:
            if self._folders:
                self._read(*self._folders.pop())
            else:
                self._follow(*heapq.heappop(self._links))
        self.listing.files.sort()

    def _follow(self, name: str, stands_in: str) -> None:
        real = os.path.realpath(self.listing.place / name)
        if real in self._names:
            self.listing.links[name] = f"it leads to {self._names[real] or 'the whole folder'}, which is read once"
        elif any(_is_within(inner, real) for inner in (self._root, stands_in)):
            self.listing.links[name] = "it leads to a folder around it"
        else:
            self.listing.followed.append(name)
            self._folders.append((name, real))

    def _read(self, folder: str, real: str) -> None:
        """List a folder by its name; its real place tells it from others."""
        if real in self._names:
            return
        self._names[real] = folder
        try:
            with os.scandir(self.listing.place / folder) as found:
                entries = list(found)
        except OSError as error:
            if not folder:
                raise _unreadable(self.listing.place, error) from error
            self.listing.closed[f"{folder}/"] = said(error)
            return
        for entry in entries:
            if stray(entry.name):
                continue
            name = f"{folder}/{entry.name}" if folder else entry.name
            try:
                self._take(entry, name, real)
            except OSError as error:
                of = self.listing.links if error.errno == errno.ELOOP else self.listing.closed
                of[name] = said(error)
            if len(self.listing.files) % _TELL_EVERY == 0:
                self._tell(len(self.listing.files))
            _check_count(self.listing.place, len(self.listing.files))

    def _take(self, entry: os.DirEntry[str], name: str, stands_in: str) -> None:
        if entry.is_dir():
            if _is_link(entry):
                heapq.heappush(self._links, (name, stands_in))
            else:
                self._folders.append((name, os.path.join(stands_in, entry.name)))
        elif entry.is_file():
            status = entry.stat()
            self.listing.files.append(File(name, status.st_size, status.st_mtime_ns))
        elif _is_link(entry) and not os.path.exists(entry.path):
            self.listing.links[name] = "it leads to nothing"
        else:
            self.listing.closed[name] = "it is no ordinary file"


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether it lies elsewhere: a symbolic link, or one of Windows' reparse points, such as a junction."""
    return entry.is_symlink() or bool(getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0))


def _is_within(inner: str, outer: str) -> bool:
    """Whether a real folder is another one, or lies in it."""
    return Path(inner).is_relative_to(outer)


def _check_count(place: Path, count: int) -> None:
    if count > MAX_FILES:
        raise ExplorerError(f"{place} holds more than {MAX_FILES:,} files", "Choose a folder with fewer.")
