"""How long runs take on this machine: a handful of real steps of each preset, timed in a process of its own, and kept.

Only what was timed is told. What is kept is one machine's, with one version of torch: elsewhere it is timed anew.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import psutil

from explorer import background, cores, files, runs
from explorer.config import TrainConfig
from explorer.device_names import DEVICE_VARIABLE
from explorer.errors import ExplorerError
from explorer.locks import HeldError, Lock
from explorer.presets import PRESETS, RACE
from explorer.records import Part, Record
from explorer.training.shares import MEASURING_SHARE, WATCHING_SHARE

STEPS = 6  # that are taken of each; the first, in which torch chooses kernels and takes memory, doesn't count
_EVALUATED = 250  # validation images whose measurement is timed, at most: a batch of it
_BUSY = 0.6  # share of its threads' time below which others have kept a process from the cores
_AGAIN_S = 60.0  # before an app tries again what a run has cut short
_LONGEST_S = 1e11  # of any time that is kept, Unix time too
_BUSY_FOR_S = 600.0  # before what was timed on a busy machine is timed anew


@dataclass(frozen=True)
class Speed:
    """What a run's parts took here, in seconds.

    Parameters
    ----------
    start : float
        From the process's start to the first step.
    fastest, slowest : float
        Of the steps that were timed.
    image : float
        To measure the net on an image.
    busy : bool
        Whether other processes held the cores meanwhile: the machine can be faster than that.
    timed_at : float
        When, as Unix time.
    """

    start: float
    fastest: float
    slowest: float
    image: float
    busy: bool
    timed_at: float

    def of_run(self, config: TrainConfig, train: int, validation: int, runs: int = 1) -> tuple[float, float]:
        """Seconds of a whole run on so many images, or of several in turn, at least and at most, if steps take as long.

        At most, previews and the validation subset take their whole shares of the time.
        """
        total, per_epoch = config.total_steps(train), config.steps_per_epoch(train)
        measuring = self.image * validation
        before_the_last = (total - 1) // per_epoch  # epochs, after which the whole split is measured if there is time

        def whole(stepping: float) -> float:
            each = stepping + measuring + min(before_the_last * measuring, MEASURING_SHARE * stepping)
            return self.start + runs * each

        return whole(total * self.fastest), whole(total * self.slowest * (1 + 2 * WATCHING_SHARE))


def known(config: TrainConfig) -> Speed | None:
    """What was timed here of steps like these; None if nothing was, or they could not be taken."""
    timed = _timed().get(_kind(config))
    return timed if isinstance(timed, Speed) else None


def left() -> list[TrainConfig]:
    """Settings of the presets, and of a race, whose steps are to be timed on this machine, a kind once.

    What was timed while it was busy is timed anew after some minutes.
    """
    before = time.time() - _BUSY_FOR_S
    timed = {
        kind for kind, kept in _timed().items() if isinstance(kept, str) or not kept.busy or kept.timed_at > before
    }
    kinds: dict[str, TrainConfig] = {}
    for preset in (*PRESETS.values(), RACE):
        if not preset.settings.closed_form:
            kinds.setdefault(_kind(preset.settings), preset.settings)
    return [config for kind, config in kinds.items() if kind not in timed]


class Timing:
    """The process that times steps for an app, which starts it; any number of viewers may ask."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = -_AGAIN_S
        self._lock = threading.Lock()

    @property
    def under_way(self) -> bool:
        """Whether steps are being timed."""
        return self._process is not None and self._process.poll() is None

    def start(self, again: bool = False) -> None:
        """Time what is left, or all again, at the lowest priority; returns at once.

        Not while a run is active, which would slow it down and be slowed down by it, nor twice within a minute.
        """
        with self._lock:
            early = time.monotonic() < self._started_at + _AGAIN_S
            if self.under_way or _a_run_is_active() or (early and not again):
                return
            if again:
                files.remove(_path(), news=True)
            self._started_at = time.monotonic()
            try:
                self._process = background.start("time")
            except OSError:  # the machine has no room for another process: times stay unknown
                return


