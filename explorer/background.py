"""Commands of ours in processes of their own, which outlive whoever started them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

_PROJECT = Path(__file__).parent.parent


def start(
    *command: str,
    output: IO[bytes] | int = subprocess.DEVNULL,
    ended: Callable[[int], None] = lambda status: None,
    yielding: bool = True,
) -> subprocess.Popen[bytes]:
    """Start `python -m explorer COMMAND`; returns at once.

    Parameters
    ----------
    command : str
        Words of the command.
    output : file or number of subprocess's
        Where what it prints goes.
    ended : callable
        Told its exit status, in a thread of its own, if it ends before we do.
    yielding : bool
        Whether all else on the machine goes first: `--background`.

    Raises
    ------
    OSError
        If the machine has no room for another process.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", *command, *["--background"] * yielding],
        cwd=_PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # a Ctrl-C for the app is none for it; of Windows the same is:
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        env={
            **os.environ,
            "OMP_WAIT_POLICY": "PASSIVE",  # waiting threads must not spin on the app's cores
            "PYTHONIOENCODING": "utf-8:backslashreplace",  # of its log, whatever the locale
        },
    )
    threading.Thread(target=lambda: ended(process.wait()), daemon=True).start()  # waited for: else it stays a zombie
    return process
