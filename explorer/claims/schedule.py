"""Does a schedule of beta help? Two schedules that end at 0.001, and constant betas to either side of their rates."""

from __future__ import annotations

from statistics import mean
from typing import Any

from explorer import palette
from explorer.analysis.measures.same_rate import at_rate
from explorer.claims.comparison import listed, more
from explorer.claims.evidence import Evidence, planned
from explorer.claims.figure import Figure, Mark, ends, rate_distortion_panel, table_of_ends
from explorer.claims.verdict import Case, Claim, Finding
from explorer.presets import PRESETS

STEPS = 300  # of each trial, each on a batch of 64 images
_CHANGES: dict[str, dict[str, Any]] = {  # each trial's name, and its changes to the preset Convolutional
    "linear": {"beta_schedule": "linear", "beta_steps": STEPS // 2},
    "cyclical": {"beta_schedule": "cyclical"},
    "constant 0.001": {},
    "constant 0.0007": {"beta": 7e-4},
    "constant 0.0014": {"beta": 1.4e-3},
}


def judge(evidence: Evidence) -> Finding:
    """Error that a schedule saves at the same rate, mean of both schedules."""
    effects, by_kind = [], dict[str, list[float]]()
    constant = evidence.of(beta_schedule="constant")
    for seed in sorted({t["seed"] for t in evidence.trials}):
        curve = [(t.nats, t.mse) for t in constant if t["seed"] == seed]
        found = []
        for kind in ("linear", "cyclical"):
            for trial in evidence.of(beta_schedule=kind, seed=seed):
                if mse := at_rate(curve, trial.nats):
                    found.append(1 - trial.mse / mse)
                    by_kind.setdefault(kind, []).append(found[-1])
        if found:
            effects.append(mean(found))
    if not effects:
        return Finding()
    names = {"linear": "a warm-up", "cyclical": "four cycles"}
    parts = listed([f"{more(-mean(v))} after {names[kind]}" for kind, v in by_kind.items()])
    return Finding(f"At the same rate the error is {parts} than with a constant beta.", cases=[Case(effects)])


def draw(evidence: Evidence) -> Figure:
    """Error over rate: where runs with a schedule ended, beside the curve of constant betas, a line a seed."""
    marks: list[Mark] = []
    for kind, name, colour, symbol in (
        ("constant", "constant", palette.TOTAL, "circle"),
        ("linear", "warm-up", palette.KL, "diamond"),
        ("cyclical", "four cycles", palette.LATENT, "star"),
    ):
        marks += ends(evidence.of(beta_schedule=kind), name, colour, symbol)
    title = "Error by rate, with schedules and without"
    return Figure(title, [rate_distortion_panel(marks)], table_of_ends(evidence.of()))


CLAIM = Claim(
    key="schedule",
    question="Does a schedule of beta help?",
    quote="We might want to put our hparam beta on a schedule",
    experiment="The notebook's layers with group norm and Muon, 300 steps of 64 images, three seeds: beta "
    "0.001 after a warm-up or in four cycles, and constant at 0.0007, 0.001 and 0.0014. The error of constant "
    "betas is read at the rate that a schedule ended with.",
    effect="Error that a schedule saves at the same rate, mean of both schedules",
    trials=planned(
        "schedule",
        {
            name: PRESETS["convolutional"].with_(epochs=1, max_steps=STEPS, **changed)
            for name, changed in _CHANGES.items()
        },
    ),
    judge=judge,
    draw=draw,
)
