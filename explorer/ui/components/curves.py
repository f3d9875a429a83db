"""Curves over the steps of a run, as they grow: panels with their own scales and one shared horizontal axis.

`st.echarts_chart` keeps its node when data arrives, but passes each new chart to ECharts with `notMerge`, which forgets
the zoom; `st.plotly_chart` makes a new node. So the curves are drawn by a component of our own, curves.js.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeVar

import streamlit as st

from explorer import palette, runs
from explorer.config import TrainConfig
from explorer.data.imageset import SUBSET
from explorer.nets import FAMILIES
from explorer.priors import PRIORS
from explorer.runs import Run
from explorer.runs.metrics import Metrics
from explorer.runs.rows import (
    AtBeta,
    Best,
    Change,
    Full,
    FullLoss,
    Loss,
    Measured,
    Resumed,
    Row,
    Setting,
    Subset,
    SubsetLoss,
    Train,
    TrainLoss,
)
from explorer.ui.components import live, register, terms
from explorer.units import beta_text

MOST_POINTS = 1500  # points of a line that are sent to the browser; a chart is a few hundred pixels wide
GENERATIONS = 8  # parents, grandparents and so on whose measurements stand in a branch's charts, at most
COLUMNS = (
    "step", "recon", "kl", "total", "beta", "learning_rate", "grad_norm", "active_units", "relative", "perplexity",
    "codes_used", "commitment", "loss",
)  # fmt: skip
OF_KL = terms.templates(kl=None, nat=None)  # of a panel whose title is "KL" and whose unit begins with "nats"
# Kinds of rows that the charts of a branch show of its ancestors: those that make lines; `Full` ones are points.
_OF_ANCESTORS: tuple[type[Measured | Loss], ...] = (Train, Subset, TrainLoss, SubsetLoss)

_component = register("curves")

AnyMeasured = TypeVar("AnyMeasured", bound=Measured | Loss)
Table = dict[str, list[float | None]]  # columns of equal length, "step" among them


@dataclass(frozen=True)
class Line:
    """One column of a table as a line.

    Parameters
    ----------
    table, column : str
    label : str
        What the legend says.
    colour : str
    style : str
        "pale" and thin, "solid", dotted with "points", "dashed".
    axis : str
        "left" or "right".
    second : dict, optional
        {"factor": f, "unit": u}: the legend says the number in this unit too.
    ancestral : bool
        Of the run's ancestors: drawn paler, and not in the legend, which tells the run's own numbers.
    """

    table: str
    column: str
    label: str
    colour: str
    style: Literal["pale", "solid", "points", "dashed"] = "solid"
    axis: Literal["left", "right"] = "left"
    second: dict[str, Any] | None = None
    ancestral: bool = False


@dataclass(frozen=True)
class Panel:
    """A chart of lines, sent to the browser as it is.

    Parameters
    ----------
    key : str
        What no other panel is called.
    title, unit : str
        Stand above it.
    colour : str
        Of the title, "#RRGGBB".
    lines : sequence of Line
    log : bool
        Whether the vertical scale is logarithmic, where all that is seen is above 0.
    fromZero : bool
        Whether linear vertical scales start at 0.
    labelsMarks : bool
        Whether marks have their words here; in other panels they are lines only.
    terms : dict, optional
        As of `terms.templates`, for a title and a unit that are words of the glossary: `OF_KL`.
    """

    key: str
    title: str
    unit: str
    colour: str
    lines: Sequence[Line]
    log: bool = False
    fromZero: bool = False  # noqa: N815 - the component's own name
    labelsMarks: bool = False  # noqa: N815
    terms: dict[str, dict[str, str]] | None = None


@dataclass(frozen=True)
class Mark:
    """A vertical line at a step, sent to the browser as it is: words beside it, and its colour, "#RRGGBB"."""

    step: int
    label: str
    colour: str


def thin(rows: Sequence[AnyMeasured], most: int = MOST_POINTS) -> list[AnyMeasured]:
    """At most `most` rows in order, first and last among them, that keep the line's outline.

    Of each stretch stay the rows where the total, or a prior's loss, is least and greatest, so no spike is lost; and
    rather than these any where it is no number (NaN).
    """
    if len(rows) <= most:
        return list(rows)
    inner = rows[1:-1]
    stretches = (most - 2) // 2
    kept = [rows[0]]
    for i in range(stretches):
        start, stop = i * len(inner) // stretches, (i + 1) * len(inner) // stretches
        stretch = range(start, stop)
        heights = {j: _height(inner[j]) for j in stretch}
        broken = [j for j in stretch if math.isnan(heights[j])]
        ends = broken[:2] or [min(stretch, key=heights.__getitem__), max(stretch, key=heights.__getitem__)]
        kept += [inner[j] for j in sorted(set(ends))]
    return [*kept, rows[-1]]


def _height(row: Measured | Loss) -> float:
    return row.loss if isinstance(row, Loss) else row.total


def table(rows: Sequence[Measured | Loss]) -> Table:
    """Thinned rows as columns of numbers with six digits: of three, legends would round what was rounded."""
    rows = thin(rows)
    return {name: [_six_digits(getattr(row, name, None)) for row in rows] for name in COLUMNS}


def tables(metrics: Metrics) -> dict[str, Table]:
    """Columns for each kind of measurement: "train", "subset", "full"; of a conditional net "at 0.001" and so on; of a
    prior those of its loss."""
    of: dict[str, Sequence[Measured | Loss]] = {kind.kind: metrics.of(kind) for kind in (Train, Subset, Full)}
    if metrics.of(Loss):
        of |= {kind.kind: metrics.of(kind) for kind in (TrainLoss, SubsetLoss, FullLoss)}
    for beta in sorted({row.beta for row in metrics.at}):
        of[_at(beta)] = [row for row in metrics.at if row.beta == beta]
    return {name: table(kept) for name, kept in of.items()}


def _at(beta: float) -> str:
    return f"at {beta_text(beta)}"


def row_json(row: Row) -> dict[str, Any]:
    """A row as it is pushed: the table that it belongs to, its step, and what else it says of `COLUMNS`; or nothing."""
    if not isinstance(row, (Measured, Loss)) or isinstance(row, Best):  # which repeats one that is drawn
        return {}
    values = {name: _six_digits(getattr(row, name, None)) for name in COLUMNS}
    said = {name: value for name, value in values.items() if value is not None}
    return {**said, "table": _at(row.beta) if isinstance(row, AtBeta) else row.kind, "step": row.step}


def begun(metrics: Metrics) -> int:
    """How often the log was begun anew from a checkpoint: rows that came later are gone then."""
    return len(metrics.of(Resumed))


def marks(changes: Sequence[Change]) -> list[Mark]:
    """Where beta or the learning rate were changed in flight; one mark a step."""
    names = {"beta": ("beta", palette.BETA), "learning_rate": ("learning rate", palette.TOTAL)}
    at: dict[int, dict[Setting, str]] = {}
    for change in changes:
        at.setdefault(change.step, {})[change.what] = f"{names[change.what][0]} {change.value:g}"
    return [Mark(step, ", ".join(what.values()), names[next(iter(what))][1]) for step, what in at.items()]


def own_marks(metrics: Metrics) -> list[dict[str, Any]]:
    """The same as they are sent."""
    return [asdict(mark) for mark in marks(metrics.changes)]


def lineage(run: Run) -> tuple[Metrics, list[Mark]]:
    """Rows of a branch's ancestors up to where the next one branched off, and a mark at each branching.

    A run keeps its own steps, which start at 0, wherever they are named; so its ancestors' are 0 and less, down to the
    random weights that the first one began with. Where an ancestor has been deleted, the rows end with its child's.
    """
    zero = 0  # where the run's own step 0 stands
    rows: list[Row] = []
    marks: list[Mark] = []
    while (branch := runs.branch(run)) and len(marks) < GENERATIONS:
        marks.append(Mark(zero, f"branched from {_shortened(branch.title)} at step {branch.step:,}", palette.TOTAL))
        zero -= branch.step
        if (parent := runs.find(branch.run_id)) is None:
            break
        run = parent
        before = _rows_until(run, branch.step)
        rows = [replace(row, step=row.step + zero) for row in before] + rows  # oldest first
    return Metrics(rows), marks


@lru_cache(maxsize=32)
def _rows_until(run: Run, step: int) -> list[Row]:
    """What led a run to a checkpoint: measurements, thinned, and changes in flight; none of it moves any more."""
    metrics = run.metrics()
    changes = [row for row in metrics.changes if row.step < step]
    measured = ([row for row in metrics.of(kind) if row.step <= step] for kind in _OF_ANCESTORS)
    return [*changes, *(row for of_kind in measured for row in thin(of_kind, MOST_POINTS // 3))]


def ancestor_tables(ancestors: Metrics) -> dict[str, Table]:
    """Columns of the ancestors' measurements: "ancestors-train", "ancestors-subset"."""
    return {f"ancestors-{kind.kind}": table(ancestors.of(kind)) for kind in _OF_ANCESTORS}


