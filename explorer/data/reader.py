"""Reads the pictures of a folder or zip file, one after another: here, or in a process of its own.

`python -c "from explorer.data import reader; reader.serve()"` is such a process. It is told in lines of JSON on its
standard input: the place and whether it is a zip file; then, as often as there is something to read, the bits that
deep pictures are scaled by, and pairs of a file's index and name. It answers with records on its standard output, and
ends with its input: a parent that is killed leaves none behind.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, NamedTuple

from explorer.data import archive
from explorer.data.listing import said
from explorer.data.picture_file import MAX_BYTES, SIDE, read_square, shrink
from explorer.errors import ExplorerError

PIXEL_BYTES = 3 * SIDE * SIDE
WANTED_SIDE = 64  # pixels a side that a picture is decoded at, at least: enough to scale it down to 32 well

_PROJECT = Path(__file__).parent.parent.parent
_COMMAND = [sys.executable, "-c", "from explorer.data import reader; reader.serve()"]
_NICENESS = 10  # of the processes: the app's sliders go first
_FLUSH_S = 0.1  # seconds that a record waits for others, at most
_HEAD = struct.Struct("<BBI")  # of a record: its kind, deep bits, bytes that follow
_PICTURE, _BAD, _CLOSED, _READY = range(4)


class Record(NamedTuple):
    """What became of a file.

    Parameters
    ----------
    pixels : bytes
        Of uint8 (3, 32, 32); empty of a file that isn't read.
    deep_bits : int
        As of `picture_file.Square`.
    why : str
        Why it isn't read.
    closed : bool
        Whether it could not be opened: that may be another time.
    """

    pixels: bytes = b""
    deep_bits: int = 0
    why: str = ""
    closed: bool = False


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

    def read(self, files: Sequence[tuple[int, str]], bits: int = 0) -> Iterator[Record]:
        """Read files of a `Listing`, each an index and name; `bits` as for `read_square`."""
        return (self._read(index, name, bits) for index, name in files)

    def close(self) -> None:
        self._held.close()

    def _read(self, index: int, name: str, bits: int) -> Record:
        try:
            square = read_square(self._content(index, name), WANTED_SIDE, bits)
            return Record(shrink(square.image).tobytes(), square.deep_bits)
        except ExplorerError as error:
            return Record(why=error.what)
        except OSError as error:
            return Record(why=said(error), closed=True)
        except Exception as error:  # noqa: BLE001 - whatever one file is, it is that file's
            return Record(why=f"it can't be read: {error!r}")

    def _content(self, index: int, name: str) -> bytes:
        if self._archive is None:
            with open(self._place / name, "rb") as file:
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

    def read(self, files: Sequence[tuple[int, str]], bits: int = 0) -> Iterator[Record]:
        """As `Reader.read`; ends early if it is closed meanwhile."""
        start, one_by_one = 0, False
        while start < len(files) and not self._closed:
            asked = files[start : start + 1] if one_by_one else files[start:]
            answers = 0
            for record in self._answers(asked, bits):
                answers += 1
                yield record
            start += answers
            if answers < len(asked) and not self._closed:
                if one_by_one:  # or else some that came before it may have been lost, too
                    yield Record(why="it ended the process that was to read it")
                    start += 1
                one_by_one = not one_by_one
                self._process = self._start()

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
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.write(f"{self._told}\n".encode())
            process.stdin.flush()
        if not process.stdout or not process.stdout.read(_HEAD.size):
            _end(process)
            raise OSError(f"a process that reads pictures ended with status {process.returncode}")
        if self._closed:
            _end(process)
        return process

    def _answers(self, files: Sequence[tuple[int, str]], bits: int) -> Iterator[Record]:
        """Of one file after another, until the process ends."""
        assert self._process.stdin
        assert self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{json.dumps([bits, files])}\n".encode())
            self._process.stdin.flush()
        for _ in files:
            record = _received(self._process.stdout)
            if record is None:
                _end(self._process)
                return
            yield record


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    with suppress(subprocess.TimeoutExpired):  # a share that doesn't answer keeps it
        process.wait(1)
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(OSError):  # what was on its way to it
                pipe.close()


def serve() -> None:
    """Read what standard input says, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for who started it
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    with os.fdopen(os.dup(1), "wb", 1 << 16) as output:
        os.dup2(2, 1)  # whatever else is printed here is no record
        place, packed = json.loads(sys.stdin.readline())
        reader = Reader(Path(place), packed)
        _send(output, _READY)
        output.flush()
        for line in sys.stdin:
            bits, files = json.loads(line)
            flushed_at = time.monotonic()
            for record in reader.read(files, bits):
                if record.pixels:
                    _send(output, _PICTURE, record.pixels, record.deep_bits)
                else:
                    _send(output, _CLOSED if record.closed else _BAD, record.why.encode(errors="replace"))
                if time.monotonic() - flushed_at > _FLUSH_S:
                    output.flush()
                    flushed_at = time.monotonic()
            output.flush()


def _send(output: IO[bytes], kind: int, payload: bytes = b"", deep_bits: int = 0) -> None:
    output.write(_HEAD.pack(kind, deep_bits, len(payload)))
    output.write(payload)


def _received(stream: IO[bytes]) -> Record | None:
    """The next record; None if the process has ended."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, deep_bits, size = _HEAD.unpack(head)
    payload = stream.read(size)
    if len(payload) < size:
        return None
    if kind == _PICTURE:
        return Record(payload, deep_bits)
    return Record(why=payload.decode(), closed=kind == _CLOSED)
