"""The training process: how it is started, how it waits its turn, how it is told to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from explorer import background, files, models, places, runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.locks import HeldError, Lock
from explorer.processes import Process
from explorer.runs import Base, Run, RunError, Status, Trial
from explorer.runs.folder import PULSE_EVERY_S
from explorer.training import priority


def start(config: TrainConfig, title: str, owner: str = "", *, yielding: bool = True) -> Run:
    """Make a run folder and a process that trains in it; returns at once. It waits in line if another run trains.

    `owner` is that of `Run.owner`; `yielding` as of `background.start`.
    """
    run = create(config, title)
    if owner:
        run.write_owner(owner)
    begin(run, yielding=yielding)
    return run


def begin(run: Run, *, yielding: bool = True) -> None:
    """Make a process that trains in the folder of a new run; returns at once. It waits in line.

    `yielding` as of `background.start`.
    """
    _launch([run], "--begin", yielding)


def start_race(asked: Sequence[tuple[TrainConfig, str]]) -> list[Run]:
    """Make a run of each of some settings and title, and one process that trains them in step; returns at once."""
    contestants = [create(config, title) for config, title in asked]
    for run in contestants:
        run.write_race([other.id for other in contestants])
    _launch(contestants, "--begin")
    return contestants


def create(config: TrainConfig, title: str, path: Path | None = None, trial: Trial | None = None) -> Run:
    """Make a run folder, with the weights in it that its settings start from, for `train` to take up.

    `trial` is that of `Run.trial`.

    Raises
    ------
    ExplorerError
        As `runs.create` and `models.start_weights` do.
    """
    config = config.effective()
    base: tuple[Base, Path] | None = None
    if config.prior:
        config, model, weights = models.base_of(config)
        base = model, weights
    start = models.start_weights(config) if config.start_from else None
    return runs.create(config, title, path, start, base, trial)


def spawn(*resumed: Run) -> None:
    """Start a process that resumes a run from its last checkpoint, or several in step. It outlives whoever started it.

    Raises
    ------
    ExplorerError
        If a run is active, or gone.
    """
    for run in resumed:
        ask_again(run)
    _launch(resumed, "--resume")


def ask_again(run: Run) -> None:
    """Put a run that has ended back to "starting", at the end of the line.

    Raises
    ------
    ExplorerError
        If it is active, whatever its status says, or gone.
    """
    with run.lock(), files.explained(f"{run.title} can't go on", run.path, "Branch from it: a run of your own."):
        run.must_be_left_alone()
        status = run.status()
        now = time.time()
        _keep_former_start(run)
        again = replace(status, state="starting", heartbeat=now, asked_at=now, pid=0, error=None, eta_s=None)
        run.write_status(replace(again, stopped_early=""))
    run.update_control(stop=False, stop_early="", paused=False, single_steps=0)


def _keep_former_start(run: Run) -> None:
    """Folders once held the weights of other runs that they start from, and of shipped models nothing but the name."""
    config = run.config
    if config.start_from and not (run.start_path.exists() or run.checkpoint_steps()):
        run.keep_start(models.start_weights(config))


def _launch(trained: Sequence[Run], how: str, yielding: bool = True) -> None:
    asked_at = [run.status().asked_at for run in trained]
    first_log, folders = trained[0].path / "trainer.log", [str(run.path.resolve()) for run in trained]
    try:
        with open(first_log, "ab") as log:
            for run in trained[1:]:
                own = run.path / "trainer.log"
                with suppress(FileExistsError):  # from before
                    if not files.link(first_log, own):
                        files.append_line(own, f"What the process prints is in {first_log}")
            started = list(zip(trained, asked_at, strict=True))
            ended = partial(_see_off, started)
            background.start("train", how, *folders, output=log, ended=ended, yielding=yielding)
    except OSError as e:
        error = RunError(f"The training process could not be started: {e.strerror}", "Close other programs, resume it.")
        for run in trained:
            run.write_status(replace(run.status(), state="failed", error=error))
        raise ExplorerError(error.what, error.advice) from e


def _see_off(started: Sequence[tuple[Run, float]], code: int) -> None:
    """Of a trainer that we started: say so if it ended before its first word.

    When each was asked for tells that start from a later one, which may be under way by the time that this thread gets
    to look.
    """
    for run, asked_at in started:
        status = run.status()
        if status.state == "starting" and not status.pid and status.asked_at == asked_at:
            error = RunError(f"The training process ended at once, with status {code}", "Its trainer.log says why.")
            run.write_status(replace(status, state="failed", error=error))


class StopSignals:
    """SIGTERM and SIGINT as a wish that the loop looks at between steps; a second one ends the process at once."""

    def __init__(self) -> None:
        self.received = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = True  # no more than that: the handler may run in the middle of anything
        signal.signal(number, signal.SIG_DFL)


def train(*trained: Run, background: bool = False) -> None:
    """Train in this process, several runs in step: wait until no other in the same folder trains, then run the loop.

    SIGTERM and SIGINT stop the run cleanly, with a checkpoint. In the background it yields to all else on the machine,
    but for the single steps that somebody asks for.

    Raises
    ------
    ExplorerError
        If the run fails for a reason that a person can act on, is trained by another process, or its folder goes away.
    """
    if background:
        priority.yield_to_others()
    signals = StopSignals()
    with ExitStack() as stack:
        kept = {run: stack.enter_context(ExitStack()) for run in trained}
        for run, keeping in kept.items():
            if lacks := keeping.enter_context(run.as_its_trainer()):
                print(f"{lacks}: nothing but its signs of life tells others that {run.title} is trained", flush=True)
        stack.enter_context(_showing_pulse(kept))
        rest = priority.at_rest if background else lambda resting: None
        try:
            _train(trained, signals, rest, ended=lambda run: kept.pop(run).close())
        except FileNotFoundError as e:
            gone = [run.path for run in trained if not run.path.is_dir()]
            if not gone:
                raise
            raise ExplorerError(f"the run folder {gone[0]} went away during training", "Start a new run.") from e


def launched() -> bool:
    """Whether this is one of the processes of a launcher such as torchrun, by what that tells each of them."""
    return "TORCHELASTIC_RUN_ID" in os.environ or os.environ.get("WORLD_SIZE", "1") != "1"


def train_together(which: Callable[[], Run], background: bool = False) -> list[Run]:
    """Train one run with all processes of a launcher; returns it in the first of them, which alone is asked `which`.

    Signals that reach any of them stop all, as of `train`.

    Raises
    ------
    ExplorerError
        As `train`, and if another process fails.
    """
    from explorer.training import parallel  # imports torch

    with parallel.joined():
        run = which() if parallel.first() else None
        path = parallel.told(run.path if run else Path())
        if run:
            train(run, background=background)
            return [run]
        _follow(path, background)
        return []


def _follow(path: Path, background: bool) -> None:
    """Take a share of each step of the run that another process trains."""
    from explorer import threads
    from explorer.training.follower import Read
    from explorer.training.loop import run_training

    if background:
        priority.yield_to_others()
    signals = StopSignals()
    threads.limit()
    rest = priority.at_rest if background else lambda resting: None
    run_training(Read(path), Status("starting"), stop_asked=lambda: signals.received, rest=rest)


@contextmanager
def _showing_pulse(trained: Collection[Run]) -> Iterator[None]:
    """Signs of life from a thread of its own: images load, and steps of a large net go on, for minutes without any."""
    over = threading.Event()

    def show() -> None:
        while not over.wait(PULSE_EVERY_S):
            for run in list(trained):
                run.show_pulse()

    threading.Thread(target=show, name="pulse", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _train(
    trained: Sequence[Run],
    signals: StopSignals,
    rest: Callable[[bool], object],
    ended: Callable[[Run], object],
) -> None:
    me = Process.of(os.getpid())
    waiting = [(run, replace(run.status().by(me), state="queued", error=None)) for run in trained]
    lock, waiting = _wait_in_line(waiting, signals, ended)
    if lock is None:
        return
    with lock:
        contestants = [(run, replace(status, state="starting", ahead=0)) for run, status in waiting]
        for run, status in contestants:
            run.write_status(replace(status, heartbeat=time.time()))
        from explorer import threads
        from explorer.training.race import run_race  # torch takes seconds to import: not while in line

        threads.limit()
        run_race(contestants, stop_asked=lambda: signals.received, rest=rest, ended=ended)


def _said(lock: Lock) -> Lock:
    """The same; what it and its folder don't promise stands in the run's log."""
    notes = places.lacks(lock.path.parent)
    if lock.lacks and not notes:
        notes = (f"{lock.lacks}: another training may run at the same time.",)
    for note in notes:
        print(note, flush=True)
    return lock


_Waiting = list[tuple[Run, Status]]


def _wait_in_line(
    waiting: _Waiting, signals: StopSignals, ended: Callable[[Run], object]
) -> tuple[Lock | None, _Waiting]:
    """The lock that one training process at a time holds, and those runs that were not stopped while they waited."""
    lock = Lock(waiting[0][0].path.parent / ".training.lock")
    while True:
        for run, status in list(waiting):
            if signals.received or run.control().stop:
                run.write_status(replace(status, state="stopped", heartbeat=time.time()))
                waiting.remove((run, status))
                ended(run)
        if not waiting:
            return None, waiting
        ahead = sum(1 for _ in runs.ahead_of(waiting[0][0]))
        if not ahead:
            try:
                return _said(lock.take()), waiting
            except HeldError:
                ahead = 1
        for run, status in waiting:
            run.write_status(replace(status, ahead=ahead, heartbeat=time.time()))
        time.sleep(0.3)
