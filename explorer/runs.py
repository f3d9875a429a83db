"""The run folder: the only thing that a training process and the app share.

    runs/ID/config.json       written once: title, settings, versions, the command that repeats the run, its parent
    runs/ID/environment.json  written once, when training starts: images and their digest, device, precision, threads
    runs/ID/metrics.jsonl     appended: one JSON object a log step; a torn last line is skipped by readers.
                              kind "train", "subset" (of the validation split), "full" (all of it), "at" (the subset
                              at another beta, of a conditional net), "change" (of beta or learning rate) or "resumed"
                              (from a step: rows of later steps before it are undone)
    runs/ID/status.json       replaced atomically: state, step, epoch, images/s, time left, heartbeat, error
    runs/ID/control.json      written by the app, read by the loop every step
    runs/ID/latents.json      replaced atomically: KL in nats of each latent dimension, as last measured, and the step
    runs/ID/previews/         the same probe images, reconstructed, as training goes on
    runs/ID/checkpoints/      weights and resume state; older ones weights only, thinned as they age
    runs/ID/start.safetensors weights it starts from, a parent's or a shipped model's: the same file or a copy, whatever
                              becomes of theirs
    runs/ID/trainer.log       what the training process printed

Nothing here imports torch: listing and polling stay light.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import psutil
from filelock import FileLock

from explorer.config import TrainConfig, dumps
from explorer.errors import ExplorerError

State = Literal["starting", "queued", "running", "paused", "finished", "stopped", "failed"]
ACTIVE: tuple[State, ...] = ("starting", "queued", "running", "paused")

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")
_STEP = re.compile(r"[0-9]{1,8}")
_START_TIMEOUT_S = 30.0  # from spawn to the first sign of life; imports take a few seconds on a slow disk
_TITLE_LENGTH = 80


def runs_root() -> Path:
    """Where runs are kept: the environment variable VAE_EXPLORER_RUNS, or `runs/` beside the package."""
    return Path(os.environ.get("VAE_EXPLORER_RUNS") or Path(__file__).parent.parent / "runs")


@dataclass(frozen=True)
class RunError:
    """Why a run failed, and what can be done."""

    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}".strip()


@dataclass(frozen=True)
class Status:
    """A run's state as of `heartbeat`.

    Parameters
    ----------
    state : str
        "starting", "queued", "running", "paused", "finished", "stopped" or "failed".
    step, total_steps, steps_per_epoch : int
        Optimiser steps taken, planned, and in a pass over the training images.
    images_per_s : float
    eta_s : float or None
        Seconds left at that rate.
    ahead : int
        Runs that stand before this one in line, while queued.
    heartbeat : float
        Unix time of the last sign of life.
    pid, pid_started : int, float
        The training process and when it was created (pids are reused).
    asked_at : float
        Unix time at which somebody asked for the training: the order of the line.
    """

    state: State
    step: int = 0
    total_steps: int = 0
    steps_per_epoch: int = 0
    images_per_s: float = 0.0
    eta_s: float | None = None
    ahead: int = 0
    heartbeat: float = field(default_factory=time.time)
    pid: int = 0
    pid_started: float = 0.0
    error: RunError | None = None
    asked_at: float = field(default_factory=time.time)

    @property
    def epoch(self) -> float:
        """Passes over the training images so far."""
        return self.step / self.steps_per_epoch if self.steps_per_epoch else 0.0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


@dataclass(frozen=True)
class Control:
    """What the person at the page wants of a running loop.

    Parameters
    ----------
    paused, stop : bool
    single_steps : int
        How many single steps were asked for since the run began; the loop takes the difference while paused.
    beta, learning_rate : float or None
        New base values, that schedules multiply; None leaves the run's own.
    """

    paused: bool = False
    stop: bool = False
    single_steps: int = 0
    beta: float | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class Branch:
    """Where a run branched off another one.

    Parameters
    ----------
    run_id, title : str
        The parent's; the title as it is now, or as it was when the parent has been deleted.
    step : int
        The parent's step whose weights the run started from.
    """

    run_id: str
    title: str
    step: int


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Replace a JSON file atomically: readers see the old one or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        temporary.write_text(dumps(values) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


@dataclass(frozen=True)
class Run:
    """One run folder. Make new ones with `create`, reach existing ones with `get` and `list_runs`."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    # -- what the run is ---------------------------------------------------------------------------------------------

    @property
    def config(self) -> TrainConfig:
        """The settings; ExplorerError if config.json is missing or from another version."""
        stored = _read_json(self.path / "config.json")
        if stored is None:
            raise ExplorerError(f"run {self.id} has no readable config.json", "Delete the run, or restore the file.")
        return TrainConfig.from_json(stored["config"])

    @property
    def title(self) -> str:
        stored = _read_json(self.path / "title.json") or _read_json(self.path / "config.json") or {}
        return stored.get("title", self.id)

    @property
    def command(self) -> str:
        """The command that repeats the run, in the precision that it turned out to have; empty without its settings."""
        try:
            config = self.config
        except ExplorerError:
            return ""
        chosen = self.environment.get("precision", config.precision)  # a trial may choose otherwise next time
        return replace(config, precision=chosen).command()

    @property
    def branch(self) -> Branch | None:
        """Where it branched off; None for a run that stems from no other."""
        stored = (_read_json(self.path / "config.json") or {}).get("branched_from")
        if stored is None:
            return None
        parent = find(stored["run_id"])
        return Branch(**{**stored, "title": parent.title if parent else stored["title"]})

    def rename(self, title: str) -> None:
        """Give the run another title, 1 to 80 characters; the folder keeps its name."""
        title = " ".join(title.split())
        if not 1 <= len(title) <= _TITLE_LENGTH:
            raise ExplorerError(f"a title of {len(title)} characters", f"Give it 1 to {_TITLE_LENGTH} characters.")
        write_json(self.path / "title.json", {"title": title})

    @property
    def environment(self) -> dict[str, Any]:
        """Images, digest, device, precision, threads; empty until training has started."""
        return _read_json(self.path / "environment.json") or {}

    def write_environment(self, values: dict[str, Any]) -> None:
        write_json(self.path / "environment.json", values)

    @property
    def latents(self) -> dict[str, Any]:
        """{"step", "kl_per_dim": nats of each latent dimension on the validation images last measured}, or empty."""
        return _read_json(self.path / "latents.json") or {}

    def write_latents(self, values: dict[str, Any]) -> None:
        write_json(self.path / "latents.json", values)

    # -- how it is doing ---------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The state; a run whose process is gone without having said so is "failed"."""
        stored = _read_json(self.path / "status.json") or {}
        try:
            status = Status(**{**stored, "error": RunError(**stored["error"]) if stored["error"] else None})
        except (KeyError, TypeError):
            error = RunError("The run folder has no readable status.json", "Delete the run, or restore the file.")
            return Status("failed", error=error)
        if status.active and not self._alive(status):
            what = f"The training process ended at step {status.step:,} without saying why"
            advice = "It was killed, ran out of memory or found the disk full. Resume it from its last checkpoint."
            return replace(status, state="failed", eta_s=None, error=RunError(what, advice))
        return status

    @staticmethod
    def _alive(status: Status) -> bool:
        if not status.pid:
            return time.time() - status.heartbeat < _START_TIMEOUT_S
        try:
            process = psutil.Process(status.pid)
            # create_time() is rounded differently by some kernels
            return abs(process.create_time() - status.pid_started) < 2 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def write_status(self, status: Status) -> None:
        write_json(self.path / "status.json", asdict(status))

    def metrics(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Rows from a byte offset on, and the offset to go on from. A torn last line is left for the next call.

        The file only ever grows, so an offset stays good. Rows among these that a resumed run has undone are left out;
        `without_undone` does the same for rows that were collected over several calls.
        """
        try:
            with open(self.path / "metrics.jsonl", "rb") as file:
                file.seek(offset)
                text = file.read()
        except FileNotFoundError:
            return [], 0
        whole = text[: text.rfind(b"\n") + 1]
        return without_undone([json.loads(line) for line in whole.splitlines()]), offset + len(whole)

    def append_metrics(self, row: dict[str, Any]) -> None:
        with open(self.path / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(dumps(row) + "\n")

    def resume_metrics(self, step: int) -> None:
        """Undo metrics and previews of later steps, which the resumed run writes again, and cut a torn last line."""
        with open(self.path / "metrics.jsonl", "ab+") as file:
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
        self.append_metrics({"kind": "resumed", "step": step, "time": time.time()})
        for later in self.preview_steps():
            if later > step:
                self.preview_path(later).unlink(missing_ok=True)

    # -- what the person wants ---------------------------------------------------------------------------------------

    def control(self) -> Control:
        return Control(**(_read_json(self.path / "control.json") or {}))

    def update_control(self, **changes: Any) -> Control:
        """Change some of the wishes and keep the others, safe against a second viewer doing the same.

        Raises
        ------
        ExplorerError
            If beta or learning_rate is out of bounds, or the run is gone.
        """
        settings = {name: changes[name] for name in ("beta", "learning_rate") if changes.get(name) is not None}
        replace(self.config, **settings)
        return self._update_control(lambda now: replace(now, **changes))

    def ask_single_step(self) -> None:
        """Pause, and let the loop take one step."""
        self._update_control(lambda now: replace(now, paused=True, single_steps=now.single_steps + 1))

    def _update_control(self, change: Callable[[Control], Control]) -> Control:
        with self.lock():
            control = change(self.control())
            write_json(self.path / "control.json", asdict(control))
        return control

    def lock(self) -> FileLock:
        """For whoever is about to change what the run is told; ExplorerError if the run is gone."""
        if not self.path.is_dir():  # the lock would make the folder anew
            raise ExplorerError(f"the run {self.id} is gone", "Somebody has deleted its folder.")
        return FileLock(self.path / ".control.lock")

    # -- what it leaves ----------------------------------------------------------------------------------------------

    def preview_path(self, step: int) -> Path:
        """PNG strip of the reconstructed probe images at a step, side by side."""
        return self.path / "previews" / f"step_{step:08d}.png"

    @property
    def originals_path(self) -> Path:
        """PNG strip of the probe images themselves."""
        return self.path / "previews" / "originals.png"

    def preview_steps(self) -> list[int]:
        """Steps with a preview, ascending."""
        return sorted(int(p.stem.removeprefix("step_")) for p in (self.path / "previews").glob("step_*.png"))

    def weights_path(self, step: int) -> Path:
        """Weights of the checkpoint at a step."""
        return self.path / "checkpoints" / f"step_{step:08d}" / "weights.safetensors"

    def checkpoint_steps(self) -> list[int]:
        """Steps whose weights are kept, ascending."""
        kept = (self.path / "checkpoints").glob("step_*/weights.safetensors")
        return sorted(int(p.parent.name.removeprefix("step_")) for p in kept)

    @property
    def start_path(self) -> Path:
        """Weights that the run starts from, where its settings name any."""
        return self.path / "start.safetensors"

    def keep_start(self, weights: Path) -> None:
        """Put weights to start from into the folder: the same file, which takes no room, or else a copy."""
        try:
            os.link(weights, self.start_path)
        except OSError:  # another file system, or one without links
            shutil.copyfile(weights, self.start_path)

    def size_bytes(self) -> int:
        """Bytes that the run takes on disk."""
        return sum(p.stat().st_size for p in self.path.rglob("*") if p.is_file())

    def delete(self) -> None:
        """Remove the folder and all in it; ExplorerError while the run is active."""
        status = self.status()
        if status.active:
            raise ExplorerError(f"{self.title} is still {status.state}", "Stop it first, then delete it.")
        shutil.rmtree(self.path)


def without_undone(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Metrics as if the run had never been cut off: a "resumed" row undoes rows of later steps that stand before it."""
    kept: list[dict[str, Any]] = []
    for row in rows:
        if row["kind"] == "resumed":
            kept = [other for other in kept if other["step"] <= row["step"]]
        kept.append(row)
    return kept


def named(config: TrainConfig, name: str) -> str:
    """What a run is called after its preset or family, and its beta if that means anything."""
    return f"{name}, beta {config.beta:g}" if config.weighs_beta else name


def create(config: TrainConfig, title: str, path: Path | None = None, start: Path | None = None) -> Run:
    """Make a new run folder, state "starting", for a training process to take up; it holds `config.effective()`.

    The weights that the settings start from come along. Another run may train on, thin its checkpoints or be deleted
    while this one waits in line; a run named without a step is taken at its newest checkpoint.

    Parameters
    ----------
    path : Path, optional
        Folder to make; a new one under `runs_root()` if left out.
    start : Path, optional
        Weights of the shipped model that the settings start from, which nobody here knows.

    Raises
    ------
    ExplorerError
        If `path` already holds a run or can't be made, or the run to start from has no such checkpoint.
    """
    config, branch = config.effective(), None
    if config.start_from and ("@" in config.start_from or _ID.fullmatch(config.start_from) or start is None):
        parent, step = checkpoint(config.start_from)
        branch, start = Branch(parent.id, parent.title, step), parent.weights_path(step)
        config = replace(config, start_from=f"{parent.id}@{step}")
    path = path or runs_root() / _new_id()
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if path.exists():
            raise FileExistsError
        (aside / "previews").mkdir(parents=True)
        (aside / "checkpoints").mkdir()
        write_json(
            aside / "config.json",
            {
                "title": " ".join(title.split())[:_TITLE_LENGTH] or path.name,
                "config": config.to_json(),
                "versions": {"python": platform.python_version()}
                | {name: importlib.metadata.version(name) for name in ("torch", "numpy")},
                "command": config.command(),
                "branched_from": asdict(branch) if branch else None,
                "created": time.time(),
            },
        )
        if start and config.start_from:
            Run(aside).keep_start(start)
        Run(aside).write_status(Status("starting"))
        os.rename(aside, path)  # readers see a whole run or none
    except FileExistsError:
        raise ExplorerError(f"{path} exists already", "Choose another folder, or resume with --resume.") from None
    except OSError as e:
        shutil.rmtree(aside, ignore_errors=True)
        raise ExplorerError(f"can't make the run folder {path}: {e.strerror}", "Choose a folder you can write.") from e
    return Run(path)


def _new_id() -> str:
    """Date, time (UTC) and 65536ths of the second: ids sort as runs were made."""
    now = time.time()
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now % 1 * 0x10000):04x}"


