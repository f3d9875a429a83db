"""One run folder, and all that is read from it and written into it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from explorer import files, schedules
from explorer.config import TrainConfig
from explorer.data import Split
from explorer.device_names import DEVICES
from explorer.errors import ExplorerError
from explorer.locks import HeldError, Lock
from explorer.records import Part, Record
from explorer.runs.control import Control
from explorer.runs.index import Entry, Index
from explorer.runs.metrics import Metrics, append_row, changed, cut_torn_line, read_log
from explorer.runs.rows import Full, Resumed, Row
from explorer.runs.status import LARGEST_PID, Status
from explorer.runs.summary import Summary
from explorer.runs.titles import TITLE_LENGTH, given, shown, told_apart
from explorer.weights import metadata

LOOK_EVERY_S = 0.02  # seconds between two looks at a status that is waited for
PULSE_EVERY_S = 2.0  # seconds between two signs of life of whoever trains
_LISTEN_S = 2.5 * PULSE_EVERY_S  # for a sign of life, before a run that can't be seen is taken for left alone
_PATIENCE_S = 5.0  # with a lock that somebody has: a killed trainer may take seconds to end, on a busy machine
_STOP_FIRST = "Stop it first, or wait until it ends."
MOST_NOTES = 20  # of a run, the newest
ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")  # of a run: a name of its folder
_STEP = re.compile(r"step_([0-9]{1,12})")
_LONGEST_TITLE = 400  # characters of a title that is read: once they could be longer than `TITLE_LENGTH`


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
class Base:
    """The model whose latents a prior is over.

    Parameters
    ----------
    id, title : str
        Of the model, or the run; the title as it was when the prior's run was made.
    step : int
        Of its weights.
    images : str
        Digest of the images that it learnt from; "" if nobody wrote it down.
    """

    id: str
    title: str
    step: int
    images: str


@dataclass(frozen=True)
class Trial:
    """Which trial of a sweep a run is.

    Parameters
    ----------
    sweep : str
        Id of the sweep.
    number : int
        From 0, in the order in which the sweep asks for its trials.
    """

    sweep: str
    number: int


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
        """The settings; ExplorerError if config.json is missing, damaged or from another version."""
        if found := _CONFIG.of(self.path):
            return found
        wrong = _CONFIG.wrong(self.path)
        what = f"run {self.id} has no readable config.json" if wrong is None else f"run {self.id}: {wrong.what}"
        raise ExplorerError(what, "Delete the run, or restore the file.")

    @property
    def has_settings(self) -> bool:
        """Whether `config` can be read."""
        return _CONFIG.of(self.path) is not None

    def damaged(self) -> list[ExplorerError]:
        """What is wrong with its files, but for its settings and its log, which say so themselves.

        What such a file would say is as if there was no such file.
        """
        wrong = [part.wrong(self.path) for part in _PARTS]
        weights = [_read_metadata(self.weights_path(step)) for step in self.checkpoint_steps()]
        return [each for each in (*wrong, *weights) if isinstance(each, ExplorerError)]

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
        stored = _TITLE.of(self.path), _RENAMED.of(self.path)
        return [title for title in stored if title] or [self.id]

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
        precision, device = began.get("precision", config.precision), began.get("device")
        return replace(config, precision=precision, device=device if device in DEVICES else config.device).command()

    @property
    def branch(self) -> Branch | None:
        """Where it branched off; None for a run that stems from no other."""
        return _BRANCH.of(self.path)

    @property
    def base(self) -> Base | None:
        """The model that it is a prior of; None of an autoencoder."""
        return _BASE.of(self.path)

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

        The content of environment.json, which may lack any of it: "images", their name for people; "digest",
        hexadecimal, of all splits' images and labels; "counts", the number of images of each split; "device", as torch
        names it; "precision", "float32" or "bfloat16"; "processes" that share each step, if it was ever several;
        "threads" of torch in each; "machine", processor, cores and system in words; "goes_on", only of a run that was
        resumed on another device than it began on, that one's "device" and "precision"; "notes", only if there are any,
        sentences on why it trains where it does.
        """
        return _ENVIRONMENT.of(self.path) or {}

    def began_with(self) -> dict[str, Any]:
        """The same, for whoever goes on with the run; ExplorerError if environment.json is damaged."""
        return _ENVIRONMENT.sure(self.path) or {}

    @property
    def device(self) -> str:
        """Where it trains, or did so last: "cpu", "cuda" or "mps"; empty before."""
        began = self.environment
        where: str = began.get("goes_on", began).get("device", "")
        return where

    @property
    def notes(self) -> list[str]:
        """Sentences on why it trains where it does, and what could not be kept; none if all is as one would think."""
        kept: list[str] = self.environment.get("notes", [])
        return kept

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
        return _LATENT_USE.of(self.path) or {}

    def write_latent_use(self, values: dict[str, Any]) -> None:
        """Replace latents.json: see `latent_use`."""
        files.write_json(self.path / "latents.json", values)

    @property
    def race(self) -> list[str]:
        """Ids of the runs that it was started in step with, its own among them; empty for a run that went alone."""
        return _RACE.of(self.path) or []

    def write_race(self, ids: Sequence[str]) -> None:
        """Write race.json: see `race`."""
        files.write_json(self.path / "race.json", {"runs": list(ids)})

    @property
    def trial(self) -> Trial | None:
        """Which trial of a sweep it is; None of a run that is in none."""
        return _TRIAL.of(self.path)

    def trial_wrong(self) -> ExplorerError | None:
        """What is wrong with its trial.json; None if nothing is, or there is none."""
        return _TRIAL.wrong(self.path)

    def write_trial(self, trial: Trial) -> None:
        """Write trial.json: see `trial`."""
        files.write_json(self.path / "trial.json", asdict(trial))

    @property
    def owner(self) -> str:
        """The mark of the viewer who started it, as `explorer.ui.shell.permissions.owner`; empty for the teacher's."""
        return _OWNER.of(self.path) or ""

    def write_owner(self, owner: str) -> None:
        """Write owner.json: see `owner`."""
        files.write_json(self.path / "owner.json", {"owner": owner})

    @property
    def prior_gap(self) -> dict[str, Any]:
        """How far samples are from reconstructions, as far as it was measured; empty if nobody asked for it.

        The content of prior_gap.json, which `explorer.measuring` writes: "step", int, of the weights; "rows", an
        `explorer.analysis.prior_gap.Gap` each; "by", the `Process` that is at it, if one is, and "process", its id and
        when it was started, as once was all that was said of it; "error", why it was given up, or "".
        """
        return _PRIOR_GAP.of(self.path) or {}

    def write_prior_gap(self, values: dict[str, Any]) -> None:
        """Replace prior_gap.json: see `prior_gap`."""
        files.write_json(self.path / "prior_gap.json", values)

    # -- how it is doing ---------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The state; a run whose process is gone without having said so is "failed"."""
        return (_STATUS.of(self.path) or Status.from_json({})).now(self.path, self._pulse)

    def _pulse(self) -> int:
        try:
            return os.stat(self._trainers_lock).st_mtime_ns
        except OSError:
            return 0

    def show_pulse(self) -> None:
        """A sign of life of the process that trains it, however busy that is; none where it may not write."""
        with suppress(OSError):
            os.utime(self._trainers_lock)

    @property
    def _trainers_lock(self) -> Path:
        return self.path / ".trainer.lock"

    @contextmanager
    def as_its_trainer(self) -> Iterator[str]:
        """Have the lock of whoever trains the run.

        Where there are no locks, and where one says nothing of other machines, the run's signs of life decide.

        Yields
        ------
        str
            Why the lock keeps nobody else away, "" if it does.

        Raises
        ------
        ExplorerError
            If another process trains it, whatever its status says, or it is gone.
        """
        self._must_be_there()
        with self._patiently_locked() as lock:
            status = self.status()
            while status.unheard_s is not None and not status.active and status.unheard_s < _LISTEN_S:
                time.sleep(LOOK_EVERY_S)  # nobody may have listened so far
                status = self.status()
            if status.active and status.pid and (lock.lacks or status.unheard_s is not None):
                raise self._is_trained()
            yield lock.lacks

    @contextmanager
    def _patiently_locked(self) -> Iterator[Lock]:
        late = time.monotonic() + _PATIENCE_S
        lock = Lock(self._trainers_lock)
        while True:
            try:
                lock.take()
                break
            except HeldError:
                if time.monotonic() > late:
                    raise self._is_trained() from None
                time.sleep(LOOK_EVERY_S)
        with lock:
            yield lock

    def must_be_left_alone(self) -> None:
        """ExplorerError while somebody trains it, as the folder's lock says, whatever its status does."""
        status = self.status()
        if status.active:
            raise ExplorerError(f"{self.title} is still {status.state}", _STOP_FIRST)
        with self.as_its_trainer():
            pass  # not longer: Windows removes no folder in which a file is open

    def _is_trained(self) -> ExplorerError:
        host = self.status().host
        return ExplorerError(f"{self.title} is being trained{f' on {host}' if host else ''}", _STOP_FIRST)

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
        return _SUMMARY.of(self.path) or self.summarised()

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
            said = _read_metadata(self.weights_path(kept))
            schedule.restore({} if isinstance(said, ExplorerError) else schedules.state_in(said, schedule.key))
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
        """The wishes in control.json; none where there is no such file, or it is damaged."""
        return Control.from_json(files.read_json(self.path / "control.json") or {})

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
        with self.lock(), files.explained(f"{self.title} can't be controlled", self.path):
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
        return self.path / "previews" / f"{step_folder(step)}.png"

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
        return [step for step, _ in by_step(self.path / "previews", ".png")]

    def weights_path(self, step: int) -> Path:
        """Weights of the checkpoint at a step."""
        return self.path / "checkpoints" / step_folder(step) / "weights.safetensors"

    def checkpoint_steps(self) -> list[int]:
        """Steps whose weights are kept, ascending."""
        folders = by_step(self.path / "checkpoints")
        return [step for step, path in folders if os.path.isfile(f"{path}/weights.safetensors")]

    @property
    def start_path(self) -> Path:
        """Weights that the run starts from, where its settings name any."""
        return self.path / "start.safetensors"

    def keep_start(self, weights: Path) -> None:
        """Put weights to start from into the folder: the same file, which takes no room, or else a copy."""
        files.link_or_copy(weights, self.start_path)

    @property
    def model_path(self) -> Path:
        """Weights of the model that a prior is of, as they were when its run was made."""
        return self.path / "model.safetensors"

    def keep_model(self, weights: Path) -> None:
        """Put weights of the model that a prior is of into the folder, as `keep_start` does."""
        files.link_or_copy(weights, self.model_path)

    def size_bytes(self) -> int:
        """Bytes that the run takes on disk."""
        size = 0
        for place, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):  # gone since it was listed, or a link to nowhere
                    size += os.stat(os.path.join(place, name), follow_symlinks=False).st_size
        return size

    def beside_newest_weights(self) -> list[Path]:
        """Files of checkpoints but the newest weights: earlier ones, and what training would resume from."""
        steps = self.checkpoint_steps()
        newest = self.weights_path(steps[-1]) if steps else None
        return [path for path in self.path.glob("checkpoints/*/*") if newest and path != newest]

    def keep_newest_weights(self) -> None:
        """Remove `beside_newest_weights`; ExplorerError of a run that isn't finished, and so may go on."""
        status = self.status()
        if status.state != "finished":
            raise ExplorerError(
                f"{self.title} is {status.state}", "Only what is finished needs no more than its weights."
            )
        self.must_be_left_alone()
        earlier = self.checkpoint_steps()[:-1]
        with files.explained(f"{self.title} can't be thinned", self.path):
            for path in self.beside_newest_weights():
                files.remove(path)
            for step in earlier:
                files.remove_folder(self.weights_path(step).parent)
        tell(self.path.parent)

    def delete(self) -> None:
        """Remove the folder and all in it; ExplorerError while the run is active."""
        self.must_be_left_alone()
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
    return _told_apart(tuple((entry.subject.id, entry.of(_title_alone)) for entry in reversed(entries_in(root))))


