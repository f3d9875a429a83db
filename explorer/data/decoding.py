"""Many pictures -> 32x32 pixels: read by a process a core, kept for the next time part by part, watched and stopped."""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer import cores
from explorer.data import decoded
from explorer.data.listing import File, Listing
from explorer.data.picture_file import SIDE
from explorer.data.reader import Notes, Reader, ReaderProcess, Tell

FEW = 500  # files that are read in this process, and not kept: a process takes 0.2 s to start
FEW_BYTES = 64 << 20  # of these files, at most
_PART, _LARGEST_PART = 250, 500  # files, on average and at most
_MOST_PART_BYTES = 256 << 20
_MOST_PROCESSES = 32
_LOOK_S = 0.1  # seconds between two looks at how far it is

Part = tuple[int, int]  # the first of some files, and the one behind the last
Watch = Callable[[int, int], None]  # how many files are done, of how many; what it raises ends the reading


def unwatched(done: int, of: int) -> None:
    """Watches nothing."""


@dataclass
class Decoded:
    """What became of some files.

    Parameters
    ----------
    pixels : uint8 array (n, 3, 32, 32), RGB, 0..255
        Those of files that aren't read mean nothing.
    notes : Notes
    """

    pixels: np.ndarray
    notes: Notes


def decode(listing: Listing, chosen: np.ndarray, watch: Watch, bits: int = 0) -> Decoded:
    """Read some files of a listing.

    Parameters
    ----------
    listing : Listing
    chosen : int64 array (n,)
        Which of its files.
    watch : callable
        Called in this thread ten times a second, or for each file. What was done before it raised is kept.
    bits : int
        As for `read_square`.
    """
    return _Decoding(listing, chosen, bits).run(watch)


class _Decoding:
    def __init__(self, listing: Listing, chosen: np.ndarray, bits: int) -> None:
        self._listing, self._chosen, self._bits = listing, chosen.tolist(), bits
        self._files = [listing.files[i] for i in self._chosen]
        self._found = Decoded(np.empty((len(chosen), 3, SIDE, SIDE), np.uint8), Notes())
        self._parts = parts(self._files)
        self._done = dict.fromkeys(self._parts, 0)
        self._ahead = list(self._parts)
        # Another process that reads the same folder, as a training does beside the app, begins elsewhere: each finds
        # what the other one has kept.
        random.shuffle(self._ahead)
        self._lock = threading.Lock()
        self._readers: list[Reader | ReaderProcess] = []
        self._failed: list[BaseException] = []
        self._stopped = False

    def run(self, watch: Watch) -> Decoded:
        if len(self._files) <= FEW and sum(file.size for file in self._files) <= FEW_BYTES:
            self._read_here(watch)
            return self._found
        count = min(cores.allowed(), len(self._parts), _MOST_PROCESSES)
        threads = [threading.Thread(target=self._work, name="reading pictures", daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_LOOK_S)
                    watch(sum(self._done.values()), len(self._files))
        finally:
            self._stopped = True
            for reader in self._readers:
                reader.close()
            decoded.prune()
        if self._failed:
            raise self._failed[0]
        return self._found

    def _read_here(self, watch: Watch) -> None:
        reader, part = Reader(self._listing.place, self._listing.packed), (0, len(self._files))
        try:
            self._read(reader, part, lambda done: watch(done, len(self._files)))
        finally:
            reader.close()

    def _work(self) -> None:
        """Of each thread: one part after another."""
        reader: Reader | ReaderProcess | None = None
        try:
            while part := self._next():
                if not self._load(part):
                    reader = reader or self._reader()
                    self._decode(reader, part)
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            self._failed.append(error)
            self._stopped = True

    def _reader(self) -> Reader | ReaderProcess:
        place, packed = self._listing.place, self._listing.packed
        reader: Reader | ReaderProcess
        try:
            reader = ReaderProcess(place, packed)
        except OSError:  # no room for another process
            reader = Reader(place, packed)
        self._readers.append(reader)
        if self._stopped:
            reader.close()
        return reader

    def _next(self) -> Part | None:
        with self._lock:
            return self._ahead.pop() if self._ahead and not self._stopped else None

    def _load(self, part: Part) -> bool:
        start, stop = part
        notes = decoded.load(self._name(part), self._found.pixels[start:stop])
        if notes is None:
            return False
        self._found.notes.add(start, notes)
        self._done[part] = stop - start
        return True

    def _decode(self, reader: Reader | ReaderProcess, part: Part) -> None:
        start, stop = part
        notes = self._read(reader, part, partial(self._done.__setitem__, part))
        if notes:
            decoded.save(self._name(part), self._found.pixels[start:stop], notes, self._files[start:stop])

    def _read(self, reader: Reader | ReaderProcess, part: Part, tell: Tell) -> Notes | None:
        start, stop = part
        asked = [(self._chosen[i], self._files[i].name) for i in range(start, stop)]
        notes = reader.read(asked, self._bits, self._found.pixels[start:stop], tell)
        if notes:
            self._found.notes.add(start, notes)
        return notes

    def _name(self, part: Part) -> str:
        return decoded.name(self._listing.place, self._files[slice(*part)], self._bits)


def parts(files: Sequence[File]) -> list[Part]:
    """Files in groups, (first, behind the last), of which most stay as they are where files come or go among them.

    So a group ends where a file's name says so.
    """
    found, start, size = [], 0, 0
    for i, file in enumerate(files):
        size += file.size
        last = zlib.crc32(file.name.encode(errors="surrogatepass")) % _PART == 0
        if last or i - start + 1 == _LARGEST_PART or size >= _MOST_PART_BYTES or i == len(files) - 1:
            found.append((start, i + 1))
            start, size = i + 1, 0
    return found
