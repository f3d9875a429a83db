"""What a prior promises: all that pages, measures and the training loop know of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord

Lookup = Callable[[Tensor], Tensor]  # `Net.lookup`: codes int64 (N, cells) -> latents (N, width)
Label = int | tuple[int, ...] | None  # of all samples, of each its own, or of none
_HIDDEN = 0.1  # share of labels that training hides
STEPS = (1, 200)  # fewest and most that a way from noise may have


@dataclass(frozen=True)
class Wish:
    """What is asked of a sample beside its seed: see `Prior.sample`."""

    label: Label = None
    guidance: float = 1.0
    steps: int | None = None


class Prior(nn.Module, ABC):
    """A distribution of latents, (N, width) as `Net.decode` takes them.

    One that is fitted gets its `fit`. One that is trained gets `prepare` with all encodings, then a batch of them in
    `loss` at each step. All that is learnt is in parameters and buffers.

    Parameters
    ----------
    shape : LatentShape
    classes : int
        Of the labels that it may be asked for; 0 if it knows none.
    **options
        What it was built with beside that.

    Attributes
    ----------
    record : PriorRecord
    """

    record: ClassVar[PriorRecord]

    def __init__(self, shape: LatentShape, classes: int = 0, **options: Any) -> None:
        super().__init__()
        self.shape, self.classes, self.options = shape, classes if self.record.labelled else 0, options

    @property
    def settings(self) -> dict[str, Any]:
        """What `priors.from_settings` makes such a prior from, JSON-ready: stands beside its weights."""
        return {
            "prior": self.record.key,
            "shape": asdict(self.shape),
            "classes": self.classes,
            "options": dict(self.options),
        }

    def fit(self, encodings: Encodings, seed: int = 0) -> None:
        """Become what is known of encodings, in seconds.

        Raises
        ------
        ExplorerError
            If it is trained step by step, or there are too few.
        """
        raise ExplorerError(f"{self.record.title} is trained step by step", "Start a run of it.")

    def prepare(self, encodings: Encodings, seed: int = 0) -> None:
        """Begin as well as is known without training, for all encodings that it will be trained on."""

    def loss(self, encodings: Encodings, generator: torch.Generator | None = None) -> Tensor:
        """Of a training batch, to be minimised: a scalar, in `record.unit`. Noise is the generator's, on the CPU.

        Raises
        ------
        ExplorerError
            If it is not trained step by step.
        """
        raise ExplorerError(f"{self.record.title} is not trained step by step", "Fit it to encodings.")

    def inner_layers(self) -> list[nn.Linear]:
        """Those that neither read latents nor write them: what Muon is for. Their weights are in `parameters`."""
        return []

    def sample(
        self,
        count: int,
        seed: int = 0,
        *,
        label: Label = None,
        guidance: float = 1.0,
        steps: int | None = None,
        lookup: Lookup | None = None,
    ) -> Tensor:
        """Draw latents: float32 (count, width), on the CPU.

        The i-th of a seed is the same however many there are, but for rounding.

        Parameters
        ----------
        count, seed : int
        label : int or tuple of count int, optional
            Of the class that is wanted, of all or of each its own; any, if none is given.
        guidance : float
            How far to go beyond what the class changes, 0 and above: 1 is what was learnt of the class, 0 what was
            learnt of all (classifier-free guidance: Ho and Salimans 2022, with guidance 1 + w).
        steps : int, optional
            On the way from noise, within `STEPS`; its own number if none is given.
        lookup : callable
            `Net.lookup`, for a prior over codes; others need none.

        Raises
        ------
        ExplorerError
            If it can't do what is asked.
        """
        wish = self._heard(count, label, guidance, steps)
        with torch.inference_mode():
            return self._draw(count, seed, wish).float().cpu()

    def path(
        self,
        count: int,
        seed: int = 0,
        *,
        label: Label = None,
        guidance: float = 1.0,
        steps: int | None = None,
    ) -> Iterator[tuple[float, Tensor]]:
        """What `sample` goes through: (time, 0 to 1; latents, float32 (count, width)), first noise, last the sample.

        Raises
        ------
        ExplorerError
            If there is no such way, or it can't do what is asked.
        """
        if not self.record.path:
            raise ExplorerError(f"{self.record.title} has no way from noise", "Choose a flow.")
        return self._walk(count, seed, self._heard(count, label, guidance, steps))

    def carry(self, start: Tensor, *, label: Label = None, guidance: float = 1.0, steps: int | None = None) -> Tensor:
        """Latents that noise becomes: float32 (n, width), both; `sample` draws the noise, this is given it.

        Raises
        ------
        ExplorerError
            If it doesn't begin with as much noise as a latent is long, or can't do what is asked.
        """
        raise ExplorerError(f"{self.record.title} carries no noise to latents", "Choose a flow.")

    def nats(self, encodings: Encodings, seed: int = 0) -> Tensor:
        """-log p of one sampled z of each (`Encodings.sample`), or of its codes: nats, float32 (N,).

        Of z this is a density's, which may be negative. Labels are not heeded.

        Raises
        ------
        ExplorerError
            If that can't be known.
        """
        raise ExplorerError(f"What {self.record.title} costs in nats is not known", "Choose another prior.")

    @abstractmethod
    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        """As `sample`, of what it can do."""

    def _walk(self, count: int, seed: int, wish: Wish) -> Iterator[tuple[float, Tensor]]:
        """As `path`."""
        raise NotImplementedError

    def _heard(self, count: int, label: Label, guidance: float, steps: int | None) -> Wish:
        title = self.record.title
        if label is not None and not self.classes:
            raise ExplorerError(f"{title} knows no classes", "Ask for none, or train one on labelled images.")
        if isinstance(label, tuple) and len(label) != count:
            raise ExplorerError(f"{len(label)} labels of {count} samples", "Give one for all, or of each its own.")
        for each in label if isinstance(label, tuple) else () if label is None else (label,):
            if not 0 <= each < self.classes:
                raise ExplorerError(f"label is {each}", f"Choose one from 0 to {self.classes - 1}.")
        if guidance != 1 and label is None:
            raise ExplorerError(f"guidance is {guidance:g} without a class", "Choose a class, or leave it at 1.")
        if not 0 <= guidance <= 100:
            raise ExplorerError(f"guidance is {guidance:g}", "Choose a number from 0 to 100.")
        if steps is not None and not self.record.path:
            raise ExplorerError(f"{title} is drawn at once: there are no steps", "Leave them out.")
        if steps is not None and not STEPS[0] <= steps <= STEPS[1]:
            raise ExplorerError(f"steps is {steps}", f"Choose a whole number from {STEPS[0]} to {STEPS[1]}.")
        return Wish(label, guidance, steps)


class CodePrior(Prior):
    """A distribution of codes, (N, cells): which latents they are, `Net.lookup` says."""

    def sample(
        self,
        count: int,
        seed: int = 0,
        *,
        label: Label = None,
        guidance: float = 1.0,
        steps: int | None = None,
        lookup: Lookup | None = None,
    ) -> Tensor:
        """As `Prior.sample`; ExplorerError without the net's lookup."""
        if lookup is None:
            raise ExplorerError(f"{self.record.title} draws codes", "Give it the lookup of the net that they are of.")
        return lookup(self.sample_codes(count, seed, label=label, guidance=guidance, steps=steps))

    def sample_codes(
        self,
        count: int,
        seed: int = 0,
        *,
        label: Label = None,
        guidance: float = 1.0,
        steps: int | None = None,
    ) -> Tensor:
        """As `Prior.sample`, of codes: int64 (count, cells), on the CPU."""
        wish = self._heard(count, label, guidance, steps)
        with torch.inference_mode():
            return self._draw(count, seed, wish).cpu()


