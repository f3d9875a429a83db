"""Reads the pictures of a folder or zip file, one after another: here, or in a process of its own.

`python -c "from explorer.data import reader; reader.serve()"` is such a process. It is told in lines of JSON on its
standard input: the place and whether it is a zip file; then, as often as there is something to read, the bits that
deep pictures are scaled by, and pairs of a file's index and name. It answers on its standard output, now and then with
how many it has read, and then with notes and the pixels of all; and ends with its input: a parent that is killed leaves
none behind.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from explorer.data import archive
from explorer.data.listing import said
from explorer.data.picture_file import MAX_BYTES, SIDE, read_square, shrink
from explorer.errors import ExplorerError

PIXEL_BYTES = 3 * SIDE * SIDE
WANTED_SIDE = 64  # pixels a side that a picture is decoded at, at least: enough to scale it down to 32 well

_PROJECT = Path(__file__).parent.parent.parent
_COMMAND = [sys.executable, "-c", "from explorer.data import reader; reader.serve()"]
_NICENESS = 10  # of the processes: the app's sliders go first
_TELL_S = 0.1  # seconds between two words of a process on how far it is
_MESSAGE = struct.Struct("<QQ")  # files that were read; and bytes of notes that follow, before the pixels, at the end

Files = Sequence[tuple[int, str]]  # of a `Listing`: index and name
Tell = Callable[[int], None]  # how many are read


@dataclass
class Notes:
    """What there is to say of files that were read, by their place among them.

    Parameters
    ----------
    deep_bits : dict of int to int
        As of `picture_file.Square`, where they aren't 0.
    bad : dict of int to str
        Files that aren't read, and why. Their pixels mean nothing.
    closed : dict of int to str
        The same of those that could not be opened, which may be another time.
    """

    deep_bits: dict[int, int] = field(default_factory=dict)
    bad: dict[int, str] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)

    def add(self, start: int, others: Notes) -> None:
        """Take up notes of files that begin at a place."""
        self.deep_bits |= {start + i: bits for i, bits in others.deep_bits.items()}
        self.bad |= {start + i: why for i, why in others.bad.items()}
        self.closed |= {start + i: why for i, why in others.closed.items()}

    def to_json(self) -> str:
        return json.dumps([self.deep_bits, self.bad, self.closed])

    @classmethod
    def from_json(cls, text: bytes) -> Notes:
        return cls(*({int(i): value for i, value in notes.items()} for notes in json.loads(text)))


class Reader:
    """Reads in this process, until it is closed.

    Parameters
    ----------
    place : Path
    packed : bool
        Whether it is a zip file.

    Raises
    ------
    ExplorerError
        As `archive.opened` does.
    """

    def __init__(self, place: Path, packed: bool) -> None:
        self._place, self._held = place, ExitStack()
        self._archive = self._held.enter_context(archive.opened(place)) if packed else None

    def read(self, files: Files, bits: int, pixels: np.ndarray, tell: Tell) -> Notes | None:
        """Fill in the pixels of files, uint8 (n, 3, 32, 32); `bits` as for `read_square`. None if closed meanwhile."""
        notes = Notes()
        for i, (index, name) in enumerate(files):
            try:
                square = read_square(self._content(index, name), WANTED_SIDE, bits)
                pixels[i] = shrink(square.image)
                if square.deep_bits:
                    notes.deep_bits[i] = square.deep_bits
            except ExplorerError as error:
                notes.bad[i] = error.what
            except OSError as error:
                notes.closed[i] = said(error)
            except Exception as error:  # noqa: BLE001 - whatever one file is, it is that file's
                notes.bad[i] = f"it can't be read: {error!r}"
            tell(i + 1)
        return notes

    def close(self) -> None:
        self._held.close()

    def _content(self, index: int, name: str) -> bytes:
        if self._archive is None:
            with open(self._place / name, "rb", buffering=0) as file:
                if os.fstat(file.fileno()).st_size <= MAX_BYTES:
                    return file.readall()
                return file.read(MAX_BYTES + 1)  # one too many is enough to be refused for its size
        member = self._archive.members[index]
        if member.name != name:
            raise ExplorerError("the zip file was changed meanwhile")
        return self._archive.read(member)


class ReaderProcess:
    """Reads in a process of its own, until it is closed. A file that ends it, as one may that fills memory, is bad.

    Parameters
    ----------
    place, packed
        As of `Reader`.

    Raises
    ------
    OSError
        If the machine has no room for another process.
    """

    def __init__(self, place: Path, packed: bool) -> None:
        self._told = json.dumps([str(place), packed])
        self._closed = False
        self._process = self._start()

    def read(self, files: Files, bits: int, pixels: np.ndarray, tell: Tell) -> Notes | None:
        """As `Reader.read`."""
        notes = self._ask(files, bits, pixels, tell)
        if notes or self._closed:
            return notes
        notes = Notes()  # one of them ends it, and the same way tells which
        for i in range(len(files)):
            self._process = self._start() if self._process.returncode is not None else self._process
            one = self._ask(files[i : i + 1], bits, pixels[i : i + 1], lambda count: None)
            if self._closed:
                return None
            notes.add(i, one or Notes(bad={0: "it ended the process that was to read it"}))
            tell(i + 1)
        return notes

    def close(self) -> None:
        """End the process, also in the middle of a file. Any thread may ask."""
        self._closed = True
        _end(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            _COMMAND,
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # on Windows
        )
        if not _say(process, self._told) or _hear(process) is None:
            _end(process)
            raise OSError(f"a process that reads pictures ended with status {process.returncode}")
        if self._closed:
            _end(process)
        return process

    def _ask(self, files: Files, bits: int, pixels: np.ndarray, tell: Tell) -> Notes | None:
        """None if the process ends."""
        process = self._process
        heard = _hear(process) if _say(process, json.dumps([bits, files])) else None
        while heard and not heard[1]:
            tell(heard[0])
            heard = _hear(process)
        if heard and process.stdout:
            text = process.stdout.read(heard[1])
            if process.stdout.readinto(pixels.data.cast("B")) == pixels.nbytes:  # type: ignore[attr-defined]
                tell(heard[0])
                return Notes.from_json(text)
        _end(process)
        return None


def _say(process: subprocess.Popen[bytes], line: str) -> bool:
    assert process.stdin
    try:
        process.stdin.write(f"{line}\n".encode())
        process.stdin.flush()
    except (OSError, ValueError):  # it has ended, or was closed
        return False
    return True


def _hear(process: subprocess.Popen[bytes]) -> tuple[int, int] | None:
    assert process.stdout
    try:
        head = process.stdout.read(_MESSAGE.size)
    except ValueError:  # closed meanwhile
        return None
    return _MESSAGE.unpack(head) if len(head) == _MESSAGE.size else None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:  # a share that doesn't answer keeps it, or the machine is busy
        threading.Thread(target=_bury, args=(process,), daemon=True).start()
    else:
        _bury(process)


def _bury(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has ended, and close what leads to it."""
    process.wait()
    for pipe in filter(None, (process.stdin, process.stdout)):
        with suppress(OSError):  # what was on its way to it
            pipe.close()


def serve() -> None:
    """Read what standard input says, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for who started it
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as output:  # who asked may be gone
        os.dup2(2, 1)  # whatever else is printed here is no answer
        place, packed = json.loads(sys.stdin.readline())
        reader = Reader(Path(place), packed)
        _answer(output, 0)
        for line in sys.stdin:
            bits, files = json.loads(line)
            pixels = np.zeros((len(files), 3, SIDE, SIDE), np.uint8)
            notes = reader.read(files, bits, pixels, _Pace(output).tell)
            assert notes
            text = notes.to_json().encode()
            _answer(output, len(files), text, pixels.data)


class _Pace:
    """Says how many are read, ten times a second."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output, self._next_at = output, time.monotonic() + _TELL_S

    def tell(self, count: int) -> None:
        if (now := time.monotonic()) > self._next_at:
            self._next_at = now + _TELL_S
            _answer(self._output, count)


def _answer(output: IO[bytes], count: int, notes: bytes = b"", pixels: memoryview | bytes = b"") -> None:
    output.write(_MESSAGE.pack(count, len(notes)))
    output.write(notes)
    output.write(pixels)
    output.flush()
