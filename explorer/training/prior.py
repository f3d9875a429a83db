"""A prior as what a run trains: encodings in, what it draws from one seed watched, its loss measured.

The images are encoded once, by the model whose weights lie in the run's folder, before the first step; where a run goes
on they are again, to the same numbers on the same device.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer import checkpoints, priors
from explorer.analysis.evaluation import BATCH, evaluate_prior
from explorer.data.imageset import PROBES, SUBSET, ImageSet
from explorer.devices import send
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.pixels import to_uint8
from explorer.priors.base import Prior
from explorer.priors.encodings import Encodings, encode, shape_of
from explorer.runs import Run
from explorer.runs.rows import FullLoss, Loss, Row, SubsetLoss, TrainLoss
from explorer.training import parallel, precision
from explorer.training.setup import Training
from explorer.training.step import Taken, Tried

STEPS_SHOWN = 16  # on the way from noise to a picture of a run that trains: a sample takes as many passes
_AT_A_TIME = 2_048  # images that are encoded before what came of them is made small


@dataclass(frozen=True)
class _Terms:
    """What a batch came to: `total` is the loss."""

    total: Tensor

    def detach(self) -> _Terms:
        return _Terms(self.total.detach())


class PriorTraining(Training):
    """A run that trains a prior.

    Attributes
    ----------
    net : Prior
    model : Net
        Whose latents it is over, on the device, in eval mode.
    """

    taken = Taken
    costly_pictures = True
    net: Prior

    def __init__(
        self, run: Run, load: Callable[[str, str | None], ImageSet], watch: Callable[[int, int], object]
    ) -> None:
        self.model: Net = checkpoints.load_weights(run.model_path)[0]
        super().__init__(run, load, watch)

    def build(self, fresh: bool) -> Prior:
        """As it begins, or with the weights that the settings name."""
        base, images = self.run.base, self.images
        if base and base.images and base.images != images.digest:
            raise ExplorerError(
                f"{images.name} has changed since {base.title} was trained on it", "Put the same images back."
            )
        classes = len(images.class_names) if len(images.class_names) > 1 else 0
        prior = priors.build(self.config.prior, shape_of(self.model), classes)
        if fresh and self.config.start_from:
            prior.load_state_dict(checkpoints.load_prior(self.run.start_path)[0].state_dict())
        return prior

    def get_ready(self, fresh: bool) -> None:
        self.model.to(self.device)
        flips = self.config.flips == "horizontal"
        self._encoded = _Encoded(
            self.model, self.images, self.train_indices, self.validation_indices, flips, self._watch
        )
        if fresh and not self.config.start_from:
            self.net.prepare(self._encoded.of_training(), self.config.seed)
        super().get_ready(fresh)

    @property
    def kept(self) -> Prior:
        """As `Training.kept`."""
        kept = super().kept
        assert isinstance(kept, Prior)
        return kept

    # -- steps -------------------------------------------------------------------------------------------------------

    def tried(self) -> Tried:
        shape, classes = shape_of(self.model), self.net.classes

        def some(count: int, device: torch.device, chance: torch.Generator) -> Encodings:
            drawn = torch.randn(count, shape.width, generator=chance)
            labels = torch.randint(classes, (count,), generator=chance) if classes else None
            codes = torch.randint(shape.codes, (count, shape.cells), generator=chance) if shape.codes else None
            return _sent(Encodings(drawn, torch.ones_like(drawn), labels, codes), device)

        def look(prior: Prior, encodings: Encodings) -> None:
            self._draw(prior, 2, 2, "float32")

        return Tried(self.net, some, lambda prior, encodings, noise: prior.loss(encodings, noise), look)

    def batch(self) -> Encodings:
        """The next step's; nothing is fetched ahead, as what is sent is small."""
        return self._batch_at(self.step)

    def fetch_ahead(self) -> None:
        """Nothing."""

    def batch_of(self, indices: np.ndarray, flipped: np.ndarray) -> Encodings:
        return _sent(self._encoded.of(indices, flipped), self.device)

    def forward(self) -> _Terms:
        with precision.autocast(self.precision, self.device), parallel.noise_of_its_rows(self.noise):
            return _Terms(self.net.loss(self.batch(), self.noise))

    def heed(self, taken: Taken) -> None:
        """Nothing: no schedule listens to it."""

    # -- rows --------------------------------------------------------------------------------------------------------

    def row(self, steps: Sequence[Taken]) -> TrainLoss:
        mean = fmean(taken.total for taken in steps)
        return TrainLoss(**self._measured(mean), grad_norm=steps[-1].grad_norm)

    def subset_rows(self) -> Iterator[Row]:
        yield SubsetLoss(**self._measured(self.measure(self.subset_indices)))

    def full_row(self, between: Callable[[], object]) -> FullLoss:
        return FullLoss(**self._measured(self.measure(self.validation_indices, between)))

    def measure(self, indices: np.ndarray, between: Callable[[], object] = lambda: None) -> float:
        """Mean over images, in the run's precision."""
        with precision.autocast(self.precision, self.device):
            return evaluate_prior(self.kept, self._batches(indices, between))

    def _batches(self, indices: np.ndarray, between: Callable[[], object]) -> Iterator[Encodings]:
        for start in range(0, len(indices), BATCH):
            if len(indices) > SUBSET:
                between()
            some = indices[start : start + BATCH]
            yield self.batch_of(some, np.zeros(len(some), dtype=bool))

    def words(self, row: Row) -> str:
        assert isinstance(row, Loss)
        return f"loss {row.loss:.5f} ({self.net.record.unit})"

    def _measured(self, loss: float) -> dict[str, Any]:
        return {
            "step": self.step,
            "epoch": self.step / self.steps_per_epoch,
            "time": time.time(),
            "learning_rate": self.learning_rate_in_force,
            "loss": loss,
        }

    # -- pictures ----------------------------------------------------------------------------------------------------

    def pictures(self) -> tuple[np.ndarray, None]:
        """Decoded from what it draws, always from the same seed."""
        return self._draw(self.kept.eval(), PROBES, STEPS_SHOWN, self.precision), None

    @torch.no_grad()
    def originals(self) -> np.ndarray:
        """The probe images as its model reconstructs them: a sample of it can't be better than that."""
        x = self.pixels(self.probe_indices)
        return to_uint8(self.model.decode(self.model.encode(x).mode()))

    @torch.no_grad()
    def _draw(self, prior: Prior, count: int, steps: int, computed_in: str) -> np.ndarray:
        """On the prior's device."""
        device = next(prior.parameters()).device
        model = self.model.to(device)
        with precision.autocast(computed_in, device):
            z = prior.sample(count, steps=steps if prior.record.path else None, lookup=model.lookup)
        return to_uint8(model.decode(z.to(device)))


