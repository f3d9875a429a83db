"""What a sweep is to do: settings that all of its trials share, those that vary, and who chooses among them."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer import runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.nets import FAMILIES, OPTIONS
from explorer.records import Record
from explorer.sweeps.axes import Axis, Value, described

GRID = "grid"
SAMPLERS = (GRID, "tpe", "random")  # a grid takes every point; the others are Optuna's
MOST_TRIALS = 1000
TITLE_LENGTH = 80

# Settings by which a validation total means something else: totals compare where all of these are the same.
OF_THE_OBJECTIVE = (
    "source", "data_path", "prior", "prior_of", "likelihood", "latent_dim", "commitment", "beta", "beta_schedule",
    "beta_steps", "target_nats",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A sweep as it was asked for.

    Parameters
    ----------
    settings : TrainConfig
        What trials have where nothing varies.
    axes : tuple of Axis
    title : str
    sampler : str
        One of `SAMPLERS`.
    trials : int
        How many a sampler may ask for; 0 of a grid, which has as many as it has points.
    prune : bool
        Whether trials that are worse than the median are stopped early: `explorer.sweeps.choosing`.

    Raises
    ------
    ExplorerError
        If these can't be together, or a point of the grid is no valid `TrainConfig`.
    """

    settings: TrainConfig
    axes: tuple[Axis, ...]
    title: str
    sampler: str = GRID
    trials: int = 0
    prune: bool = False

    def __post_init__(self) -> None:
        if not self.axes:
            raise ExplorerError("nothing varies in this sweep", "Give a setting several values: --beta 1e-4,1e-3.")
        names = [axis.name for axis in self.axes]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ExplorerError(f"{twice} varies twice", "Give all of its values at once.")
        if self.sampler == GRID:
            self._check_grid()
        else:
            self._check_sampled()

    def _check_grid(self) -> None:
        if ranged := next((axis for axis in self.axes if not axis.values), None):
            raise ExplorerError(
                f"{ranged.name} is a range, and a grid takes values one by one",
                "Write values with commas, or let a sampler choose: --sampler tpe --trials 20.",
            )
        if self.trials:
            raise ExplorerError("a grid has as many trials as it has points", "--trials is for a sampler: tpe, random.")
        if (count := math.prod(len(axis.values) for axis in self.axes)) > MOST_TRIALS:
            raise ExplorerError(f"this grid has {count:,} points", f"Up to {MOST_TRIALS:,}: vary less at once.")
        for values in self.points:
            self.config(values)

    def _check_sampled(self) -> None:
        if not 1 <= self.trials <= MOST_TRIALS:
            raise ExplorerError(f"a sampler is to choose {self.trials:,} trials", f"--trials 1 to {MOST_TRIALS:,}.")
        alike = [axis.name for axis in self.axes if axis.name in OF_THE_OBJECTIVE]
        if alike:
            raise ExplorerError(
                f"a sampler looks for the lowest validation total, which means something else at each {alike[0]}",
                "Vary that in a grid, and let the sampler choose among other settings.",
            )
        if any(axis.name == "seed" for axis in self.axes):
            raise ExplorerError("a sampler would choose the luckiest seed", "Give one seed, and vary other settings.")

    @property
    def count(self) -> int:
        """How many trials it has."""
        return self.trials or math.prod(len(axis.values) for axis in self.axes)

    @property
    def points(self) -> list[dict[str, Value]]:
        """What varies of each trial of a grid, by its number: the last axis moves first, seeds last of all."""
        outer = sorted(self.axes, key=lambda axis: axis.name != "seed")
        found = (
            dict(zip([axis.name for axis in outer], point, strict=True))
            for point in itertools.product(*(axis.values for axis in outer))
        )
        return [{axis.name: values[axis.name] for axis in self.axes} for values in found]

    @property
    def names(self) -> list[str]:
        """Of the settings that vary."""
        return [axis.name for axis in self.axes]

    def config(self, values: Mapping[str, Value]) -> TrainConfig:
        """A trial's settings."""
        return replace(self.settings, **values)  # type: ignore[arg-type]  # each was checked as its setting's

    def values_of(self, config: TrainConfig) -> dict[str, Value]:
        """What varies of a trial, as its settings have it."""
        return {name: getattr(config, name) for name in self.names}

    def title_of(self, number: int, values: Mapping[str, Value]) -> str:
        """What a trial's run is called: by all that varies, or, where that finds no room, by its number first."""
        name, what = self.title.partition(":")[0], described(values)
        whole = f"{name}, {what}"
        return whole if len(whole) <= TITLE_LENGTH else _shortened(f"Trial {number} of {name}: {what}")

    @property
    def idle(self) -> list[str]:
        """Settings that vary and mean nothing to any of the families: trials that differ in them alone are alike."""
        asked = next((axis.values for axis in self.axes if axis.name == "family"), (self.settings.family,))
        heeded = {option for family in asked for option in FAMILIES[str(family)].options}
        return [name for name in self.names if name in OPTIONS - heeded and not self.settings.prior]

    def to_json(self) -> dict[str, Any]:
        """As it stands in sweep.json."""
        return {
            "settings": self.settings.to_json(),
            "axes": [axis.to_json() for axis in self.axes],
            "title": self.title,
            "sampler": self.sampler,
            "trials": self.trials,
            "prune": self.prune,
        }

    @classmethod
    def from_json(cls, said: Record) -> Plan:
        """What `to_json` wrote; ExplorerError for anything else."""
        return cls(
            settings=TrainConfig.from_json(dict(said.record("settings").values)),
            axes=tuple(map(Axis.from_json, said.records("axes", 1, 50, "axis"))),
            title=said.text("title", TITLE_LENGTH),
            sampler=said.choice("sampler", SAMPLERS),
            trials=said.whole("trials", 0, MOST_TRIALS),
            prune=said.flag("prune"),
        )


