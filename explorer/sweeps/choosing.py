"""Which trial comes next, and which is not worth going on with: a grid's next point, or what Optuna says.

Optuna is told all that the runs say, each time that it is asked: it keeps no record of its own that a kill could leave
out of step. What it proposes follows from the plan's seed, the trial's number and what trials have come to.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError
from explorer.runs import Run
from explorer.runs.rows import Subset, SubsetLoss
from explorer.sweeps.axes import Axis, Value
from explorer.sweeps.plan import GRID, Plan
from explorer.sweeps.results import Result

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

NOTCHES = 20  # parts of a run's way, at whose ends trials are compared
# Of MedianPruner: trials that have taken all of their steps before any is stopped, and notches that each goes on for.
STARTUP_TRIALS, WARMUP_NOTCHES = 4, 4


def needs_optuna(plan: Plan) -> bool:
    """Whether a plan asks for more than a grid."""
    return plan.sampler != GRID or plan.prune


def check_installed() -> None:
    """ExplorerError without Optuna."""
    try:
        import optuna
    except ImportError as e:
        raise ExplorerError(
            "Samplers and early stopping need Optuna, which is not installed",
            "pip install optuna, or take a plain grid.",
        ) from e
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def next_values(plan: Plan, number: int, known: Sequence[Result]) -> dict[str, Value]:
    """What varies of the trial with a number, after what is known of others.

    Raises
    ------
    ExplorerError
        If a sampler is to choose, and Optuna is not installed.
    """
    if plan.sampler == GRID:
        return plan.points[number]
    import optuna

    distributions = {axis.name: _distribution(axis) for axis in plan.axes}
    study = optuna.create_study(sampler=_sampler(plan, number))
    study.add_trials([_frozen(each, distributions) for each in known])
    return study.ask(distributions).params


def too_bad(going: Result, known: Sequence[Result]) -> str:
    """Why a trial is to be stopped early, in a sentence; "" if it isn't.

    Its best validation total so far, on the subset of validation images, is held against the median of what others with
    the same objective had at the same share of their steps (Golovin et al. 2017, "Google Vizier", section 3.2.2).

    Raises
    ------
    ExplorerError
        Without Optuna.
    """
    here = curve(going.run)
    alike = {
        each.number: each for each in known if each.objective == going.objective and each.status.state == "finished"
    }
    if len(alike) < STARTUP_TRIALS or max(here, default=0) <= WARMUP_NOTCHES:
        return ""
    import optuna

    study = optuna.create_study()
    study.add_trials([_frozen(each, {}) for each in alike.values()])
    pruner = optuna.pruners.MedianPruner(STARTUP_TRIALS, WARMUP_NOTCHES)
    if not pruner.prune(
        study, optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING, intermediate_values=here)
    ):
        return ""
    notch = max(here)
    others = [value for each in alike.values() if (value := curve(each.run).get(notch)) is not None]
    return (
        f"Stopped early at {100 * notch // NOTCHES} % of its steps: its lowest validation total, "
        f"{min(here.values()):.4g}, is above {statistics.median(others):.4g}, the median of {len(others)} trials there."
    )


def curve(run: Run) -> dict[int, float]:
    """Validation total, or a prior's loss, on the subset of validation images at the end of each notch so far."""
    metrics, total = run.metrics(), run.status().total_steps
    rows: Sequence[tuple[int, float]]
    rows = [(row.step, row.total) for row in metrics.of(Subset)] or [(r.step, r.loss) for r in metrics.of(SubsetLoss)]
    found: dict[int, float] = {}
    if not rows or not total:
        return found
    for notch in range(1, NOTCHES + 1):
        end = notch * total / NOTCHES
        if end > rows[-1][0] and notch > 1:
            break
        before = [value for step, value in rows if step <= end]
        if before and before[-1] == before[-1]:
            found[notch] = before[-1]
    return found


def _frozen(each: Result, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """A trial as Optuna has it."""
    import optuna
    from optuna.trial import TrialState

    state, total = TrialState.RUNNING, None
    if each.status.state == "finished" and each.total is not None:
        state, total = TrialState.COMPLETE, each.total
    elif each.status.stopped_early:
        state = TrialState.PRUNED
    elif each.over:
        state = TrialState.FAIL
    return optuna.trial.create_trial(
        state=state,
        value=total,
        params={name: each.values[name] for name in distributions},
        distributions=dict(distributions),
        intermediate_values=curve(each.run),
    )


def _sampler(plan: Plan, number: int) -> BaseSampler:
    from optuna import samplers

    seed = (plan.settings.seed * 1_000_003 + number) % 2**32
    if plan.sampler == "random":
        return samplers.RandomSampler(seed)
    return samplers.TPESampler(seed=seed, constant_liar=True)  # others of the cluster are at theirs meanwhile


def _distribution(axis: Axis) -> BaseDistribution:
    from optuna import distributions

    if axis.low is None or axis.high is None:
        return distributions.CategoricalDistribution(axis.values)
    if axis.whole:
        return distributions.IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return distributions.FloatDistribution(axis.low, axis.high, log=axis.log)
