"""What a run trains with: images, net, precision, optimisers and schedules, fresh or as its checkpoint left them."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from explorer import checkpoints, cores, nets, schedules
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.pixels import to_float
from explorer.runs import Run
from explorer.runs.rows import Setting
from explorer.schedules import BetaSchedule, LearningRate
from explorer.training import precision
from explorer.training.muon import Muon


class Training:
    """A run in progress: what it trains with, and how far it has come. It goes on from the run's newest checkpoint.

    Parameters
    ----------
    run : Run
    load : callable
        As `load_image_set`, which it is unless runs that are trained side by side share their images.

    Attributes
    ----------
    net : Net
    precision : str
        "float32" or "bfloat16".
    optimisers : list of Optimizer
    beta, learning_rate
        Their schedules, from step 0 on.
    noise : torch.Generator
        Of the latent samples.
    train_indices, validation_indices, subset_indices, probe_indices : int64 arrays (n,)
        Into `images`: to train on; to measure on; the few of the latter measured between epochs; those looked at.
    batch_size : int
    steps_per_epoch, total_steps : int
    step : int
        Steps taken.
    images_per_s : float
        Running mean: over all steps of this process at first, then over the last 20 or so.
    stepping_s : float
        Seconds that this process has spent in steps.

    Raises
    ------
    ExplorerError
        If the images are gone or have changed, or the weights to start from are damaged.
    """

    def __init__(self, run: Run, load: Callable[[str, str | None], ImageSet] = load_image_set) -> None:
        self.run, self.config, self.device = run, run.config, pick_device()
        self.images = load(self.config.source, self.config.data_path or None)
        _check_digest(run, self.images)
        self.train_indices = chosen_images(self.images.indices("train"), self.config.train_images)
        self.validation_indices = self.images.indices("validation")
        self.subset_indices, self.probe_indices = self.images.subset(), self.images.probes()
        self.batch_size = min(self.config.batch_size, len(self.train_indices))
        self.steps_per_epoch = self.config.steps_per_epoch(len(self.train_indices))
        self.total_steps = self.config.total_steps(len(self.train_indices))

        torch.manual_seed(self.config.seed)
        checkpoint = checkpoints.latest_readable(run.path / "checkpoints")
        self.net = self._build(fresh=checkpoint is None).to(self.device)
        self.precision = self._choose_precision()
        self.optimisers = build_optimisers(self.net, self.config)
        self._peak_learning_rates = [[group["lr"] for group in o.param_groups] for o in self.optimisers]
        self.noise = torch.Generator(self.device).manual_seed(self.config.seed)
        self.beta, self.learning_rate = self.config.schedules(self.total_steps)
        self.step, self.images_per_s, self.stepping_s, self._steps_here = 0, 0.0, 0.0, 0
        self._resume(checkpoint)

    @property
    def changeable(self) -> dict[Setting, BetaSchedule | LearningRate]:
        """Schedules whose base a person may change in flight, by the settings' names."""
        if self.config.weighs_beta:
            return {"beta": self.beta, "learning_rate": self.learning_rate}
        return {"learning_rate": self.learning_rate}

    @property
    def beta_in_force(self) -> float:
        """At the present step: as `Run.beta_at` says it of one that was written down."""
        return self.beta.beta(max(0, self.step - 1))

    @property
    def over(self) -> bool:
        """Whether all steps are taken."""
        return self.step == self.total_steps

    def pixels(self, indices: np.ndarray) -> Tensor:
        """Images (n, 3, 32, 32), float32, 0..1, on the device."""
        return to_float(self.images.images[indices], self.device)

    def batch(self) -> Tensor:
        """The next step's images: a fresh permutation an epoch, that depends on seed and epoch alone."""
        epoch, place = divmod(self.step, self.steps_per_epoch)
        order = np.random.default_rng((self.config.seed, epoch)).permutation(self.train_indices)
        return self.pixels(order[place * self.batch_size : (place + 1) * self.batch_size])

    def set_learning_rates(self) -> None:
        """Every optimiser's rates to the next step's."""
        factor = self.learning_rate.factor(self.step)
        for optimiser, peaks in zip(self.optimisers, self._peak_learning_rates, strict=True):
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    def took_step(self, cost_s: float) -> None:
        """Count a step and its seconds."""
        self.step += 1
        self._steps_here += 1
        self.stepping_s += cost_s
        weight = max(0.05, 1 / self._steps_here)
        self.images_per_s += weight * (self.batch_size / cost_s - self.images_per_s)

    def _build(self, fresh: bool) -> Net:
        config = self.config
        net = nets.build(config.family, config.latent_dim, **config.net_options)
        if fresh and config.start_from:
            net.load_state_dict(checkpoints.load_weights(self.run.start_path)[0].state_dict())
        elif fresh:
            net.prepare(self.images.images[self.train_indices], config.beta)
        return net

    def _choose_precision(self) -> str:
        """What the run began with; a new one notes it, with all else that its numbers depend on."""
        if before := self.run.began_with():
            return str(before.get("precision", "float32"))
        chosen = self.config.precision
        if self.config.closed_form:
            chosen = "float32"
        elif chosen == "auto":
            chosen = precision.choose(self.net, self.batch_size, self.device)
        self.run.write_environment(
            {
                "images": self.images.name,
                "digest": self.images.digest,
                "counts": {split: len(self.images.indices(split)) for split in self.images.splits},
                "device": str(self.device),
                "precision": chosen,
                "threads": torch.get_num_threads(),
                "machine": f"{platform.machine()}, {cores.told()}, {platform.system()}",
            }
        )
        return chosen

    def _resume(self, checkpoint: Path | None) -> None:
        checkpoints.drop_after(self.run.path / "checkpoints", checkpoint)
        if checkpoint is None:
            if self.run.metrics().rows:  # cut off before its first checkpoint
                self.run.resume_metrics(-1)
            return
        self.net.load_state_dict(checkpoints.load_weights(checkpoint / "weights.safetensors")[0].state_dict())
        rng, metadata = checkpoints.load_resume_state(checkpoint, self.optimisers)
        self.noise.set_state(rng)
        self.step = metadata["step"]
        self.run.resume_metrics(self.step)
        self.beta.restore(schedules.state_in(metadata, self.beta.key))
        changed = self.run.metrics().changed()
        for name, schedule in self.changeable.items():
            schedule.base = changed.get(name, schedule.base)


