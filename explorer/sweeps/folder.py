"""A sweep's own folder, which sweeps there are, and which runs are its trials."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from explorer import background, files, runs
from explorer.errors import ExplorerError
from explorer.locks import HeldError, Lock
from explorer.records import Part
from explorer.runs import Control, Run, RunError, Status, Trial
from explorer.sweeps.plan import Plan

_FOLDER = "sweeps"  # in the folder of runs


@dataclass(frozen=True)
class Sweep:
    """One sweep's folder. Make new ones with `create`, reach existing ones with `get` and `list_sweeps`."""

    path: Path

    @property
    def id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def plan(self) -> Plan:
        """What it is to do; ExplorerError if sweep.json is missing or damaged."""
        if found := _PLAN.of(self.path):
            return found
        wrong = _PLAN.wrong(self.path)
        what = f"sweep {self.id} has no readable sweep.json" if wrong is None else f"sweep {self.id}: {wrong.what}"
        raise ExplorerError(what, "Restore the file, or delete the folder: its trials are runs of their own.")

    @property
    def title(self) -> str:
        """What people call it."""
        found = _PLAN.of(self.path)
        return found.title if found else self.id

    def trials(self) -> dict[int, Run]:
        """Its trials so far, by their numbers; of two with one number, as copies of folders are, the older."""
        found = {trial.number: run for run, trial in runs.each(_trial_of) if trial and trial.sweep == self.id}
        return dict(sorted(found.items()))

    def status(self) -> Status:
        """How it is doing, in trials; "failed" and `lost` if its process is gone without having said so."""
        return (_STATUS.of(self.path) or Status.from_json({})).now(self.path, lambda: 0)

    def write_status(self, status: Status) -> None:
        """Replace status.json."""
        files.write_json(self.path / "status.json", status.to_json())

    def stop_asked(self) -> bool:
        """Whether somebody wants it to stop."""
        return Control.from_json(files.read_json(self.path / "control.json") or {}).stop

    def ask_stop(self, stop: bool = True) -> None:
        """Let it stop, each of its trials with a checkpoint; or take that back."""
        with files.explained(f"{self.title} can't be controlled", self.path):
            files.write_json(self.path / "control.json", asdict(Control(stop=stop)))

    @contextmanager
    def as_its_driver(self) -> Iterator[None]:
        """Have the lock of whoever goes through it; ExplorerError if another process does."""
        try:
            lock = Lock(self.path / ".sweep.lock").take()
        except HeldError:
            raise self._under_way() from None
        with lock:
            yield

    def must_be_left_alone(self) -> None:
        """ExplorerError while a process goes through it."""
        if self.status().active:
            raise self._under_way()
        with self.as_its_driver():
            pass

    def _under_way(self) -> ExplorerError:
        return ExplorerError(f"the sweep {self.id} is under way", "Wait until it ends, or stop it first.")


def root() -> Path:
    """Where sweeps are kept: among the runs."""
    return runs.runs_root() / _FOLDER


def create(plan: Plan) -> Sweep:
    """Make a sweep's folder; ExplorerError if it can't be made."""
    path = root() / runs.new_id()
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with files.explained("can't make the sweep's folder", path):
        aside.mkdir(parents=True)
        files.write_json(aside / "sweep.json", plan.to_json() | {"created": time.time()}, indent=1)
        Sweep(aside).write_status(Status("starting", total_steps=plan.count))
        files.rename(aside, path)
    return Sweep(path)


def list_sweeps() -> list[Sweep]:
    """All sweeps whose plan can be read, newest first."""
    return [sweep for sweep in _folders() if _PLAN.of(sweep.path)]


def damaged() -> list[ExplorerError]:
    """What is wrong with sweeps that aren't listed."""
    found = []
    for sweep in _folders():
        if not _PLAN.of(sweep.path):
            try:
                _ = sweep.plan
            except ExplorerError as e:
                found.append(e)
    return found


def damaged_trials() -> list[ExplorerError]:
    """Runs whose trial.json says nothing: whether they are of a sweep, and which trial, nobody knows."""
    return [ExplorerError(f"{run.id}: {wrong.what}", wrong.advice) for run, wrong in runs.each(_trial_wrong) if wrong]


def get(sweep_id: str) -> Sweep:
    """The sweep with an id; ExplorerError for anything that is none of an existing sweep."""
    if runs.ID.fullmatch(sweep_id) and (root() / sweep_id).is_dir():
        return Sweep(root() / sweep_id)
    known = ", ".join(sweep.id for sweep in list_sweeps()[:5]) or "none"
    raise ExplorerError(f"there is no sweep {sweep_id[:40]!r}", f"The newest are: {known}.")


def like(plan: Plan) -> Sweep | None:
    """The newest sweep with the very same plan."""
    return next((sweep for sweep in list_sweeps() if sweep.plan == plan), None)


def start(plan: Plan) -> Sweep:
    """Make a sweep and a process that goes through it; returns at once."""
    sweep = create(plan)
    _launch(sweep)
    return sweep


def resume(sweep: Sweep) -> None:
    """Start a process that goes on with a sweep; ExplorerError while one does."""
    sweep.must_be_left_alone()
    sweep.ask_stop(False)
    now = time.time()
    sweep.write_status(replace(sweep.status(), state="starting", pid=0, heartbeat=now, asked_at=now, error=None))
    _launch(sweep)


def _launch(sweep: Sweep) -> None:
    try:
        with open(sweep.path / "sweep.log", "ab") as log:
            background.start("sweep", "--resume", sweep.id, output=log, ended=partial(_see_off, sweep))
    except OSError as e:
        error = RunError(f"The sweep's process could not be started: {e.strerror}", "Close other programs, resume it.")
        sweep.write_status(replace(sweep.status(), state="failed", error=error))
        raise ExplorerError(error.what, error.advice) from e


def _see_off(sweep: Sweep, code: int) -> None:
    """Of a process that we started: say so if it ended before its first word."""
    status = sweep.status()
    if status.state == "starting" and not status.pid:
        error = RunError(f"The sweep's process ended at once, with status {code}", "Its sweep.log says why.")
        sweep.write_status(replace(status, state="failed", error=error))


def _folders() -> list[Sweep]:
    return [Sweep(root() / name) for name in reversed(files.listed(root())) if runs.ID.fullmatch(name)]


def _trial_of(run: Run) -> Trial | None:
    return run.trial


def _trial_wrong(run: Run) -> ExplorerError | None:
    return run.trial_wrong()


_PLAN = Part("sweep.json", Plan.from_json)
_STATUS = Part("status.json", lambda said: Status.from_json(dict(said.values)))
