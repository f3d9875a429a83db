"""What a run in progress writes into its folder: rows, pictures, checkpoints, each at the moment it is asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from explorer import checkpoints
from explorer.analysis import evaluation
from explorer.analysis.evaluation import Evaluation
from explorer.data.imageset import SUBSET
from explorer.files import replacing
from explorer.pixels import to_uint8
from explorer.runs.rows import AtBeta, Best, Change, Full, Row, Setting, Subset, Train
from explorer.training.endings import DivergedError
from explorer.training.setup import Training
from explorer.training.tally import Taken
from explorer.units import total

SAMPLES = 4  # from the prior, in a race
MAX_PREVIEWS = 240  # pictures of the probe images that a run keeps; once there are more, every second one is deleted


class Writer:
    """Writes into the folder of a run in progress.

    Parameters
    ----------
    training : Training
    between_batches : callable
        Called between the batches of a whole validation split, which takes seconds.

    Attributes
    ----------
    summary : Summary
        Of all rows so far.
    """

    def __init__(self, training: Training, between_batches: Callable[[], object]) -> None:
        self.training, self.run, self._between_batches = training, training.run, between_batches
        self.summary = training.run.summarised()

    def change(self, name: Setting, value: float) -> None:
        """A setting was changed in flight."""
        self._append(Change(step=self.training.step, time=time.time(), what=name, value=value))

    def train(self, steps: Sequence[Taken]) -> Train:
        """Means over the steps since the last such row, and the norm of the last gradient."""
        recon, kl, minimised, _ = np.mean(steps, axis=0).tolist()
        own: dict[str, float] = {}
        if self.training.net.family.posterior == "codes":
            own = {"commitment": minimised - recon}
        elif self.training.net.family.conditional:
            own = {"total": minimised}
        row = Train(**self._measured(recon, kl) | own, grad_norm=steps[-1].grad_norm)
        self._append(row)
        return row

    def subset(self) -> Subset:
        """The net on the validation subset, at its own beta and at those that it is watched at."""
        found = self._evaluate(self.training.beta.base, self.training.subset_indices)
        row = Subset(**self._validation(found))
        self._append(row)
        net = self.training.kept
        if net.watched_betas:
            linear = net.linear_frontier(np.array(net.watched_betas))
            for beta, reference in zip(net.watched_betas, linear.total.tolist(), strict=True):
                there = self._evaluate(beta, self.training.subset_indices)
                whole = total(there.recon, there.kl, beta)
                at_beta = {"beta": beta, "total": whole, "relative": whole / reference}
                self._append(AtBeta(**self._measured(there.recon, there.kl) | at_beta))
        return row

    def full(self) -> Full:
        """The net on the whole validation split."""
        row = Full(**self._validation(self._evaluate(self.training.beta.base, self.training.validation_indices)))
        self._append(row)
        self.write_summary()
        return row

    def originals(self) -> None:
        """The probe images."""
        _write_strip(self.run.originals_path, to_uint8(self.training.pixels(self.training.probe_indices)))

    @torch.no_grad()
    def preview(self) -> None:
        """The probe images, reconstructed; in a race beside samples from the prior, of the same z in every run."""
        net = self.training.kept.at(self.training.beta.base).eval()
        x_hat = net.decode(net.encode(self.training.pixels(self.training.probe_indices)).mode())
        if self.run.race and net.family.posterior == "gaussian":  # first: a picture's step is shown with its samples
            z = net.sample_prior(SAMPLES).to(self.training.device)
            _write_strip(self.run.samples_path(self.training.step), to_uint8(net.decode(z)))
        _write_strip(self.run.preview_path(self.training.step), to_uint8(x_hat))
        steps = self.run.preview_steps()
        if len(steps) > MAX_PREVIEWS:
            for step in set(steps[1:-1:2]) - set(self.run.checkpoint_steps()):
                self.run.drop_preview(step)

    def checkpoint(self) -> None:
        """Weights and all that the run needs to go on from here; DivergedError if the weights are no numbers."""
        training = self.training
        if not all(torch.isfinite(p).all() for p in training.net.parameters()):
            raise DivergedError(training.step, "weights are no numbers any more")
        metadata = {
            "step": training.step,
            "beta": training.beta_in_force,
            "learning_rate": training.learning_rate.base,
            "schedule": training.beta.state,
            "run": self.run.id,
        }
        folder, rng = self.run.path / "checkpoints", training.noise.get_state()
        best = training.patience.best
        checkpoints.save_checkpoint(
            folder,
            training.kept,
            training.optimisers,
            metadata,
            rng,
            moving=training.net if training.average else None,
            spared=best.step if best else None,
        )
        self.summary = self.summary.after_checkpoint(training.step)
        self.write_summary()

    def go_back(self) -> None:
        """Keep the weights of the best measurement, and none of later steps."""
        training, best = self.training, self.training.patience.best
        if best is None or best.step == training.step or best.step not in self.run.checkpoint_steps():
            return
        epochs = f"{training.patience.epochs:,} epoch{'s' if training.patience.epochs > 1 else ''}"
        why = f"Ended after {epochs} without a lower validation total" if training.patience.out else "Ended"
        checkpoints.drop_after(self.run.path / "checkpoints", self.run.weights_path(best.step).parent)
        self._append(Best(**vars(best)))
        self.write_summary()
        training.note([f"{why}: its weights are the best, of step {best.step:,} (epoch {best.epoch:g})."])

    def write_summary(self, *, news: bool = False) -> None:
        """What the log comes to; `news` where it is written again soon."""
        self.run.write_summary(self.summary, news=news)

    def _append(self, row: Row) -> None:
        self.run.append_metrics(row)
        self.summary = self.summary.after(row)

    def _evaluate(self, beta: float, indices: np.ndarray) -> Evaluation:
        return evaluation.evaluate(self.training.kept.at(beta), self._batches(indices))

    def _batches(self, indices: np.ndarray) -> Iterator[Tensor]:
        for start in range(0, len(indices), evaluation.BATCH):
            if len(indices) > SUBSET:
                self._between_batches()
            yield self.training.pixels(indices[start : start + evaluation.BATCH])

    def _measured(self, recon: float, kl: float) -> dict[str, Any]:
        """What every measured row says; beta and learning rate as they were in the step that led here."""
        training, beta = self.training, self.training.beta_in_force
        return {
            "step": training.step,
            "epoch": training.step / training.steps_per_epoch,
            "time": time.time(),
            "beta": beta,
            "learning_rate": training.learning_rate.at(max(0, training.step - 1)),
            "total": total(recon, kl, beta),
            "recon": recon,
            "kl": kl,
        }

    def _validation(self, found: Evaluation) -> dict[str, Any]:
        """Fields of a validation row; what has a number for each latent goes into latents.json: `Run.latent_use`."""
        use = found.use
        if use.code_counts:
            self.run.write_latent_use({"step": self.training.step, "code_counts": use.code_counts})
        elif math.isfinite(found.kl):
            nats = [round(nats, 4) for nats in found.kl_per_dim]
            self.run.write_latent_use({"step": self.training.step, "kl_per_dim": nats})
        of_latents = {"codes_used": use.codes_used, "perplexity": use.perplexity, "active_units": use.active_units}
        return self._measured(found.recon, found.kl) | {"kl_median": found.kl_median} | of_latents


def _write_strip(path: Path, images: np.ndarray) -> None:
    """Images (N, H, W, 3), uint8, side by side as one PNG."""
    with replacing(path, news=True) as temporary:
        Image.fromarray(np.concatenate(list(images), axis=1)).save(temporary, format="png")
