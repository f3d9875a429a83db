"""Goes through a sweep: begins trials while there is room for them, and sees how they end.

All that it knows of trials it reads from their runs. So whoever goes on with a sweep, after whatever end, finds those
that are done, takes up those that were cut off, and lets those alone that still train.
"""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from explorer.errors import ExplorerError
from explorer.processes import Process
from explorer.runs import Run, RunError, State, Trial
from explorer.sweeps import choosing
from explorer.sweeps.axes import described
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import GRID
from explorer.sweeps.results import Result, cut_off, result, results
from explorer.training import process

LOOK_EVERY_S = 0.1  # seconds between two looks at trials that train
STATUS_EVERY_S = 1.0  # seconds between two signs of life
PRUNE_EVERY_S = 2.0  # seconds between two looks at who is worse than the median: as often as there are measurements
MOST_LOSSES = 3  # times that a trial may be cut off without having come further, until it is given up for this time


class Engine(AbstractContextManager["Engine"], ABC):
    """Where trials are trained."""

    @property
    @abstractmethod
    def room(self) -> int:
        """How many may train at once, at this moment."""

    @abstractmethod
    def begin(self, run: Run) -> None:
        """Train a run that nobody trains, from its newest checkpoint if it has one; returns at once."""

    @abstractmethod
    def tend(self) -> None:
        """Called between two looks at trials."""


def go(sweep: Sweep, engine: Engine, stop_asked: Callable[[], bool], again: bool = False) -> None:
    """Go through a sweep until all of its trials are done, or somebody wants it to stop.

    Parameters
    ----------
    sweep : Sweep
    engine : Engine
        Entered here, and left at the end.
    stop_asked : callable
        Looked at all the time, beside the sweep's control.json.
    again : bool
        Whether trials that failed for a reason are tried once more, from their last checkpoints.

    Raises
    ------
    ExplorerError
        If another process goes through it, its plan can't be read, a trial can't be made, or where it is to train isn't
        there. It stands in the sweep's status, too.
    """
    plan = sweep.plan
    if choosing.needs_optuna(plan):
        choosing.check_installed()
    with sweep.as_its_driver():
        at = _Going(sweep, stop_asked, again)
        try:
            with engine:
                at.go(engine)
        except ExplorerError as e:
            at.say_state("failed", RunError(e.what, e.advice))
            raise
        except FileNotFoundError as e:
            if sweep.path.is_dir():
                raise
            raise ExplorerError(f"the folder {sweep.path} went away", "Its trials are runs of their own.") from e