@lru_cache(maxsize=8)
def _told_apart(titles: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return told_apart(dict(titles))


def tell(root: Path) -> None:
    """A run in a folder has got another title or goes on after it had ended: lists are to show it."""
    _index.tell(root)


def _has_id(run: Run) -> bool:
    return ID.fullmatch(run.id) is not None


def _title_alone(run: Run) -> str:
    return run.title_alone


def _is_active(run: Run) -> bool:
    status = _STATUS.of(run.path)
    return status is not None and status.active


def step_folder(step: int) -> str:
    """Name of the folder of a checkpoint, and of the pictures of a step but for their suffix."""
    return f"step_{step:08d}"


def by_step(folder: Path, suffix: str = "") -> list[tuple[int, str]]:
    """What is called `step_folder` and the suffix in a folder, and its path: by steps, ascending."""
    named = ((_STEP.fullmatch(name.removesuffix(suffix)), name) for name in files.listed(folder, suffix))
    found = ((int(match[1]), name) for match, name in named if match)
    return sorted((step, os.path.join(folder, name)) for step, name in found if name == step_folder(step) + suffix)


def gap_rows(said: Record, field: str) -> list[dict[str, Any]]:
    """Rows of an `explorer.analysis.prior_gap.Gap` each, as a card or a run holds them; ExplorerError for others."""
    return [
        {
            "beta": row.number("beta", 0.0, 100.0),
            "normal": row.number("normal", 0.0, 1.0),
            "mixture": row.number("mixture", 0.0, 1.0),
            "images": row.whole("images", 1),
        }
        for row in said.records(field, 0, 1_000, "row")
    ]


def _parse_config(said: Record) -> TrainConfig:
    try:
        return TrainConfig.from_json(dict(said.record("config").values))
    except ExplorerError as e:
        raise ExplorerError(e.what if "config.json" in e.what else f"config.json: {e.what}", e.advice) from e


def _parse_title(said: Record) -> str:
    return said.text("title", _LONGEST_TITLE)


def _parse_branch(said: Record) -> Branch | None:
    if not said.has("branched_from"):
        return None
    stem = said.record("branched_from")
    return Branch(stem.text("run_id", 40), stem.text("title", _LONGEST_TITLE), stem.whole("step"))


def _parse_base(said: Record) -> Base | None:
    if not said.has("prior_of"):
        return None
    base = said.record("prior_of")
    return Base(
        base.text("id", 64),
        base.text("title", _LONGEST_TITLE),
        base.whole("step"),
        base.text("images", 200, empty=True),
    )


def _parse_environment(said: Record) -> dict[str, Any]:
    read: dict[str, Callable[[str], Any]] = {
        "images": lambda name: said.text(name, 1_000),
        "digest": lambda name: said.text(name, 200, empty=True),
        "counts": lambda name: _counts(said.record(name)),
        "device": lambda name: said.text(name, 200),
        "precision": lambda name: said.choice(name, ("float32", "bfloat16")),
        "processes": lambda name: said.whole(name, 1),
        "threads": lambda name: said.whole(name),
        "machine": lambda name: said.text(name, 1_000),
        "goes_on": lambda name: {
            "device": said.record(name).text("device", 200),
            "precision": said.record(name).choice("precision", ("float32", "bfloat16")),
        },
        "notes": lambda name: list(said.texts(name, 0, MOST_NOTES, 1_000)),
    }
    return {name: of(name) for name, of in read.items() if said.has(name)}


def _counts(said: Record) -> dict[str, int]:
    return {split: said.whole(split) for split in said.values if split in get_args(Split)}


def _parse_latent_use(said: Record) -> dict[str, Any]:
    if said.has("code_counts"):
        return {"step": said.whole("step"), "code_counts": _some(said.wholes("code_counts"), said)}
    return {"step": said.whole("step"), "kl_per_dim": said.numbers("kl_per_dim")}


def _some(counts: list[int], said: Record) -> list[int]:
    if not any(counts):
        raise said.wrong("code_counts", "are all 0", "Codes that were chosen.")
    return counts


def _parse_race(said: Record) -> list[str]:
    return list(said.texts("runs", 1, 100, 40))


def _parse_trial(said: Record) -> Trial:
    sweep = said.text("sweep", 40)
    if not ID.fullmatch(sweep):
        raise said.wrong("sweep", f"is {sweep!r}", "The id of a sweep.")
    return Trial(sweep, said.whole("number"))


def _parse_owner(said: Record) -> str:
    return said.text("owner", 200, empty=True)


def _parse_prior_gap(said: Record) -> dict[str, Any]:
    return {
        "step": said.whole("step"),
        "rows": gap_rows(said, "rows"),
        "process": _parse_process(said) if said.has("process") else None,
        "by": said.values.get("by"),
        "error": said.text("error", 2_000, empty=True),
    }


def _parse_process(said: Record) -> list[float]:
    process = said.numbers("process", 0.0, 1e11, most=2)
    if len(process) != 2 or not 0 < process[0] <= LARGEST_PID:
        raise said.wrong("process", f"is {process}", "The id of a process, and when it was started.")
    return process


def _parse_summary(said: Record) -> Summary:
    if found := Summary.from_json(dict(said.values)):
        return found
    raise ExplorerError("summary.json lacks what a log comes to", "Delete it: the log says the same.")


def _parse_control(said: Record) -> Control:
    return Control.from_json(dict(said.values))


def _parse_metadata(weights: Path) -> dict[str, Any] | ExplorerError:
    """What weights say of themselves, or what is wrong with them."""
    try:
        return metadata(weights)
    except ExplorerError as e:
        return ExplorerError(f"checkpoints/{weights.parent.name}/{e.what}", e.advice)


def _of_log(path: Path, beta: float, learning_rate: float, checkpoint: int | None) -> Summary:
    return Summary.of(read_log(path), beta, learning_rate, checkpoint)


_CONFIG = Part("config.json", _parse_config)
_TITLE = Part("config.json", _parse_title)
_BRANCH = Part("config.json", _parse_branch)
_BASE = Part("config.json", _parse_base)
_RENAMED = Part("title.json", _parse_title)
_ENVIRONMENT = Part("environment.json", _parse_environment)
_LATENT_USE = Part("latents.json", _parse_latent_use)
_RACE = Part("race.json", _parse_race)
_TRIAL = Part("trial.json", _parse_trial)
_OWNER = Part("owner.json", _parse_owner)
_PRIOR_GAP = Part("prior_gap.json", _parse_prior_gap)
_SUMMARY = Part("summary.json", _parse_summary)
_CONTROL = Part("control.json", _parse_control)
_STATUS = Part("status.json", lambda said: Status.from_json(dict(said.values)))
_PARTS: tuple[Part[Any], ...] = (
    _TITLE, _BRANCH, _BASE, _RENAMED, _ENVIRONMENT, _LATENT_USE, _RACE, _TRIAL, _OWNER, _PRIOR_GAP, _SUMMARY, _CONTROL,
)  # fmt: skip
_read_metadata = files.Kept(_parse_metadata)
_summarise = files.Kept(_of_log)
_index = Index(Run, moves=_is_active)
