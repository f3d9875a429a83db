"""Which runs may go when room is needed, what stays all the same and why, and what that frees.

Nothing here removes anything: whoever has seen a `Plan` deletes its runs one by one (`Run.delete`), or keeps their
newest weights only (`Run.keep_newest_weights`).
"""

from __future__ import annotations

import math
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from explorer.errors import ExplorerError
from explorer.runs.folder import Run
from explorer.runs.registry import each, runs_root
from explorer.runs.status import State

DAY_S = 86_400
Measure = Literal["recon", "total"]
_ENDED: tuple[State, ...] = ("finished", "stopped", "failed")


@dataclass(frozen=True)
class Room:
    """Bytes of a run's files on disk.

    Parameters
    ----------
    own : int
        Of files that are nobody else's.
    linked : tuple of (int, int, int)
        Inode, links and bytes of files that have several names: weights that another run starts from, for one.
    """

    own: int
    linked: tuple[tuple[int, int, int], ...] = ()

    @property
    def bytes(self) -> int:
        """All that it takes, whoever else has it."""
        return self.own + sum(size for _, _, size in self.linked)


@dataclass(frozen=True)
class Plan:
    """Runs that would go.

    Parameters
    ----------
    runs : tuple of Run
        Newest first.
    branches : int
        Runs that stay and branched off one of them.
    active : int
        Runs that would go if they weren't active.
    unjudged : int
        Runs that stay because nothing says how good they are: never measured on the whole validation split.
    unfinished : int
        Runs that stay as they are because they could be resumed.
    priors : int
        Runs that stay because they are of priors, whose losses say nothing beside an error or a total.
    """

    runs: tuple[Run, ...]
    branches: int = 0
    active: int = 0
    unjudged: int = 0
    unfinished: int = 0
    priors: int = 0

    def finished(self) -> Plan:
        """Those alone that are trained to their end: the others may be resumed, from what they keep for that."""
        states = {run: facts.state for run, facts in each(_facts)}
        ended = tuple(run for run in self.runs if states.get(run) == "finished" and run.beside_newest_weights())
        unfinished = sum(states.get(run) in ("stopped", "failed") for run in self.runs)
        return replace(self, runs=ended, branches=0, unfinished=unfinished)

    def frees(self) -> int:
        """Bytes that are free when they have gone: a file that a run keeps is not."""
        rooms = [room for run, room in each(room_of) if run in set(self.runs)]
        seen: dict[int, list[int]] = defaultdict(list)
        links = {}
        for room in rooms:
            for inode, count, size in room.linked:
                seen[inode].append(size)
                links[inode] = count
        return sum(room.own for room in rooms) + sum(
            sizes[0] for inode, sizes in seen.items() if len(sizes) >= links[inode]
        )

    def frees_beside_weights(self) -> int:
        """Bytes that are free when of each only the newest weights are left, beside curves and pictures."""
        return sum(size for run, size in each(beside_newest_weights) if run in set(self.runs))


@dataclass(frozen=True)
class _Facts:
    """What a run is judged by."""

    state: State
    ended: float  # Unix time of the last sign of life
    digest: str
    beta: float | None  # None where it means nothing, or all betas are learnt
    recon: float  # mean squared error on the whole validation split; infinite where that was not measured
    total: float
    parent: str
    of_prior: bool = False


def older_than(days: float) -> Plan:
    """Runs that ended so many days ago or more."""
    before = time.time() - days * DAY_S
    return _plan([run for run, facts in each(_facts) if facts.ended <= before])


def all_but_best(count: int, by: Measure) -> Plan:
    """All but the best `count` on each set of images, as measured on its whole validation split.

    By "recon" the mean squared error, whatever the settings. By "total" the best of each beta: those of different betas
    weigh the same KL differently, and say nothing beside each other.
    """
    alike: dict[tuple[str, float | None], list[tuple[float, Run]]] = defaultdict(list)
    unjudged = priors = 0
    for run, facts in each(_facts):
        if facts.of_prior:
            priors += facts.state in _ENDED
            continue
        value = getattr(facts, by)
        if math.isfinite(value) and facts.digest:
            alike[facts.digest, facts.beta if by == "total" else None].append((value, run))
        else:
            unjudged += facts.state in _ENDED
    rest = {run for found in alike.values() for _, run in sorted(found, key=lambda pair: pair[0])[count:]}
    return replace(_plan([run for run, _ in each(_facts) if run in rest], unjudged), priors=priors)


def used_bytes() -> int:
    """Bytes that all runs take on disk, files of several runs once."""
    rooms = [room for _, room in each(room_of)]
    linked = {inode: size for room in rooms for inode, _, size in room.linked}
    return sum(room.own for room in rooms) + sum(linked.values())


def free_bytes() -> int | None:
    """Bytes that are free where runs are kept; None where nobody can tell."""
    try:
        return shutil.disk_usage(runs_root()).free
    except OSError:
        return None


def room_of(run: Run) -> Room:
    """What a run takes on disk."""
    own, linked = 0, []
    for folder, _, names in os.walk(run.path):
        for name in names:
            try:
                found = os.stat(os.path.join(folder, name), follow_symlinks=False)
            except OSError:  # gone since
                continue
            if found.st_nlink > 1:
                linked.append((found.st_ino, found.st_nlink, found.st_size))
            else:
                own += found.st_size
    return Room(own, tuple(linked))


def beside_newest_weights(run: Run) -> int:
    """Bytes that `Run.keep_newest_weights` frees of a run."""
    return sum(path.stat().st_size for path in run.beside_newest_weights() if path.stat().st_nlink == 1)


def _plan(asked: Sequence[Run], unjudged: int = 0) -> Plan:
    active = {run for run, facts in each(_facts) if facts.state not in _ENDED}
    go = tuple(run for run in asked if run not in active)
    ids = {run.id for run in go}
    branches = sum(1 for run, facts in each(_facts) if facts.parent in ids and run.id not in ids)
    return Plan(go, branches, len(asked) - len(go), unjudged)


def _facts(run: Run) -> _Facts:
    status, branch = run.status(), run.branch
    beta, recon, total, of_prior = None, math.inf, math.inf, False
    try:
        config, summary = run.config, run.summary()
        of_prior = bool(config.prior)
        beta = summary.beta if config.weighs_beta and not config.conditional else None
        if full := summary.full_at_checkpoint or summary.full:
            recon, total = full.recon, full.total
    except ExplorerError:  # nobody knows how good it is
        pass
    digest = run.environment.get("digest", "")
    parent = branch.run_id if branch else ""
    return _Facts(
        status.state, status.heartbeat, digest if isinstance(digest, str) else "", beta, recon, total, parent, of_prior
    )
