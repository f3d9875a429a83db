"""What every schedule of beta promises, and the two rises that several of them share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, SupportsFloat

from explorer.records import LARGEST


class Terms(Protocol):
    """What a batch came to, as the loop reports it; tensors do, and are only waited for by those who read them.

    `recon` is the mean squared error a pixel value (scale 0..1), `kl` the mean over latent dimensions, nats.
    """

    @property
    def recon(self) -> SupportsFloat: ...

    @property
    def kl(self) -> SupportsFloat: ...


@dataclass(frozen=True)
class Allowance:
    """What the objective charges no beta for, in nats an image, of all latent dimensions together.

    Parameters
    ----------
    free_nats : float
        Cost nothing, shared equally among the dimensions: `Objective.free_nats`, times their number.
    capacity : float, optional
        That the KL is drawn to, from above and below: `Objective.capacity`, times the number of dimensions.
    """

    free_nats: float = 0.0
    capacity: float | None = None


class BetaSchedule:
    """How beta moves in one run. The base class holds it still.

    A schedule is one module with one subclass, named in `explorer.schedules._CLASSES`. What it doesn't say of
    itself is as here.

    Parameters
    ----------
    beta : float
        As in the settings. Attribute `base` is the same until a person changes beta in flight: schedules multiply it.
    total_steps : int
        Length of the run.
    steps : int
        Over which it rises, or that a cycle takes; 0 for its own default.
    target_nats : float
        Nats an image that it aims at, or leaves free.
    latent_dim : int
    """

    key: ClassVar[str]
    """What settings, forms and the command line call it."""
    help: ClassVar[str]
    """A sentence on what it does."""
    source: ClassVar[str] = ""
    """The paper it is from, and where in it."""
    targeted: ClassVar[bool] = False
    """Whether `target_nats` matters."""
    foreseeable: ClassVar[bool] = True
    """Whether it goes by the step alone, and can be drawn before the run."""
    allows_zero: ClassVar[bool] = True
    """Whether beta may be 0."""
    remembered: ClassVar[tuple[str, ...]] = ()
    """Attributes (numbers) that change as it listens: all that has to be kept for a run to go on where it was."""

    def __init__(
        self, beta: float, total_steps: int, *, steps: int = 0, target_nats: float = 200.0, latent_dim: int = 128
    ) -> None:
        self.start = self.base = beta
        self.total_steps, self.steps = total_steps, steps
        self.target_nats, self.latent_dim = target_nats, latent_dim

    def beta(self, step: int) -> float:
        """Beta of a step, 0-based."""
        return self.base

    def allowance(self, step: int) -> Allowance:
        """What a step, 0-based, is not charged for."""
        return Allowance()

    def after(self, terms: Terms) -> None:
        """Listen to what the step just taken came to."""

    @property
    def state(self) -> dict[str, Any]:
        """JSON-ready; `restore` is its inverse."""
        return {name: getattr(self, name) for name in self.remembered}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where the schedule with this `state` was; what it lacks stays as it is at the start of a run."""
        for name in self.remembered:
            value: Any = state.get(name)
            if type(value) in (int, float) and abs(value) < LARGEST:
                setattr(self, name, value)


def warmup(step: int, warmup_steps: int) -> float:
    """Linear rise from 1 / warmup_steps at step 0 to 1 at step warmup_steps - 1, and 1 from there on."""
    return min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0


def half_cosine(progress: float) -> float:
    """From 1 at progress 0 to 0 at progress 1: Loshchilov and Hutter 2017, "SGDR", eq. 5."""
    return 0.5 * (1.0 + math.cos(math.pi * progress))