def pick_device() -> torch.device:
    """CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def chosen_images(indices: np.ndarray, count: int) -> np.ndarray:
    """So many of the indices, drawn once and for all; all of them if `count` is 0 or more than there are."""
    if not count:
        return indices
    return np.sort(np.random.default_rng(0).permutation(indices)[:count])


def build_optimisers(net: Net, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """AdamW on everything; with "muon", Muon on the inner weight matrices and AdamW on the rest.

    Which those are the net says. In closed form there is nothing to optimise.
    """
    if config.closed_form:
        return []
    matrices: list[tuple[Tensor, int]] = []
    if config.optimiser == "muon":
        matrices = [(m.weight, 1 if isinstance(m, nn.ConvTranspose2d) else 0) for m in net.inner_layers()]
    theirs = {id(p) for p, _ in matrices}
    rest = [p for p in net.parameters() if id(p) not in theirs]
    adamw = torch.optim.AdamW(rest, config.learning_rate, weight_decay=config.weight_decay, fused=True)
    return [adamw, Muon(matrices, config.muon_learning_rate)] if matrices else [adamw]


def _check_digest(run: Run, images: ImageSet) -> None:
    before = run.began_with().get("digest")
    if before and before != images.digest:
        raise ExplorerError(
            f"{images.name} has changed since this run began (digest {images.digest[:12]}, was {before[:12]})",
            "Put the same images back to resume, or start a new run.",
        )