class _Encoded:
    """What a model makes of the images of a run, kept in half precision where that holds it: 60,000 of 512 dimensions
    are 120 MB so, and as much again flipped."""

    def __init__(
        self,
        model: Net,
        images: ImageSet,
        train: np.ndarray,
        validation: np.ndarray,
        flips: bool,
        watch: Callable[[int, int], object],
    ) -> None:
        self._model, self._train = model, len(train)
        every = np.concatenate([train, validation])
        self._place = np.full(len(images), -1)
        self._place[every] = np.arange(len(every))
        order = [(every, False), *([(train, True)] if flips else [])]
        of = sum(len(indices) for indices, _ in order)
        parts: list[Encodings] = []
        done = 0
        for indices, flipped in order:
            for start in range(0, len(indices), _AT_A_TIME):
                some = indices[start : start + _AT_A_TIME]
                pixels = images.images[some]
                found = encode(model, pixels[..., ::-1] if flipped else pixels, images.labels[some])
                parts.append(_small(found))
                done += len(some)
                watch(done, of)
        self._flipped_at = len(every)
        self._all = _joined(parts)

    def of(self, indices: np.ndarray, flipped: np.ndarray) -> Encodings:
        """Of some of the images, at indices (n,); of their mirror images where `flipped`, bool (n,)."""
        at = self._place[indices] + np.where(flipped, self._flipped_at, 0)
        return self._whole(self._all[torch.from_numpy(at)])

    def of_training(self) -> Encodings:
        """Of all training images."""
        return self._whole(self._all[: self._train])

    def _whole(self, kept: Encodings) -> Encodings:
        if kept.codes is None:
            return Encodings(kept.mean.float(), kept.std.float(), kept.labels)
        codes = kept.codes.long()
        with torch.no_grad():
            device = next(iter(self._model.state_dict().values())).device
            mean = self._model.lookup(codes.to(device)).cpu()
        return Encodings(mean, torch.zeros_like(mean), kept.labels, codes)


def _small(encodings: Encodings) -> Encodings:
    """The same in half precision, if its numbers have no more than that holds; of codes no more than these."""
    if encodings.codes is not None:
        nothing = encodings.mean[:, :0]
        return Encodings(nothing, nothing, encodings.labels, encodings.codes.to(torch.int16))
    mean, std = encodings.mean, encodings.std
    if max(mean.abs().max().item(), std.max().item()) < torch.finfo(torch.float16).max:
        mean, std = mean.half(), std.half()
    return Encodings(mean, std, encodings.labels)


def _joined(parts: Sequence[Encodings]) -> Encodings:
    def together(name: str) -> Tensor | None:
        found = [getattr(part, name) for part in parts]
        return None if found[0] is None else torch.cat(found)

    mean, std = together("mean"), together("std")
    assert mean is not None
    assert std is not None
    return Encodings(mean, std, together("labels"), together("codes"))


def _sent(encodings: Encodings, device: torch.device) -> Encodings:
    found = (encodings.mean, encodings.std, encodings.labels, encodings.codes)
    return Encodings(*(None if each is None else send(each, device) for each in found))  # type: ignore[arg-type]