def time_steps() -> None:
    """Time what is left, in this process, and keep it; gives way to a run, and to another process that times."""
    from explorer import threads
    from explorer.training import loop  # noqa: F401 - imported once, and timed with the first of all starts

    threads.limit()
    imported = time.time() - psutil.Process().create_time()
    runs.runs_root().mkdir(parents=True, exist_ok=True)
    try:
        with Lock(_path().with_suffix(".lock")).take():
            for config in left():
                timed = _time(config, imported)
                if timed is None:
                    return
                keep(config, timed)
                print(f"{_kind(config)}: {timed}", flush=True)
    except HeldError:
        return


def keep(config: TrainConfig, timed: Speed | ExplorerError) -> None:
    """Keep what steps of some settings took here, or why they could not be taken."""
    _path().parent.mkdir(parents=True, exist_ok=True)
    now = _timed() | {_kind(config): str(timed) if isinstance(timed, ExplorerError) else timed}
    kinds = {kind: {"failed": kept} if isinstance(kept, str) else asdict(kept) for kind, kept in now.items()}
    files.write_json(_path(), {"machine": _machine(), "kinds": kinds}, indent=1)


def _time(config: TrainConfig, imported: float) -> Speed | ExplorerError | None:
    """What steps take, or why they can't be taken; None if a run has come in between."""
    import torch

    from explorer.training.loop import run_training
    from explorer.training.setup import Training

    began = time.monotonic()
    seen: list[tuple[float, float, float]] = []  # before each step and after the last: time, this process's, in steps
    images: list[float] = []

    def watch(training: Training) -> None:
        seen.append((time.monotonic(), time.process_time(), training.stepping_s))
        if training.over:
            some = training.validation_indices[:_EVALUATED]
            training.measure(some)
            images.append((time.monotonic() - seen[-1][0]) / len(some))

    settings = replace(config, source="photos", data_path="", start_from="", epochs=1000, max_steps=STEPS)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = runs.create(settings, "Timed", Path(folder) / "run")
        try:
            run_training(run, run.status(), stop_asked=_a_run_is_active, watch=watch)
        except ExplorerError as e:
            return e
        if not images:
            return None
    steps = [after[2] - before[2] for before, after in pairwise(seen[1:])]
    share = (seen[-1][1] - seen[1][1]) / (seen[-1][0] - seen[1][0]) / torch.get_num_threads()
    return Speed(imported + seen[0][0] - began, min(steps), max(steps), images[0], share < _BUSY, time.time())


def _a_run_is_active() -> bool:
    return bool(runs.active())


def _kind(config: TrainConfig) -> str:
    """What the time of a step depends on, in words."""
    shape = [f"{name} {value}" for name, value in config.architecture.items()]
    asked = config.device if config.device != "auto" else os.environ.get(DEVICE_VARIABLE, "auto")
    device = [] if asked == "auto" else [f"on {asked}"]
    return ", ".join([*shape, f"batch {config.batch_size}", config.optimiser, config.precision, *device])


def _path() -> Path:
    return runs.runs_root() / _KEPT.name


def _timed() -> dict[str, Speed | str]:
    """What was kept on this machine, by kinds: what steps took, or why they could not be taken."""
    machine, kinds = _KEPT.of(runs.runs_root()) or ("", {})
    return kinds if machine == _machine() else {}


def _parse(said: Record) -> tuple[str, dict[str, Speed | str]]:
    """The machine, and what was timed on it; a damaged kind is timed anew."""
    kinds, found = said.record("kinds"), dict[str, Speed | str]()
    for kind in kinds.values:
        with suppress(ExplorerError):
            found[kind] = _parse_kind(kinds.record(kind))
    return said.text("machine", 500), found


def _parse_kind(said: Record) -> Speed | str:
    if said.has("failed"):
        return str(said.values["failed"])
    times = {name: said.number(name, 0.0, _LONGEST_S) for name in ("start", "fastest", "slowest", "image", "timed_at")}
    return Speed(**times, busy=said.flag("busy"))


@cache
def _machine() -> str:
    version = importlib.metadata.version("torch")
    return f"{platform.node()}, {platform.machine()}, {cores.told()}, torch {version}"


_KEPT = Part("speed.json", _parse)