def panels(
    config: TrainConfig, metrics: Metrics, has_ancestors: bool = False, validation: int | None = None
) -> list[Panel]:
    """The charts that there are for a run with these settings, in the order of the page.

    `validation` is the number of images in that split, if it is known.
    """
    some = f"{min(SUBSET, validation):,} images" if validation else "some images"
    every = f"all {validation:,}" if validation else "all"
    if config.prior:
        return prior_panels(PRIORS[config.prior].unit, has_ancestors, some, every)
    if config.conditional:
        betas = sorted({row.beta for row in metrics.at})
        return conditional_panels(config.latent_dim, betas, some)
    plain = training_panels(config.latent_dim, has_ancestors, some, every)
    if config.weighs_beta:
        return plain
    of = {panel.key: panel for panel in plain}
    learning_rate = _without_beta(of["controls"])
    if FAMILIES[config.family].posterior == "point":
        return [of["recon"], learning_rate, of["gradient"], of["active"]]
    return [of["recon"], *code_panels(config.codebook_size, some, every), learning_rate, of["gradient"]]


def prior_panels(unit: str, has_ancestors: bool, some: str, every: str) -> list[Panel]:
    """Of a prior: its loss, the learning rate and the gradient."""
    plain = {panel.key: panel for panel in training_panels(0, has_ancestors, some, every)}

    def of_loss(panel: Panel) -> Panel:
        tables = {kind.removesuffix("_loss"): kind for kind in (TrainLoss.kind, SubsetLoss.kind, FullLoss.kind)}
        tables |= {f"ancestors-{name}": f"ancestors-{kind}" for name, kind in tables.items()}
        return replace(panel, lines=[replace(line, table=tables[line.table]) for line in panel.lines])

    loss = [replace(line, column="loss") for line in plain["total"].lines]
    return [
        of_loss(replace(plain["total"], key="loss", title="Loss", unit=unit, lines=loss, log=False)),
        of_loss(_without_beta(plain["controls"])),
        of_loss(plain["gradient"]),
    ]


