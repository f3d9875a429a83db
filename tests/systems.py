"""Other systems and people, as this machine can act them: Windows, network shares, a user who is not root."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root becomes somebody else")


def _may_read_all() -> bool:
    """Root, and who may do that of what root may do: see `tests.nobody`."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0)
        try:
            os.listdir(folder)
        except PermissionError:
            return False
        return True


where_folders_can_be_closed = pytest.mark.skipif(_may_read_all(), reason="nothing is closed to who runs this")


def windows(patch: pytest.MonkeyPatch) -> list[str]:
    """Folders can't be opened, no file has a second name, and each fifth replacing, renaming or removing is refused.

    Returns
    -------
    list of str
        What was refused so far: it grows.
    """
    refused: list[str] = []

    def opened(path: Any, *rest: Any, _open: Callable[..., int] = os.open, **more: Any) -> int:
        if isinstance(path, (str, os.PathLike)) and "dir_fd" not in more and os.path.isdir(path):
            refused.append("open")
            raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
        return _open(path, *rest, **more)

    def now_and_then(name: str) -> Callable[..., None]:
        granted, calls = getattr(os, name), count(1)

        def call(*paths: Any, **more: Any) -> None:
            if next(calls) % 5 == 0:
                refused.append(name)
                raise PermissionError(errno.EACCES, "The process cannot access the file", *map(os.fspath, paths[:1]))
            granted(*paths, **more)

        return call

    patch.setattr(os, "open", opened)
    for name in ("replace", "rename", "unlink"):
        patch.setattr(os, name, now_and_then(name))
    patch.delattr(os, "link")
    return refused


def refusing(patch: pytest.MonkeyPatch, module: Any, name: str, number: int, which: Callable[..., bool]) -> None:
    """Let a system call of a module fail with an error number, where `which` holds of its arguments."""
    granted = getattr(module, name)

    def call(*arguments: Any, **more: Any) -> Any:
        if which(*arguments):
            raise OSError(number, os.strerror(number))
        return granted(*arguments, **more)

    patch.setattr(module, name, call)


def as_nobody(code: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code that calls `become()` when it has imported what it needs: from then on it owns nothing.

    Python itself may lie where only root may read.
    """
    become = f"import os\ndef become(): os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
    return subprocess.run(
        [sys.executable, "-c", become + code, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "HOME": "/nonexistent", **environment},
    )
