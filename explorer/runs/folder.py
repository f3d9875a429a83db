"""One run folder, and all that is read from it and written into it."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from explorer import files, schedules
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.locks import Lock
from explorer.runs.control import Control
from explorer.runs.index import Entry, Index
from explorer.runs.metrics import Metrics, append_row, changed, cut_torn_line, read_log
from explorer.runs.rows import Full, Resumed, Row
from explorer.runs.status import Status
from explorer.runs.summary import Summary
from explorer.runs.titles import TITLE_LENGTH, given, shown, told_apart

LOOK_EVERY_S = 0.02  # seconds between two looks at a status that is waited for
ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")  # of a run: a name of its folder
_STEP = re.compile(r"step_([0-9]{1,12})")


@dataclass(frozen=True)
class Branch:
    """Where a run branched off another one.

    Parameters
    ----------
    run_id, title : str
        The parent's; the title as it was when the run branched off.
    step : int
        The parent's step whose weights the run started from.
    """

    run_id: str
    title: str
    step: int


@dataclass(frozen=True)
class Run:
    """One run folder. Make new ones with `create`, reach existing ones with `get` and `list_runs`."""

    path: Path

    @property
    def id(self) -> str:
        """Name of the folder: what stands in URLs, and never changes."""
        return self.path.name

    def kept_in(self) -> list[str]:
        """Files that say what the run is and has come to, and its folder of checkpoints."""
        names = ("config.json", "title.json", "environment.json", "summary.json", "metrics.jsonl", "checkpoints")
        return [f"{self.path}/{name}" for name in names]

    # -- what the run is ---------------------------------------------------------------------------------------------

    @property
    def config(self) -> TrainConfig:
        """The settings; ExplorerError if config.json is missing or from another version."""
        return _read_config(self.path / "config.json")

    @property
    def title(self) -> str:
        """What people call the run, and no other in its folder: see `explorer.runs.titles`."""
        return titles_in(self.path.parent).get(self.id) or self.title_alone

    @property
    def title_alone(self) -> str:
        """The same, whatever others are called."""
        try:
            return shown(self.former_titles[-1], self.config, self.summary().changes)
        except ExplorerError:
            return self.former_titles[-1]

    @property
    def former_titles(self) -> list[str]:
        """As it was started, or else its id, and as it was renamed last."""
        stored = [about["title"] for about in (self._about, self._renamed) if isinstance(about.get("title"), str)]
        return stored or [self.id]

    @property
    def _renamed(self) -> dict[str, Any]:
        return _read_json(self.path / "title.json") or {}

    @property
    def _about(self) -> dict[str, Any]:
        return _read_json(self.path / "config.json") or {}

    @property
    def command(self) -> str:
        """The command that repeats the run, on the device and in the precision that it turned out to have.

        Empty without its settings.
        """
        try:
            config = self.config
        except ExplorerError:
            return ""
        began = self.environment  # trials may choose otherwise next time
        chosen = {name: began.get(name, getattr(config, name)) for name in ("device", "precision")}
        return replace(config, **chosen).command()

    @property
    def branch(self) -> Branch | None:
        """Where it branched off; None for a run that stems from no other."""
        stored = self._about.get("branched_from")
        try:
            return Branch(**stored) if stored else None
        except TypeError:
            return None

    def rename(self, title: str) -> None:
        """Give the run another title, 1 to 80 characters; the folder keeps its name."""
        title = " ".join(title.split())
        if title == self.title:
            return
        with suppress(ExplorerError):
            title = given(title, self.config, self.summary().changes)
        if not 1 <= len(title) <= TITLE_LENGTH:
            raise ExplorerError(f"a title of {len(title)} characters", f"Give it 1 to {TITLE_LENGTH} characters.")
        self._must_be_there()
        with files.explained(f"{self.title} can't be renamed", self.path):
            files.write_json(self.path / "title.json", {"title": title})
        tell(self.path.parent)

    @property
    def environment(self) -> dict[str, Any]:
        """What the numbers depend on beside the settings; empty until training has started.

        The content of environment.json: "images", their name for people; "digest", hexadecimal, of all splits' images
        and labels; "counts", the number of images of each split; "device", as torch names it; "precision", "float32" or
        "bfloat16"; "threads" of torch; "machine", processor, cores and system in words; "goes_on", only of a run that
        was resumed on another device than it began on, that one's "device" and "precision"; "notes", only if there are
        any, sentences on why it trains where it does.
        """
        return _read_json(self.path / "environment.json") or {}

    @property
    def device(self) -> str:
        """Where it trains, or did so last: "cpu", "cuda" or "mps"; empty before."""
        began = self.environment
        moved = began.get("goes_on")
        stored = (moved if isinstance(moved, dict) else began).get("device")
        return stored if isinstance(stored, str) else ""

    @property
    def notes(self) -> list[str]:
        """Sentences on why it trains where it does, and what could not be kept; none if all is as one would think."""
        stored = self.environment.get("notes")
        return [note for note in stored if isinstance(note, str)] if isinstance(stored, list) else []

    def write_environment(self, values: dict[str, Any]) -> None:
        """Write environment.json: see `environment`."""
        files.write_json(self.path / "environment.json", values)

    @property
    def latent_use(self) -> dict[str, Any]:
        """How much each latent dimension or each code was used, as last measured; empty before, and for points.

        The content of latents.json, measured on the validation split or its subset: "step", int; of Gaussian latents
        "kl_per_dim", a float a dimension, the KL's mean over images in nats; of codes "code_counts", an int for each of
        the codebook, how many of the images' cells chose it.
        """
        return _read_json(self.path / "latents.json") or {}

    def write_latent_use(self, values: dict[str, Any]) -> None:
        """Replace latents.json: see `latent_use`."""
        files.write_json(self.path / "latents.json", values)

    @property
    def race(self) -> list[str]:
        """Ids of the runs that it was started in step with, its own among them; empty for a run that went alone."""
        stored = (_read_json(self.path / "race.json") or {}).get("runs")
        return [run_id for run_id in stored if isinstance(run_id, str)] if isinstance(stored, list) else []

    def write_race(self, ids: Sequence[str]) -> None:
        """Write race.json: see `race`."""
        files.write_json(self.path / "race.json", {"runs": list(ids)})

    @property
    def owner(self) -> str:
        """The mark of the viewer who started it, as `explorer.ui.shell.permissions.owner`; empty for the teacher's."""
        stored = (_read_json(self.path / "owner.json") or {}).get("owner")
        return stored if isinstance(stored, str) else ""

    def write_owner(self, owner: str) -> None:
        """Write owner.json: see `owner`."""
        files.write_json(self.path / "owner.json", {"owner": owner})

    @property
    def prior_gap(self) -> dict[str, Any]:
        """How far samples are from reconstructions, as far as it was measured; empty if nobody asked for it.

        The content of prior_gap.json, which `explorer.measuring` writes: "step", int, of the weights; "rows", an
        `explorer.analysis.prior_gap.Gap` each; "process", the id of the one that is at it and when it was started, or
        None; "error", why it was given up, or "".
        """
        return _read_json(self.path / "prior_gap.json") or {}

    def write_prior_gap(self, values: dict[str, Any]) -> None:
        """Replace prior_gap.json: see `prior_gap`."""
        files.write_json(self.path / "prior_gap.json", values)

    # -- how it is doing ---------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The state; a run whose process is gone without having said so is "failed"."""
        return _read_status(self.path / "status.json").now()

    def write_status(self, status: Status, *, news: bool = False) -> None:
        """Replace status.json; where it is but a sign of life, as `news`."""
        files.write_json(self.path / "status.json", status.to_json(), news=news)
        if status.state == "starting":  # one that had ended begins again: while it is active, everybody looks at it
            tell(self.path.parent)

    def wait(self, seen: Callable[[Status], bool], most_s: float) -> None:
        """Return as soon as `seen` holds of the status, the run has ended, or after so many seconds."""
        late = time.monotonic() + most_s
        while (status := self.status()).active and not seen(status) and time.monotonic() < late:
            time.sleep(LOOK_EVERY_S)

    @property
    def _log(self) -> Path:
        return self.path / "metrics.jsonl"

    def metrics(self) -> Metrics:
        """All rows so far, but for those that a resumed run has undone."""
        return read_log(self._log)

    def append_metrics(self, row: Row) -> None:
        """Add a row to metrics.jsonl."""
        append_row(self._log, row)

    def resume_metrics(self, step: int) -> None:
        """Undo metrics and previews of later steps, which the resumed run writes again, and cut a torn last line."""
        cut_torn_line(self._log)
        self.append_metrics(Resumed(step=step, time=time.time()))
        for later in self.preview_steps():
            if later > step:
                self.drop_preview(later)

    def summary(self) -> Summary:
        """What the log comes to, as the loop says; of a run that was trained before there was a summary, from its log.

        Raises
        ------
        ExplorerError
            If the settings, that a log goes by, can't be read.
        """
        return _read_summary(self.path / "summary.json") or self.summarised()

    def summarised(self) -> Summary:
        """The same from the log itself, kept until the log or the newest checkpoint has changed."""
        config, steps = self.config, self.checkpoint_steps()
        return _summarise(self._log, config.beta, config.learning_rate, steps[-1] if steps else None)

    def write_summary(self, summary: Summary, *, news: bool = False) -> None:
        """Replace summary.json; in between, as `news`."""
        files.write_json(self.path / "summary.json", summary.to_json(), news=news)

    @property
    def beta(self) -> float:
        """Beta in force at the last step that the log knows of: `beta_at`."""
        return self.beta_at(self.summary().step)

    def beta_at(self, step: int) -> float:
        """Beta in force at a step: what weighed the KL in the step that led there, schedule and changes included.

        Of a schedule that listens it is what that had come to: as the last measurement on validation images says, or
        the last checkpoint, whichever is the later up to that step. Of a net that learns every beta it is the one that
        is shown.

        Raises
        ------
        ExplorerError
            If the settings can't be read.
        """
        config, summary = self.config, self.summary()
        schedule, _ = config.schedules(max(1, self.status().total_steps))
        schedule.base = changed(summary.changes, before=step).get("beta", config.beta)
        if schedule.foreseeable:
            return schedule.beta(max(0, step - 1))
        kept = max((other for other in self.checkpoint_steps() if other <= step), default=-1)
        latest = summary.latest
        if latest and kept < latest.step <= step:
            return latest.beta
        if kept >= 0:
            schedule.restore(schedules.state_in(_read_metadata(self.weights_path(kept)), schedule.key))
        return schedule.beta(max(0, step - 1))

    def measured_at(self, step: int) -> Full | None:
        """What is known of the weights of a checkpoint: the last measurement on the whole split up to its step."""
        summary = self.summary()
        if summary.full is None:
            return None
        for full in (summary.full, summary.full_at_checkpoint):
            if full and full.step <= step:
                return full
        earlier = [row for row in self.metrics().full if row.step <= step]  # the newest checkpoint is damaged
        return earlier[-1] if earlier else None

    # -- what the person wants ---------------------------------------------------------------------------------------

    def control(self) -> Control:
        """The wishes in control.json; none where there is no such file, or one of another version."""
        try:
            return Control(**(files.read_json(self.path / "control.json") or {}))
        except TypeError:  # by another version
            return Control()

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
        with self.lock(), files.explained(f"{self.title} can't be told", self.path):
            control = change(self.control())
            files.write_json(self.path / "control.json", asdict(control))
        return control

    def lock(self) -> Lock:
        """For whoever is about to change what the run is told; ExplorerError if the run is gone."""
        self._must_be_there()  # the lock would make the folder anew
        return Lock(self.path / ".control.lock")

    def _must_be_there(self) -> None:
        if not self.path.is_dir():
            raise ExplorerError(f"the run {self.id} is gone", "Somebody has deleted its folder.")

    # -- what it leaves ----------------------------------------------------------------------------------------------

    def preview_path(self, step: int) -> Path:
        """PNG strip of the reconstructed probe images at a step, side by side."""
        return self.path / "previews" / f"step_{step:08d}.png"

    def samples_path(self, step: int) -> Path:
        """PNG strip of samples from the prior at a step with a preview, side by side; of a run in a race only."""
        return self.path / "previews" / f"samples_{step:08d}.png"

    def drop_preview(self, step: int) -> None:
        """Remove what there is to see of a step."""
        for path in (self.preview_path(step), self.samples_path(step)):
            files.remove(path, news=True)

    @property
    def originals_path(self) -> Path:
        """PNG strip of the probe images themselves."""
        return self.path / "previews" / "originals.png"

    def preview_steps(self) -> list[int]:
        """Steps with a preview, ascending."""
        return [step for step, _ in _by_step(self.path / "previews", ".png")]

    def weights_path(self, step: int) -> Path:
        """Weights of the checkpoint at a step."""
        return self.path / "checkpoints" / f"step_{step:08d}" / "weights.safetensors"

    def checkpoint_steps(self) -> list[int]:
        """Steps whose weights are kept, ascending."""
        folders = _by_step(self.path / "checkpoints")
        return [step for step, path in folders if os.path.isfile(f"{path}/weights.safetensors")]

    @property
    def start_path(self) -> Path:
        """Weights that the run starts from, where its settings name any."""
        return self.path / "start.safetensors"

    def keep_start(self, weights: Path) -> None:
        """Put weights to start from into the folder: the same file, which takes no room, or else a copy."""
        files.link_or_copy(weights, self.start_path)

    def size_bytes(self) -> int:
        """Bytes that the run takes on disk."""
        return sum(p.stat().st_size for p in self.path.rglob("*") if p.is_file())

    def delete(self) -> None:
        """Remove the folder and all in it; ExplorerError while the run is active."""
        status = self.status()
        if status.active:
            raise ExplorerError(f"{self.title} is still {status.state}", "Stop it first, then delete it.")
        with files.explained(f"{self.title} can't be deleted", self.path):
            files.remove_folder(self.path)


