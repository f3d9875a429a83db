"""How the processes that we start in the background give way to all others, the app above all.

A system may refuse any of it, and what it refuses is left as it is: nobody's training ends because it could not yield.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

_BEHIND = 10  # niceness of a session that gets a tenth of a busy core: enough to die of a kill within seconds
_SESSION = "/proc/{}/autogroup"
_TRIES, _APART_S = 5, 0.11  # Linux lets users, all together, change one session in 0.1 s; others hear EAGAIN


def yield_to_others() -> None:
    """Let anything else on this machine go first: the app's sliders stay usable while we train."""
    with suppress(OSError, psutil.Error):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 19)
    if hasattr(os, "sched_setscheduler") and hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # gVisor: EINVAL; a container's seccomp filter: EPERM
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    _share_cores_as_nice(_BEHIND)


def at_rest(resting: bool) -> None:
    """While a run is paused, whoever asks it for single steps waits for them: it takes its full share for those."""
    _share_cores_as_nice(0 if resting else _BEHIND)


def share(pid: int) -> int | None:
    """Of a process's session among sessions, as a niceness; None where the system doesn't share cores so.

    Of processes that were started outside any session of their own Linux tells nothing: it shares none out to them.
    """
    try:
        told = Path(_SESSION.format(pid)).read_text().split()
    except OSError:
        return None
    return int(told[-1]) if told and told[-1].lstrip("-").isdecimal() else None


def _share_cores_as_nice(niceness: int) -> None:
    """Linux may share cores among sessions first, and look at priorities only within each: man 7 sched, autogroup.

    It lets anybody take this share back, which it doesn't of `os.nice`.
    """
    for _ in range(_TRIES):
        try:
            session = os.open(_SESSION.format("self"), os.O_WRONLY)
        except OSError:  # another system, or one that shares otherwise
            return
        try:
            os.write(session, str(niceness).encode())
            return
        except BlockingIOError:  # others were first
            time.sleep(_APART_S)
        except OSError:
            return
        finally:
            os.close(session)
