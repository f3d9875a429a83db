"""What trains on a node of a cluster: one trial after another, in a folder whose files go back as they change."""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.files import clear, write_bytes
from explorer.runs import Run

STATUS, LOG = "status.json", "metrics.jsonl"
CHECKPOINTS = "checkpoints"
_Stamp = tuple[int, int, int]


@dataclass
class News:
    """What has changed in a trial's folder since it was asked for last.

    Parameters
    ----------
    files : dict of str to bytes
        By their paths in the folder.
    appended : dict of str to (int, bytes)
        Of files that have only grown, from which byte on, and what.
    gone : list of str
    ended : bool
        Whether nothing more will come.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    appended: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    ended: bool = False


class Node:
    """A process on a node; Ray makes an actor of it, and calls its methods one at a time."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="vae-explorer-trials-"))
        self._thread: threading.Thread | None = None
        self._known: dict[str, _Stamp] = {}
        self._control = b""
        self._run = Run(self._root)

    def begin(self, run_id: str, files: dict[str, bytes], weights: dict[str, bytes], images: Any, threads: int) -> None:
        """Train a run: `files` of its folder, and `weights` that it starts from, by their paths there.

        `images` are the `ImageSet` that it trains on.
        """
        if self._thread:
            self._thread.join()
        clear(self._run.path)
        self._run = Run(self._root / run_id)
        _write(self._run.path, files)
        _write(self._run.path, weights)
        for folder in ("previews", CHECKPOINTS):
            (self._run.path / folder).mkdir(exist_ok=True)
        self._known, self._control = _stamps(self._run.path), files.get("control.json", b"")
        self._known.pop(LOG, None)  # a torn last line is cut off first: it comes back whole
        self._thread = threading.Thread(target=_train, args=(self._run, images, threads), daemon=True)
        self._thread.start()

    def exchange(self, control: bytes) -> News:
        """Take the wishes of control.json, and tell what has changed.

        Files are read in such an order, and are to be written in such an order, that at no moment a checkpoint or a
        status stands there that is ahead of the log.
        """
        if control and control != self._control:
            self._control = control
            write_bytes(self._run.path / "control.json", control)
        self._run.show_pulse()
        news = News(ended=self._thread is not None and not self._thread.is_alive())
        status = _read(self._run.path / STATUS)
        now = _stamps(self._run.path)
        before, self._known = self._known, now
        changed = [name for name, stamp in now.items() if before.get(name) != stamp]
        for name in sorted(changed, key=lambda name: not name.startswith(CHECKPOINTS)):
            content = _read(self._run.path / name)
            if content is None:  # thinned meanwhile
                self._known.pop(name, None)
                continue
            size = before.get(name, (0, 0, 0))[1]
            if name == LOG and name in before and now[name][1] > size and before[name][2] == now[name][2]:
                news.appended[name] = size, content[size : now[name][1]]
            else:
                news.files[name] = content
        if status is not None:
            news.files[STATUS] = status
        news.gone = [name for name in before if name not in now]
        return news


def _train(run: Run, images: Any, threads: int) -> None:
    import torch

    from explorer.processes import Process
    from explorer.training.loop import run_training

    torch.set_num_threads(threads)
    status = run.status().by(Process.of(os.getpid()))
    with open(run.path / "trainer.log", "a", encoding="utf-8") as log, redirect_stdout(log), suppress(Exception):
        run_training(run, status, load=lambda source, path: images)  # what it raised stands in its status


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)


def contents(folder: Path, but: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """What a run's folder holds that another process needs to go on with it, by paths in it."""
    return {
        name: content for name in _stamps(folder) if name not in but and (content := _read(folder / name)) is not None
    }


def _stamps(folder: Path) -> dict[str, _Stamp]:
    """Files by their paths, hidden ones and those in hidden folders left out: these are being written."""
    found: dict[str, _Stamp] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                with suppress(OSError):
                    status = os.stat(path := os.path.join(place, name))
                    found[os.path.relpath(path, folder)] = status.st_mtime_ns, status.st_size, status.st_ino
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
