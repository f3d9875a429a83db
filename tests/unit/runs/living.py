"""Statuses that this process, which is alive, could have written."""

from __future__ import annotations

import psutil

from explorer.runs import State, Status

ME = psutil.Process()


def mine(state: State, **values) -> Status:
    return Status(state, pid=ME.pid, pid_started=ME.create_time(), **values)