def _shortened(title: str) -> str:
    """Up to `TITLE_LENGTH` characters of it, in whole words."""
    return textwrap.shorten(title, TITLE_LENGTH, placeholder=" \u2026")


def planned(
    start: TrainConfig,
    asked: Sequence[Axis],
    *,
    name: str = "",
    title: str = "",
    sampler: str = GRID,
    trials: int = 0,
    prune: bool = False,
) -> Plan:
    """A plan of what was asked: settings of one value are shared by all trials.

    Without a title it is called by a `name`, which is its family's if left out, and by what varies.
    """
    fixed: dict[str, Any] = {axis.name: axis.values[0] for axis in asked if len(axis.values) == 1}
    axes = tuple(axis for axis in asked if axis.name not in fixed)
    settings = _shared(start, fixed, axes)
    varied = ", ".join(axis.words for axis in axes)
    title = " ".join(title.split()) or f"{name or FAMILIES[settings.family].title}: {varied}"
    return Plan(settings, axes, _shortened(title), sampler, trials, prune)


def pinned(plan: Plan) -> Plan:
    """The same with the checkpoints named that its trials start from: a run that trains on would have later ones."""
    named: dict[str, Any] = {
        name: _pinned(value) for name in ("start_from", "prior_of") if (value := getattr(plan.settings, name))
    }
    axes = [
        replace(axis, values=tuple(_pinned(str(value)) for value in axis.values))
        if axis.name in ("start_from", "prior_of")
        else axis
        for axis in plan.axes
    ]
    return replace(plan, settings=replace(plan.settings, **named), axes=tuple(axes))


def _pinned(name: str) -> str:
    if "@" not in name and not runs.ID.fullmatch(name):
        return name  # a shipped model, or none
    run, step = runs.checkpoint(name)
    return f"{run.id}@{step}"


def _shared(start: TrainConfig, fixed: Mapping[str, Any], axes: Sequence[Axis]) -> TrainConfig:
    """Settings of all; where these can't be without what varies, with the first of its values."""
    try:
        return replace(start, **fixed)
    except ExplorerError:
        first: dict[str, Any] = {axis.name: axis.values[0] for axis in axes if axis.values}
        return replace(start, **fixed, **first)