def _without_beta(controls: Panel) -> Panel:
    """The learning rate alone."""
    lines = [replace(line, axis="left") for line in controls.lines if line.column == "learning_rate"]
    return replace(controls, title="Learning rate", unit="", colour=palette.TOTAL, lines=lines)


def code_panels(codebook_size: int, some: str, every: str) -> list[Panel]:
    """Of codes: how many are in use, and what it costs to keep to them."""
    use = [
        Line("subset", "codes_used", f"codes in use, {some}", palette.TOTAL, "dashed"),
        Line("subset", "perplexity", f"perplexity, {some}", palette.LATENT),
        Line("full", "perplexity", f"perplexity, {every}", palette.LATENT, "points"),
    ]
    loss = Line("train", "commitment", "training", palette.KL, "pale")
    return [
        Panel("codes", "Use of codes", f"of {codebook_size:,}, validation", palette.LATENT, use, fromZero=True),
        Panel("commitment", "Commitment", "weighted, squared error a pixel value, log scale", palette.KL, [loss],
              log=True),
    ]  # fmt: skip


def conditional_panels(latent_dim: int, betas: Sequence[float], some: str) -> list[Panel]:
    """Of a conditional net: reconstruction, KL and the total over the linear VAE's at some betas, a line each."""

    def lines(column: str, second: dict[str, Any] | None = None) -> list[Line]:
        return [
            Line(_at(beta), column, f"beta {beta_text(beta)}", colour, second=second)
            for beta, colour in zip(betas, palette.RUNS, strict=False)
        ]

    plain = {panel.key: panel for panel in training_panels(latent_dim, False, some, "")}
    an_image = {"factor": latent_dim, "unit": "nats an image"}
    recon, kl = (replace(plain[key], unit=f"{plain[key].unit}, validation, {some}") for key in ("recon", "kl"))
    return [
        replace(recon, lines=lines("recon")),
        replace(kl, lines=lines("kl", an_image)),
        Panel("relative", "Total over the linear VAE's", f"{some} here, its training images there; lower is better",
              palette.LINEAR, lines("relative")),
        _without_beta(plain["controls"]),
        plain["gradient"],
    ]  # fmt: skip