def noise(count: int, width: int, seed: int) -> Tensor:
    """Standard normal, (count, width): a row of a seed is the same however many there are.

    torch fills blocks of 16 numbers at once, and a last one that is shorter otherwise: so there is none.
    """
    rows = 16 * -(-count // 16)
    return torch.randn((rows, width), generator=torch.Generator().manual_seed(seed))[:count]


def labels_of(wish: Wish, count: int) -> Tensor | None:
    """The class that is wanted of each sample, int64 (count,); None if any is."""
    if wish.label is None:
        return None
    return torch.tensor(wish.label if isinstance(wish.label, tuple) else (wish.label,) * count, dtype=torch.int64)


def taught(encodings: Encodings, classes: int, generator: torch.Generator | None) -> Tensor:
    """What a batch says of its classes, int64 (N,): `classes` stands for any.

    Hides a share of the labels, so that samples of any class are learnt too (Ho and Salimans 2022, algorithm 1).
    """
    device, count = encodings.mean.device, len(encodings)
    of_any = torch.full((count,), classes, device=device)
    hidden = (torch.rand(count, generator=generator) < _HIDDEN).to(device)
    if not classes or encodings.labels is None:
        return of_any
    return torch.where(hidden, of_any, encodings.labels)


def codes_of(encodings: Encodings) -> Tensor:
    """Their codes, int64 (N, cells); ExplorerError if they have none."""
    if encodings.codes is None:
        raise ExplorerError("These latents are no codes", "Choose a prior for latents that are vectors.")
    return encodings.codes
