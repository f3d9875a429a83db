"""What a sweep's trials have come to, and which of them compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from explorer import units
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run, Status
from explorer.sweeps.axes import Value
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import OF_THE_OBJECTIVE, Plan


@dataclass(frozen=True)
class Result:
    """How one trial is doing.

    Parameters
    ----------
    number : int
    run : Run
    values : mapping
        What varies, as its settings have it.
    status : Status
    total : float or None
        Its validation total, on the whole split if that was measured; of a prior its loss.
    nats, mse : float or None
        Rate, nats an image, and mean squared error a pixel value, at the same measurement.
    step : int or None
        Of that measurement.
    objective : tuple
        The settings by which a total means what it does: those of two trials compare if it is the same.
    """

    number: int
    run: Run
    values: Mapping[str, Value]
    status: Status
    total: float | None = None
    nats: float | None = None
    mse: float | None = None
    step: int | None = None
    objective: tuple[Value, ...] = field(default=(), repr=False)

    @property
    def over(self) -> bool:
        """Whether nothing is left to do of it: it has taken its steps, was stopped early, or failed for a reason."""
        status = self.status
        return (
            status.state == "finished"
            or bool(status.stopped_early)
            or (status.state == "failed" and not cut_off(status))
        )

    @property
    def point(self) -> tuple[Value, ...]:
        """What varies but for the seed: trials that have it in common are repetitions."""
        return tuple(value for name, value in self.values.items() if name != "seed")


def cut_off(status: Status) -> bool:
    """Whether a trial's process is gone without having said why: killed, or before its first word."""
    return status.state == "failed" and (status.lost or not status.pid)


def result(plan: Plan, number: int, run: Run) -> Result:
    """How a trial is doing; ExplorerError if its settings or its log can't be read."""
    config, summary, status = run.config, run.summary(), run.status()
    values, objective = plan.values_of(config), objective_of(config)
    if loss := summary.validation_loss:
        return Result(number, run, values, status, loss.loss, None, None, loss.step, objective)
    measured = summary.validation_error
    if measured is None:
        return Result(number, run, values, status, objective=objective)
    nats = units.nats_per_image(measured.kl, config.latent_dim)
    total, mse = _number(measured.total), _number(measured.recon)
    return Result(number, run, values, status, total, _number(nats), mse, measured.step, objective)


def results(sweep: Sweep) -> tuple[list[Result], list[ExplorerError]]:
    """How all trials are doing, by their numbers, and what is wrong with those that can't be read."""
    found, wrong, plan = [], [], sweep.plan
    for number, run in sweep.trials().items():
        try:
            found.append(result(plan, number, run))
        except ExplorerError as e:
            wrong.append(ExplorerError(f"trial {number}: {e.what}", e.advice))
    return found, wrong


def objective_of(config: TrainConfig) -> tuple[Value, ...]:
    """What makes totals comparable."""
    return tuple(getattr(config, name) for name in OF_THE_OBJECTIVE)


def best(found: Iterable[Result]) -> list[Result]:
    """Of each objective the trial with the lowest total among those that took all of their steps, by numbers."""
    lowest: dict[tuple[Value, ...], Result] = {}
    for each in found:
        if each.status.state == "finished" and each.total is not None:
            known = lowest.get(each.objective)
            if known is None or known.total is None or each.total < known.total:
                lowest[each.objective] = each
    return sorted(lowest.values(), key=lambda each: each.number)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
