"""Who may do what, asked on the server at the moment of the deed: whatever a browser was shown, or says that it was.

The door (`explorer.live.door`) says with each connection whose it is; Streamlit keeps that with the session, and lets
nobody else take a session up again (`server.trustedUserHeaders`). So a role is a session's for good, also while nobody
is connected to it and a script of its still runs. `explorer.ui.shell.deeds` is where it is asked.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import streamlit as st

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.live.roles import Role
from explorer.presets import PRESETS
from explorer.runs import Run

Deed = Literal[
    "train", "control", "rename", "delete", "download data", "read a path", "upload files", "export", "present",
    "measure", "time", "clear", "make lessons",
]  # fmt: skip
ROLE, VISITOR = "role", "visitor"  # what Streamlit knows of a session's user
# A viewer's run is short: at most the steps of Quick look, of at most as many images, or a solution in closed form.
SHORT = PRESETS["quick"].settings

_served = False
_students_may_train = 0


def serve(students_may_train: int) -> None:
    """From now on, whoever is not known to be the teacher is a viewer; runs of so many viewers may be in line."""
    global _served, _students_may_train
    _served, _students_may_train = True, students_may_train


def role() -> Role:
    """Whose the page is; where no server shows it, whoever runs the script is the teacher."""
    known = st.user.get(ROLE)
    if known is None and not _served:
        return "teacher"
    return "teacher" if known == "teacher" else "viewer"


def is_teacher() -> bool:
    """Whether this page is the teacher's."""
    return role() == "teacher"


def owner() -> str:
    """What the runs of this page's viewer are marked with: says nothing of them but that they are theirs, to them.

    Empty for the teacher, and for a viewer whose browser keeps no cookies.
    """
    return "" if is_teacher() else marked(visitor())


def visitor() -> str:
    """The random cookie of this page's browser; empty for one that keeps none."""
    return str(st.user.get(VISITOR) or "")


def marked(cookie: str) -> str:
    """A browser's mark: from its random cookie, and not to be turned back into it."""
    return hashlib.sha256(cookie.encode()).hexdigest() if cookie else ""


def may(deed: Deed) -> bool:
    """Whether whoever looks at this page may do so, with anything."""
    return is_teacher()


def may_start() -> bool:
    """Whether a run may be started, if only a short one."""
    return is_teacher() or (_students_may_train > 0 and bool(owner()))


def may_stop(run: Run) -> bool:
    """Whether a run may be stopped: the teacher may stop all, a viewer their own."""
    return is_teacher() or (bool(owner()) and run.owner == owner())


def demand(deed: Deed) -> None:
    """ExplorerError for whoever may not."""
    if not may(deed):
        raise _refused()


def demand_stop(run: Run) -> None:
    """ExplorerError for whoever may not stop that run."""
    if not may_stop(run):
        raise _refused()


def demand_start(config: TrainConfig) -> None:
    """ExplorerError for whoever may not start a run with these settings now."""
    if is_teacher():
        return
    if not may_start():
        raise _refused()
    if config.data_path:
        raise ExplorerError("Only the teacher can train on images of their own", "Choose other images in the sidebar.")
    if not short(config):
        raise ExplorerError(
            "This run is too long for a class",
            f"Up to {SHORT.max_steps} steps of up to {SHORT.batch_size} images may be taken by runs of viewers.",
        )
    theirs = sum(1 for run in runs.active() if run.owner)
    if theirs >= _students_may_train:
        raise ExplorerError(
            f"{theirs} run{'s' * (theirs > 1)} of this class {'are' if theirs > 1 else 'is'} in line already",
            "Wait until one has ended.",
        )


def short(config: TrainConfig) -> bool:
    """Whether a viewer's run may take so long."""
    steps = 0 < config.max_steps <= SHORT.max_steps and config.batch_size <= SHORT.batch_size
    return config.closed_form or steps


def _refused() -> ExplorerError:
    return ExplorerError("Only the teacher can do this", "Ask them, or run the explorer on a machine of your own.")
