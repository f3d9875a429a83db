"""Statuses that this process, which is alive, could have written."""

from __future__ import annotations

import os

from explorer.processes import Process
from explorer.runs import State, Status

ME = Process.of(os.getpid())


def mine(state: State, **values) -> Status:
    return Status(state, **values).by(ME)