class _Going:
    def __init__(self, sweep: Sweep, stop_asked: Callable[[], bool], again: bool) -> None:
        self._sweep, self._plan, self._asked, self._again = sweep, sweep.plan, stop_asked, again
        self._me = Process.of(os.getpid())
        self._trials = sweep.trials()
        self._lost: dict[int, list[int]] = {}  # steps from which a trial would go on, each time that it was cut off
        self._left: set[int] = set()  # that this process touches no more
        self._over: dict[int, Result] = {}
        self._next_status = self._next_prune = 0.0

    def go(self, engine: Engine) -> None:
        self.say_state("running")
        waiting, going = self._sort()
        while True:
            if self._asked() or self._sweep.stop_asked():
                self._stop(going, engine)
                return
            while len(going) < engine.room and (number := self._next(waiting)) is not None:
                if number not in waiting:
                    engine.begin(self._make(number))
                    going.append(number)
                elif self._take_up(engine, number, waiting):
                    going.append(number)
            if not going:
                break
            engine.tend()
            self._look(going, waiting)
            self._prune(going)
            if time.monotonic() >= self._next_status:
                self.say_state("running")
            time.sleep(LOOK_EVERY_S)
        self.say_state("finished" if self._done == self._plan.count else "stopped")

    def _sort(self) -> tuple[list[int], list[int]]:
        """Trials that are to be taken up, and those that somebody trains already."""
        waiting, going = [], []
        for number, run in self._trials.items():
            try:
                found = result(self._plan, number, run)
            except ExplorerError as e:
                self._left.add(number)
                print(f"trial {number} is left as it is: {e}", flush=True)
                continue
            if found.status.active:
                going.append(number)
            elif found.over and not (self._again and found.status.state == "failed"):
                self._over[number] = found
            else:
                waiting.append(number)
        return waiting, going

    def _next(self, waiting: Sequence[int]) -> int | None:
        """The trial to begin with: one that was cut off, before a new one."""
        if waiting:
            return waiting[0]
        return next((number for number in range(self._plan.count) if number not in self._trials), None)

    def _take_up(self, engine: Engine, number: int, waiting: list[int]) -> bool:
        """Whether a trial that was cut off, or stopped before, trains again: somebody may have been quicker."""
        waiting.remove(number)
        try:
            engine.begin(self._trials[number])
        except ExplorerError as e:
            self._left.add(number)
            print(f"trial {number} can't go on: {e}", flush=True)
            return False
        return True

    def _make(self, number: int) -> Run:
        known = [] if self._plan.sampler == GRID else results(self._sweep)[0]
        values = choosing.next_values(self._plan, number, known)
        title = self._plan.title_of(number, values)
        run = process.create(self._plan.config(values), title, trial=Trial(self._sweep.id, number))
        self._trials[number] = run
        return run

    def _look(self, going: list[int], waiting: list[int]) -> None:
        """At trials under way: those that have ended go, and those that were cut off are to be taken up again."""
        for number in list(going):
            status = self._trials[number].status()
            if status.active:
                continue
            going.remove(number)
            if cut_off(status) and self._comes_further(number):
                print(f"trial {number} was cut off at step {status.step:,}, and goes on", flush=True)
                waiting.insert(0, number)
                continue
            self._end(number)

    def _comes_further(self, number: int) -> bool:
        """Whether a trial that was cut off is worth another try: it has come further, or was not tried often."""
        run = self._trials[number]
        lost = self._lost.setdefault(number, [])
        lost.append(max(run.checkpoint_steps(), default=0))
        return run.path.is_dir() and lost.count(lost[-1]) <= MOST_LOSSES

    def _end(self, number: int) -> None:
        try:
            found = result(self._plan, number, self._trials[number])
        except ExplorerError as e:
            self._left.add(number)
            print(f"trial {number}: {e}", flush=True)
            return
        if found.over:
            self._over[number] = found
        else:
            self._left.add(number)
        self._say(found)
        self.say_state("running")

    def _say(self, found: Result) -> None:
        status = found.status
        total = (
            "" if found.total is None else f", validation {'loss' if found.nats is None else 'total'} {found.total:.4g}"
        )
        why = status.stopped_early or (f"{status.error}" if status.error else "")
        done, what = f"{self._done} of {self._plan.count} done", described(found.values)
        how = f"{status.state} at step {status.step:,}{total}{'. ' if why else ''}{why}"
        print(f"trial {found.number} ({done}): {what}: {how}", flush=True)

    def _prune(self, going: Sequence[int]) -> None:
        if not self._plan.prune or time.monotonic() < self._next_prune:
            return
        self._next_prune = time.monotonic() + PRUNE_EVERY_S
        for number in going:
            run = self._trials[number]
            if run.status().state != "running" or run.control().stop:
                continue
            with suppress(ExplorerError):  # of files that somebody has damaged: how it ends says so
                if why := choosing.too_bad(result(self._plan, number, run), list(self._over.values())):
                    run.update_control(stop=True, stop_early=why)

    def _stop(self, going: list[int], engine: Engine) -> None:
        """Let trials stop with a checkpoint each, and wait until they have."""
        print(f"stopping {len(going)} trial{'s' * (len(going) != 1)}, each with a checkpoint", flush=True)
        for number in going:
            self._trials[number].update_control(stop=True)
        while going:
            engine.tend()
            for number in list(going):
                if not self._trials[number].status().active:
                    going.remove(number)
            time.sleep(LOOK_EVERY_S)
        self.say_state("stopped")

    @property
    def _done(self) -> int:
        return len(self._over)

    def say_state(self, state: State, error: RunError | None = None) -> None:
        now = time.time()
        status = replace(self._sweep.status(), state=state, step=self._done, total_steps=self._plan.count)
        self._sweep.write_status(replace(status.by(self._me), heartbeat=now, error=error))
        self._next_status = time.monotonic() + STATUS_EVERY_S