def get(run_id: str) -> Run:
    """The run with an id; ExplorerError for anything that is not the id of an existing run."""
    run = find(run_id)
    if run is None:
        raise ExplorerError(f"there is no run {run_id[:40]!r}", "Choose one from the list on the Train page.")
    return run


def find(run_id: str) -> Run | None:
    """The run with an id, or None."""
    return Run(runs_root() / run_id) if _ID.fullmatch(run_id) and (runs_root() / run_id).is_dir() else None


def checkpoint(name: str) -> tuple[Run, int]:
    """The run and the step that RUN_ID@STEP names; RUN_ID alone means its newest checkpoint.

    Raises
    ------
    ExplorerError
        If there is no such run, or it keeps no checkpoint at that step.
    """
    run_id, at, step = name.partition("@")
    run = get(run_id)
    kept = run.checkpoint_steps()
    if not kept:
        raise ExplorerError(f"{run.title} has no checkpoint yet", "Wait until it has trained for a few seconds.")
    if not at:
        return run, kept[-1]
    if not _STEP.fullmatch(step) or int(step) not in kept:
        raise ExplorerError(
            f"{run.title} has no checkpoint at step {step[:12]!r}", f"Choose one of: {', '.join(map(str, kept))}."
        )
    return run, int(step)


def list_runs() -> list[Run]:
    """All runs, newest first."""
    root = runs_root()
    return [Run(p) for p in sorted(root.iterdir(), reverse=True) if _ID.fullmatch(p.name)] if root.is_dir() else []


def ahead_of(run: Run) -> Iterator[Run]:
    """Active runs in the same folder that were asked for before `run`."""
    place = run.status().asked_at, run.id
    for path in run.path.parent.iterdir():
        if path.name != run.id and os.path.isfile(path / "status.json"):
            status = Run(path).status()
            if status.active and (status.asked_at, path.name) < place:
                yield Run(path)
