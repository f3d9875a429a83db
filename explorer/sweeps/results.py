"""What a sweep's trials have come to, and which of them compare."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from explorer import units
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run, Status
from explorer.runs.rows import Full, FullLoss
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
    whole : bool
        Whether it was measured on the whole validation split.
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
    whole: bool = True

    @property
    def ranked(self) -> bool:
        """Whether its total stands beside others': it has taken its steps, and was measured."""
        return self.status.state == "finished" and self.total is not None

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


class Best(NamedTuple):
    """The lowest total among trials that compare.

    Parameters
    ----------
    trial : Result
    doubt : str
        Why it may be lower by chance; "" if seeds differ by less than it is ahead of the next.
    """

    trial: Result
    doubt: str


def cut_off(status: Status) -> bool:
    """Whether a trial's process is gone without having said why: killed, or before its first word."""
    return status.state == "failed" and (status.lost or not status.pid)


def result(plan: Plan, number: int, run: Run) -> Result:
    """How a trial is doing; ExplorerError if its settings or its log can't be read."""
    config, summary, status = run.config, run.summary(), run.status()
    values, objective = plan.values_of(config), objective_of(config)
    if loss := summary.validation_loss:
        return Result(
            number, run, values, status, loss.loss, None, None, loss.step, objective, isinstance(loss, FullLoss)
        )
    measured = summary.validation_error
    if measured is None:
        return Result(number, run, values, status, objective=objective)
    nats = units.nats_per_image(measured.kl, config.latent_dim)
    total, mse = _number(measured.total), _number(measured.recon)
    whole = isinstance(measured, Full)
    return Result(number, run, values, status, total, _number(nats), mse, measured.step, objective, whole)


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


def apart(found: Sequence[Result]) -> dict[str, list[Value]]:
    """Settings by which totals of these trials don't compare, each with its values; none if all totals do."""
    columns = zip(OF_THE_OBJECTIVE, zip(*(each.objective for each in found), strict=True), strict=False)
    several = ((name, list(dict.fromkeys(values))) for name, values in columns)
    return {name: values for name, values in several if len(values) > 1}


def best(found: Iterable[Result]) -> list[Best]:
    """Of each objective the lowest total among trials that took all of their steps, by numbers; none of one alone."""
    alike: dict[tuple[Value, ...], list[Result]] = {}
    for each in found:
        if each.ranked:
            alike.setdefault(each.objective, []).append(each)
    lowest = [_best(trials) for trials in alike.values() if len(trials) > 1]
    return sorted(lowest, key=lambda each: each.trial.number)


def _best(trials: Sequence[Result]) -> Best:
    """Of two trials or more that compare: held against the lowest total at another point, and how far seeds differ."""
    totals: dict[tuple[Value, ...], list[float]] = {}
    for each in trials:
        totals.setdefault(each.point, []).append(_total(each))
    first = min(trials, key=_total)
    if len(totals) == 1:
        return Best(first, "only seeds differ")
    following = min((point for point in totals if point != first.point), key=lambda point: min(totals[point]))
    spreads = [statistics.stdev(each) for each in (totals[first.point], totals[following]) if len(each) > 1]
    if not spreads:
        return Best(first, "one seed each, it may be chance")
    ahead = min(totals[following]) - _total(first)
    return Best(first, "ahead by no more than seeds differ" if ahead <= max(spreads) else "")


def _total(each: Result) -> float:
    return math.inf if each.total is None else each.total


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