def training_panels(latent_dim: int, has_ancestors: bool, some: str, every: str) -> list[Panel]:
    """Reconstruction, KL, total, and beta with the learning rate, of one run and, paler, of its ancestors.

    `some` and `every` say how many validation images were measured now and then, and after epochs.
    """

    def of_ancestors(*lines: Line) -> list[Line]:
        if not has_ancestors:
            return []
        return [replace(line, table=f"ancestors-{line.table}", ancestral=True) for line in lines]

    def three(column: str, colour: str, second: dict[str, Any] | None = None) -> list[Line]:
        own = [
            Line("train", column, "training", colour, "pale", second=None),
            Line("subset", column, f"validation, {some}", colour, "solid", second=second),
            Line("full", column, f"validation, {every}", colour, "points", second=None),
        ]
        return [*of_ancestors(*own[:2]), *own]

    gradient = Line("train", "grad_norm", "training", palette.TOTAL, "pale")
    active = [
        Line("subset", "active_units", f"validation, {some}", palette.LATENT),
        Line("full", "active_units", f"validation, {every}", palette.LATENT, "points"),
    ]
    controls = [
        Line("train", "beta", "beta", palette.BETA),
        Line("train", "learning_rate", "learning rate", palette.TOTAL, "dashed", axis="right"),
    ]
    an_image = {"factor": latent_dim, "unit": "nats an image"}
    return [
        Panel(
            "recon",
            "Reconstruction",
            "mean squared error, log scale",
            palette.RECONSTRUCTION,
            three("recon", palette.RECONSTRUCTION),
            log=True,
        ),
        Panel(
            "kl",
            "KL",
            "nats a dimension",
            palette.KL,
            three("kl", palette.KL, an_image),
            fromZero=True,
            terms=OF_KL,
        ),
        Panel(
            "total",
            "Total",
            "reconstruction + beta KL, log scale",
            palette.TOTAL,
            three("total", palette.TOTAL),
            log=True,
        ),
        Panel(
            "controls",
            "Beta and learning rate",
            "beta on the left axis",
            palette.BETA,
            [*of_ancestors(*controls), *controls],
            fromZero=True,
            labelsMarks=True,
        ),
        Panel(
            "gradient",
            "Gradient",
            "norm before it is clipped, log scale",
            palette.TOTAL,
            [*of_ancestors(gradient), gradient],
            log=True,
        ),
        Panel(
            "active",
            "Active units",
            f"dimensions whose mean has a variance above 0.01 over images, of {latent_dim}",
            palette.LATENT,
            [*of_ancestors(active[0]), *active],
            fromZero=True,
        ),
    ]


@dataclass(frozen=True)
class Source:
    """A run that goes on while its curves are drawn, sent to the browser as it is.

    Parameters
    ----------
    topic : str
        Of the live line, that says its rows: `row_json`.
    rows : int
        How many of them were drawn.
    begun : int
        How often its log had been `begun` anew by then.
    tables : dict of str to str
        Which table takes the rows of which kind; a kind that is left out makes no line.
    """

    topic: str
    rows: int
    begun: int
    tables: dict[str, str]

    @classmethod
    def of(cls, run: Run, metrics: Metrics, tables: dict[str, str]) -> Source:
        return cls(f"log:{run.id}", len(metrics.rows), begun(metrics), tables)


def show(
    key: str,
    subject: str,
    panels: Sequence[Panel],
    of: dict[str, Table],
    marks: Sequence[Mark] = (),
    own_marks: Sequence[dict[str, Any]] | None = None,
    sources: Sequence[Source] = (),
) -> None:
    """Draw panels over tables, which grow while their sources do: what curves.js is sent.

    Parameters
    ----------
    key : str
        The component's on the page.
    subject : str
        Names what is shown: another one starts with the whole run in view.
    panels : sequence of Panel
    of : dict of str to Table
        All tables that the panels' lines name. A table is a dict of lists of one length, a number a row, rounded to
        six digits, None where there is none: "step", ascending, and the other `COLUMNS`, in the units of
        `explorer.runs.rows`.
    marks : sequence of Mark
    own_marks : sequence of dict, optional
        Those of the run in view, which may come to be more.
    sources : sequence of Source
        Runs that go on. When one is begun anew, the page, or the fragment that this stands in, is run again.
    """
    _component(
        key=key,
        data={
            "subject": subject,
            "panels": [asdict(panel) for panel in panels],
            "tables": of,
            "marks": [asdict(mark) for mark in marks],
            "ownMarks": own_marks,
            "sources": [asdict(source) for source in sources],
            "mostPoints": MOST_POINTS,
        },
        height="content",
    )
    with st.container(key=f"live-{key}"):  # one place for all, so that what follows keeps its own
        for source in sources:
            live.rerun_when_changed(source.topic, "begun", source.begun, key=key)


def _shortened(title: str) -> str:
    return title if len(title) <= 28 else f"{title[:27]}…"


def _six_digits(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