def entries_in(root: Path) -> list[Entry[Run]]:
    """Runs in a folder of runs, newest first, and what was found out of each."""
    return [entry for entry in _index.look(root) if entry.of(_has_id)]


def moving_in(root: Path) -> list[Run]:
    """Folders in a folder, whatever they are called, whose status says that somebody trains there, or waits to."""
    return [entry.subject for entry in _index.look(root) if entry.moves]


def titles_in(root: Path) -> dict[str, str]:
    """Titles of all runs in a folder by their ids."""
    return told_apart({entry.subject.id: entry.of(_title_alone) for entry in reversed(entries_in(root))})


def tell(root: Path) -> None:
    """A run in a folder has got another title or goes on after it had ended: lists are to show it."""
    _index.tell(root)


def _has_id(run: Run) -> bool:
    return ID.fullmatch(run.id) is not None


def _title_alone(run: Run) -> str:
    return run.title_alone


def _is_active(run: Run) -> bool:
    return _read_status(run.path / "status.json").active


def _by_step(folder: Path, suffix: str = "") -> list[tuple[int, str]]:
    """What is called step_N and the suffix in a folder, and its path: by N, ascending."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    named = ((_STEP.fullmatch(name.removesuffix(suffix)), name) for name in names if name.endswith(suffix))
    return sorted((int(match[1]), os.path.join(folder, name)) for match, name in named if match)


def _parse_config(path: Path) -> TrainConfig:
    stored = (files.read_json(path) or {}).get("config")
    if not isinstance(stored, dict):
        what = f"run {path.parent.name} has no readable config.json"
        raise ExplorerError(what, "Delete the run, or restore the file.")
    return TrainConfig.from_json(stored)


def _parse_metadata(weights: Path) -> dict[str, Any]:
    """What weights say of themselves; empty of a file that can't be read."""
    try:
        with safe_open(weights, framework="numpy") as file:
            return dict(json.loads(file.metadata()["explorer"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return {}


def _parse_status(path: Path) -> Status:
    return Status.from_json(files.read_json(path) or {})


def _parse_summary(path: Path) -> Summary | None:
    return Summary.from_json(files.read_json(path) or {})


def _of_log(path: Path, beta: float, learning_rate: float, checkpoint: int | None) -> Summary:
    return Summary.of(read_log(path), beta, learning_rate, checkpoint)


_read_json = files.Kept(files.read_json)
_read_config = files.Kept(_parse_config)
_read_metadata = files.Kept(_parse_metadata)
_read_status = files.Kept(_parse_status)
_read_summary = files.Kept(_parse_summary)
_summarise = files.Kept(_of_log)
_index = Index(Run, moves=_is_active)
