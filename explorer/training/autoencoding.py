"""An autoencoder as what a run trains: images in, their reconstructions watched, recon and KL measured."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer import checkpoints, nets
from explorer.analysis import evaluation
from explorer.analysis.evaluation import Evaluation
from explorer.data.imageset import SUBSET
from explorer.devices import send
from explorer.nets.base import Net
from explorer.objective import Objective
from explorer.pixels import to_float, to_uint8
from explorer.runs.rows import AtBeta, Full, Measured, Row, Subset, Train
from explorer.training import parallel, precision, step
from explorer.training.setup import Training
from explorer.training.step import Tried
from explorer.units import total

SAMPLES = 4  # from the prior, in a race


@dataclass(frozen=True, kw_only=True)
class Taken(step.Taken):
    """What a step came to: as of `Objective`."""

    recon: float
    kl: float

    @property
    def words(self) -> str:
        return f"reconstruction {self.recon:.4g}, KL {self.kl:.4g} nats a dimension"


class AutoencoderTraining(Training):
    """A run that trains an autoencoder, or solves for one.

    Attributes
    ----------
    net : Net
    """

    taken = Taken
    net: Net

    def build(self, fresh: bool) -> Net:
        """As its family begins, or with the weights that the settings name."""
        config = self.config
        net = nets.build(config.family, config.latent_dim, **config.net_options)
        if parallel.count() > 1:
            parallel.must_be_shareable(net)
        if fresh and config.start_from:
            given = checkpoints.load_weights(self.run.start_path)[0].state_dict()
            # the sigma that an encoder refines for is known to those only that do
            net.load_state_dict({name: given.get(name, own) for name, own in net.state_dict().items()})
        elif fresh:
            net.prepare(self.images.images[self.train_indices], config.beta)
        return net

    @property
    def kept(self) -> Net:
        """As `Training.kept`."""
        kept = super().kept
        assert isinstance(kept, Net)
        return kept

    # -- steps -------------------------------------------------------------------------------------------------------

    def tried(self) -> Tried:
        beta = self.config.beta
        return Tried(self.net, _some_images, lambda net, x, noise: net.loss(x, beta, noise).total, _look)

    def batch_of(self, indices: np.ndarray, flipped: np.ndarray) -> Tensor:
        """The images, as `pixels` has them."""
        images = self.images.images[indices]
        images[flipped] = images[flipped, :, :, ::-1]
        return to_float(images, self.device)

    def forward(self) -> Objective:
        latent_dim, allowance = self.config.latent_dim, self.beta.allowance(self.step)
        capacity = None if allowance.capacity is None else allowance.capacity / latent_dim
        free, beta = allowance.free_nats / latent_dim, self.beta.beta(self.step)
        with precision.autocast(self.precision, self.device), parallel.noise_of_its_rows(self.noise):
            return self.net.loss(self.batch(), beta, self.noise, free_nats=free, capacity=capacity)

    def heed(self, taken: step.Taken) -> None:
        assert isinstance(taken, Taken)
        self.beta.after(taken)

    # -- rows --------------------------------------------------------------------------------------------------------

    def row(self, steps: Sequence[step.Taken]) -> Train:
        recon, kl, minimised = (_mean(steps, name) for name in ("recon", "kl", "total"))
        own: dict[str, float] = {}
        if self.net.family.posterior == "codes":
            own = {"commitment": minimised - recon}
        elif self.net.family.conditional:
            own = {"total": minimised}
        return Train(**self._measured(recon, kl) | own, grad_norm=steps[-1].grad_norm)

    def subset_rows(self) -> Iterator[Row]:
        """At its own beta, and at those that it is watched at."""
        yield Subset(**self._validation(self.measure(self.subset_indices)))
        net = self.kept
        if net.watched_betas:
            linear = net.linear_frontier(np.array(net.watched_betas))
            for beta, reference in zip(net.watched_betas, linear.total.tolist(), strict=True):
                there = self._evaluate(beta, self.subset_indices)
                whole = total(there.recon, there.kl, beta)
                at_beta = {"beta": beta, "total": whole, "relative": whole / reference}
                yield AtBeta(**self._measured(there.recon, there.kl) | at_beta)

    def full_row(self, between: Callable[[], object]) -> Full:
        return Full(**self._validation(self._evaluate(self.beta.base, self.validation_indices, between)))

    def measure(self, indices: np.ndarray) -> Evaluation:
        """At its own beta."""
        return self._evaluate(self.beta.base, indices)

    def words(self, row: Row) -> str:
        assert isinstance(row, Measured)
        costs = f", KL {row.kl:.3f} nats a dimension, total {row.total:.5f}" if self.config.weighs_beta else ""
        return f"recon {row.recon:.5f}{costs}"

    def _evaluate(self, beta: float, indices: np.ndarray, between: Callable[[], object] = lambda: None) -> Evaluation:
        return evaluation.evaluate(self.kept.at(beta), self._batches(indices, between))

    def _batches(self, indices: np.ndarray, between: Callable[[], object]) -> Iterator[Tensor]:
        for start in range(0, len(indices), evaluation.BATCH):
            if len(indices) > SUBSET:
                between()
            yield self.pixels(indices[start : start + evaluation.BATCH])

    def _measured(self, recon: float, kl: float) -> dict[str, Any]:
        """What every measured row says; beta and learning rate as they were in the step that led here."""
        beta = self.beta_in_force
        return {
            "step": self.step,
            "epoch": self.step / self.steps_per_epoch,
            "time": time.time(),
            "beta": beta,
            "learning_rate": self.learning_rate_in_force,
            "total": total(recon, kl, beta),
            "recon": recon,
            "kl": kl,
        }

    def _validation(self, found: Evaluation) -> dict[str, Any]:
        """Fields of a validation row; what has a number for each latent goes into latents.json: `Run.latent_use`."""
        use = found.use
        if use.code_counts:
            self.run.write_latent_use({"step": self.step, "code_counts": use.code_counts})
        elif math.isfinite(found.kl):
            nats = [round(nats, 4) for nats in found.kl_per_dim]
            self.run.write_latent_use({"step": self.step, "kl_per_dim": nats})
        of_latents = {"codes_used": use.codes_used, "perplexity": use.perplexity, "active_units": use.active_units}
        return self._measured(found.recon, found.kl) | {"kl_median": found.kl_median} | of_latents

    # -- pictures ----------------------------------------------------------------------------------------------------

    def originals(self) -> np.ndarray:
        """The probe images."""
        return to_uint8(self.pixels(self.probe_indices))

    @torch.no_grad()
    def pictures(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The probe images, reconstructed; in a race beside samples from the prior, of the same z in every run."""
        net = self.kept.at(self.beta.base).eval()
        x_hat = net.decode(net.encode(self.pixels(self.probe_indices)).mode())
        samples = None
        if self.run.race and net.family.posterior == "gaussian":
            samples = to_uint8(net.decode(net.sample_prior(SAMPLES).to(self.device)))
        return to_uint8(x_hat), samples


def _mean(steps: Sequence[step.Taken], name: str) -> float:
    return float(np.mean([getattr(taken, name) for taken in steps]))


def _some_images(count: int, device: torch.device, chance: torch.Generator) -> Tensor:
    x = send(torch.rand(count, 3, 32, 32, generator=chance), device)
    return x.contiguous(memory_format=torch.channels_last)


def _look(net: Net, x: Tensor) -> None:
    posterior = net.encode(x)
    to_uint8(net.decode(posterior.mode()))
    posterior.statistics()
