"""What a run trains with: images, net, precision, optimisers and schedules, fresh or as its checkpoint left them."""

from __future__ import annotations

import platform
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from explorer import checkpoints, cores, devices, schedules
from explorer.checkpoints import Trained
from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError
from explorer.pixels import to_float
from explorer.runs import MOST_NOTES, Run
from explorer.runs.rows import Row, Setting
from explorer.schedules import BetaSchedule, LearningRate
from explorer.training import parallel, precision, trial
from explorer.training.ahead import Ahead
from explorer.training.average import Average
from explorer.training.optimisers import build_optimisers
from explorer.training.patience import Patience
from explorer.training.step import Taken, Terms, Tried


class Training(ABC):
    """A run in progress: what it trains with, and how far it has come. It goes on from the run's newest checkpoint.

    What is trained a subclass says: its net, what a step takes and what that comes to, and what is measured and shown
    of it. `explorer.training.kinds` has the one for a run's settings.

    Parameters
    ----------
    run : Run
    load : callable
        As `load_image_set`; runs that are trained side by side share their images.
    watch : callable
        Told how many of how many images are read, where that takes a while; may raise what ends it.

    Attributes
    ----------
    net : Net or Prior
        What steps move: what the run's checkpoints hold, beside its `settings`, unless there is an average.
    average : Average or None
        Of its weights, if the settings ask for it.
    patience : Patience
    precision : str
        "float32" or "bfloat16".
    optimisers : list of Optimizer
    beta, learning_rate
        Their schedules, from step 0 on.
    device : torch.device
    noise : torch.Generator
        Of all that steps draw: on the CPU, so that it is the same on every device.
    train_indices, validation_indices, subset_indices, probe_indices : int64 arrays (n,)
        Into `images`: to train on; to measure on; the few of the latter measured between epochs; those looked at.
    batch_size : int
        Images of a step, those of all ranks together.
    steps_per_epoch, total_steps : int
    step : int
        Steps taken.
    images_per_s : float
        Of all ranks together, running mean: over all steps of this process at first, then over the last 20 or so.
    stepping_s : float
        Seconds that this process has spent in steps.

    Raises
    ------
    ExplorerError
        If the images are gone or have changed, or the weights to start from are damaged.
    """

    taken: ClassVar[type[Taken]]
    """What a step comes to, in numbers."""
    costly_pictures: ClassVar[bool] = False
    """Whether they get no more than their share of the time, even if nobody then sees the first steps one by one."""

    net: Trained

    def __init__(
        self, run: Run, load: Callable[[str, str | None], ImageSet], watch: Callable[[int, int], object]
    ) -> None:
        self.run, self.config, self._watch = run, run.config, watch
        self.images = load(self.config.source, self.config.data_path or None)
        _check_digest(run, self.images)
        self.train_indices = chosen_images(self.images.indices("train"), self.config.train_images)
        self.validation_indices = self.images.indices("validation")
        self.subset_indices, self.probe_indices = self.images.subset(), self.images.probes()
        self.batch_size = min(self.config.batch_size, len(self.train_indices))
        parallel.must_divide(self.batch_size, len(self.train_indices), parallel.count())
        self.steps_per_epoch = self.config.steps_per_epoch(len(self.train_indices))
        self.total_steps = self.config.total_steps(len(self.train_indices))

        torch.manual_seed(self.config.seed)
        checkpoint = checkpoints.latest_readable(run.path / "checkpoints")
        self.net = self.build(fresh=checkpoint is None)
        self.device, why = self._choose_device()
        self.get_ready(fresh=checkpoint is None)
        self.precision = self._choose_precision()
        self.optimisers = build_optimisers(self.net, self.config)
        self._peak_learning_rates = [[group["lr"] for group in o.param_groups] for o in self.optimisers]
        self.average = Average(self.net, self.config.average) if self.config.average else None
        self.noise = torch.Generator().manual_seed(self.config.seed)
        self.beta, self.learning_rate = self.config.schedules(self.total_steps)
        self.step, self.images_per_s, self.stepping_s, self._steps_here = 0, 0.0, 0.0, 0
        self._unrated = 0, 0.0  # steps that `images_per_s` has not heard of, and their seconds
        self._order: tuple[int, np.ndarray] | None = None  # of an epoch: its images, as steps take them
        self._ahead = Ahead(self._batch_at, self.device)
        self._buffers: list[Tensor] | None = None
        lost = self._resume(checkpoint)
        self.patience = Patience(self.config.patience, run.metrics().full)
        self.note([self._where(why), self._together(), lost])

    # -- what is trained ---------------------------------------------------------------------------------------------

    @abstractmethod
    def build(self, fresh: bool) -> Trained:
        """The net, on the CPU; where it is `fresh` as a run begins with it."""

    def get_ready(self, fresh: bool) -> None:
        """All of it on the device; and what is to be known before the first step."""
        self.net.to(self.device)

    @abstractmethod
    def tried(self) -> Tried:
        """How a step is tried out, before the run is trusted to a device or a precision."""

    @abstractmethod
    def batch_of(self, indices: np.ndarray, flipped: np.ndarray) -> Any:
        """What a step takes of images at indices (n,), on the device; where `flipped`, bool (n,), of mirror images."""

    @abstractmethod
    def forward(self) -> Terms:
        """The next batch through the net, in the run's precision; `total` of what is returned is to be minimised.

        All of it are means over images, of the rank's share of the batch.
        """

    @abstractmethod
    def heed(self, taken: Taken) -> None:
        """What a step came to, as soon as that is read."""

    @abstractmethod
    def row(self, steps: Sequence[Taken]) -> Row:
        """Means over some steps, and the norm of the last one's gradient."""

    @abstractmethod
    def subset_rows(self) -> Iterable[Row]:
        """The net on the validation subset; the first is the measurement that counts."""

    @abstractmethod
    def full_row(self, between: Callable[[], object]) -> Row:
        """The net on the whole validation split, which takes seconds: `between` is called between its batches."""

    @abstractmethod
    def measure(self, indices: np.ndarray) -> object:
        """What rows are made of, on images at indices (n,)."""

    @abstractmethod
    def words(self, row: Row) -> str:
        """What a row of `row` or `full_row` says, for the terminal."""

    @abstractmethod
    def pictures(self) -> tuple[np.ndarray, np.ndarray | None]:
        """What the net makes at this step, uint8 (n, 32, 32, 3); and samples to stand beside it, if there are any."""

    def originals(self) -> np.ndarray | None:
        """What its pictures are to be like, of the same shape, where there is such a thing."""
        return None

    # -- how far it has come -----------------------------------------------------------------------------------------

    @property
    def changeable(self) -> dict[Setting, BetaSchedule | LearningRate]:
        """Schedules whose base a person may change in flight, by the settings' names."""
        if self.config.weighs_beta and not self.config.learns_spread:
            return {"beta": self.beta, "learning_rate": self.learning_rate}
        return {"learning_rate": self.learning_rate}

    @property
    def beta_in_force(self) -> float:
        """At the present step: as `Run.beta_at` says it of one that was written down."""
        return self.beta.beta(max(0, self.step - 1))

    @property
    def learning_rate_in_force(self) -> float:
        """Of the step that led to the present one, its schedule included."""
        return self.learning_rate.at(max(0, self.step - 1))

    @property
    def over(self) -> bool:
        """Whether all steps are taken, or no better weights are waited for any longer."""
        return self.step == self.total_steps or self.patience.out

    @property
    def kept(self) -> Trained:
        """The net that is measured, shown and saved: with the average of its weights, if there is one."""
        return self.average.net if self.average else self.net

    def pixels(self, indices: np.ndarray) -> Tensor:
        """Images (n, 3, 32, 32), float32, 0..1, on the device."""
        return to_float(self.images.images[indices], self.device)

    def batch(self) -> Any:
        """The next step's `batch_of`: a permutation that depends on seed and epoch alone, flips on seed and step.

        Of these a rank has its rows.
        """
        return self._ahead.take(self.step)

    def fetch_ahead(self) -> None:
        """Begin with the batch after the next step's, while the device computes that one."""
        if self.step + 1 < self.total_steps:
            self._ahead.start(self.step + 1)

    def _batch_at(self, step: int) -> Any:
        epoch, place = divmod(step, self.steps_per_epoch)
        if self._order is None or self._order[0] != epoch:
            chance = np.random.default_rng((self.config.seed, epoch))
            self._order = epoch, chance.permutation(self.train_indices)
        chosen = self._order[1][place * self.batch_size : (place + 1) * self.batch_size]
        flipped = np.zeros(len(chosen), dtype=bool)
        if self.config.flips == "horizontal":
            flipped = np.random.default_rng((self.config.seed, step, 1)).random(len(chosen)) < 0.5
        return self.batch_of(parallel.rows(chosen), parallel.rows(flipped))

    def set_learning_rates(self) -> None:
        """Every optimiser's rates to the next step's."""
        factor = self.learning_rate.factor(self.step)
        for optimiser, peaks in zip(self.optimisers, self._peak_learning_rates, strict=True):
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    def took_step(self, cost_s: float) -> None:
        """Count a step and its seconds; a GPU may still be at it."""
        self.step += 1
        self.stepping_s += cost_s
        self._unrated = self._unrated[0] + 1, self._unrated[1] + cost_s

    def caught_up(self, wait_s: float = 0.0) -> None:
        """All steps so far are done, for which the device was waited for so many seconds: they were the steps'."""
        self.stepping_s += wait_s
        steps, cost_s = self._unrated[0], self._unrated[1] + wait_s
        self._unrated = 0, 0.0
        if steps and cost_s:
            self._steps_here += steps
            weight = max(1 - 0.95**steps, steps / self._steps_here)
            self.images_per_s += weight * (steps * self.batch_size / cost_s - self.images_per_s)

    def moved(self) -> Callable[[], None]:
        """What takes back all that a forward pass moves from here on: noise, and averages that nets keep in buffers."""
        noise, buffers = self.noise.get_state(), list(self.net.buffers())
        if self._buffers is None:
            self._buffers = [torch.empty_like(b) for b in buffers]
        before = self._buffers
        if buffers:
            torch._foreach_copy_(before, buffers)

        def take_back() -> None:
            self.noise.set_state(noise)
            if buffers:
                torch._foreach_copy_(buffers, before)

        return take_back

    def _choose_device(self) -> devices.Chosen:
        if self.config.closed_form:  # it takes no steps
            return devices.Chosen(devices.CPU)
        began_on = str(self.run.began_with().get("device", ""))
        attempt = partial(trial.attempt, self.tried(), self.config)
        return devices.choose(self.config.device, attempt, began_on, parallel.gpu())

    def _choose_precision(self) -> str:
        """What the run began with, or went on with, on this device; or else as its settings say."""
        before = self.run.began_with()
        for known in (before, before.get("goes_on", {})):
            if known.get("device") == self.device.type:
                return str(known.get("precision", "float32"))
        if self.config.closed_form:
            return "float32"
        if self.config.precision == "auto":
            return precision.choose(self.tried(), parallel.share(self.batch_size), self.device)
        return self.config.precision

    def _where(self, why: str) -> str:
        """A sentence on where it trains from here on, if that is not where one would think; else empty."""
        before = self.run.began_with()
        because, place = f": {why}" if why else "", devices.words(self.device)
        if not before:
            return f"On {place}{because}." if why else ""
        if before.get("goes_on", before).get("device") == self.device.type:
            return ""
        return (
            f"From step {self.step:,} on it trains on {place}{because}. Its noise goes on as it was; sums differ in "
            "their last digits."
        )

    def _together(self) -> str:
        """A sentence on how many processes share its steps, where that is several or has changed; else empty."""
        before, now = self.run.began_with().get("processes", 1), parallel.count()
        who = f"{now} processes share each step" if now > 1 else "one process takes each step"
        if not self.step:
            return f"{who[0].upper()}{who[1:]}." if now > 1 else ""
        since = f"From step {self.step:,} on {who}; until then {before} did. Sums differ in their last digits."
        return "" if before == now else since

    def note(self, sentences: Sequence[str]) -> None:
        """Keep what the run's numbers depend on, for people too: once, and again where it goes on elsewhere."""
        before = self.run.began_with()
        here = {"device": self.device.type, "precision": self.precision}
        now = before or {
            "images": self.images.name,
            "digest": self.images.digest,
            "counts": {split: len(self.images.indices(split)) for split in self.images.splits},
            **here,
            "threads": torch.get_num_threads(),
            "machine": f"{platform.machine()}, {cores.told()}, {platform.system()}",
        }
        now = {name: value for name, value in now.items() if name != "goes_on"}
        if now.get("device") != self.device.type:
            now["goes_on"] = here
        if before.get("processes", 1) != parallel.count():
            now["processes"] = parallel.count()
        if notes := [sentence for sentence in sentences if sentence and sentence not in before.get("notes", [])]:
            print(*notes, sep="\n", flush=True)
            now["notes"] = [*now.get("notes", []), *notes][-MOST_NOTES:]
        if now != before:
            self.run.write_environment(now)

    def _resume(self, checkpoint: Path | None) -> str:
        """Go on from a checkpoint; a sentence on what of it could not be kept, or empty."""
        checkpoints.drop_after(self.run.path / "checkpoints", checkpoint)
        if checkpoint is None:
            if self.run.metrics().rows:  # cut off before its first checkpoint
                self.run.resume_metrics(-1)
            return ""
        self.kept.load_state_dict(checkpoints.load(checkpoint / "weights.safetensors")[0].state_dict())
        rng, metadata = checkpoints.load_resume_state(checkpoint, self.optimisers, self.net if self.average else None)
        self.step = metadata["step"]
        lost = self._restore_noise(rng)
        self.run.resume_metrics(self.step)
        self.beta.restore(schedules.state_in(metadata, self.beta.key))
        changed = self.run.metrics().changed()
        for name, schedule in self.changeable.items():
            schedule.base = changed.get(name, schedule.base)
        return lost

    def _restore_noise(self, state: Tensor) -> str:
        """Go on with a generator's state; one of a GPU, as runs kept it once, is replaced by seed and step."""
        if state.shape == self.noise.get_state().shape:
            self.noise.set_state(state)
            return ""
        (seed,) = np.random.SeedSequence((self.config.seed, self.step)).generate_state(1).tolist()
        self.noise.manual_seed(seed)
        return f"Its noise was a GPU's until step {self.step:,}; from there on it is another, made from seed and step."


def chosen_images(indices: np.ndarray, count: int) -> np.ndarray:
    """So many of the indices, drawn once and for all; all of them if `count` is 0 or more than there are."""
    if not count:
        return indices
    return np.sort(np.random.default_rng(0).permutation(indices)[:count])


def _check_digest(run: Run, images: ImageSet) -> None:
    before = run.began_with().get("digest")
    if before and before != images.digest:
        raise ExplorerError(
            f"{images.name} has changed since this run began (digest {images.digest[:12]}, was {before[:12]})",
            "Put the same images back to resume, or start a new run.",
        )
