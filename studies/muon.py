"""Muon on a VAE: trials beside AdamW, and the figure of docs/muon.

    python -m studies.muon train
    python -m studies.muon plot

`train` needs CIFAR-10 in data/ and adds trials that muon.json lacks, about fifteen minutes of them on two cores.
"""

from __future__ import annotations

from pathlib import Path

from explorer.config import TrainConfig
from explorer.palette import KL, RECONSTRUCTION
from explorer.presets import PRESETS
from studies import command, figures, trials

MEASURED = Path(__file__).with_suffix(".json")
STEPS, RESIDUAL_STEPS = 300, 150
ADAMW_RATES, MUON_RATES = (5e-4, 1e-3, 2e-3, 4e-3), (7.5e-3, 1.5e-2, 3e-2)
REPEATED = {"adamw": (1e-3, 2e-3), "muon": (1.5e-2,)}  # with other seeds
RESIDUAL_ADAMW_RATES = (1e-4, 1e-3)
SEEDS = (1,)


def conv(optimiser: str, rate: float, seed: int = 0) -> TrainConfig:
    rates = {"learning_rate": rate} if optimiser == "adamw" else {"muon_learning_rate": rate}
    changes = {"optimiser": optimiser, "seed": seed, "epochs": 1, "max_steps": STEPS} | rates
    return PRESETS["convolutional"].with_(**changes)


def residual(optimiser: str, rate: float, seed: int = 0) -> TrainConfig:
    rates = {"learning_rate": rate} if optimiser == "adamw" else {"muon_learning_rate": rate}
    return PRESETS["quick"].with_(**({"optimiser": optimiser, "seed": seed, "max_steps": RESIDUAL_STEPS} | rates))


def all_trials() -> dict[str, TrainConfig]:
    """By name: "NET, OPTIMISER RATE, seed N"."""
    found = {}
    for optimiser, rates in (("adamw", ADAMW_RATES), ("muon", MUON_RATES)):
        for rate in rates:
            for seed in (0, *(SEEDS if rate in REPEATED[optimiser] else ())):
                found[f"convolutional, {optimiser} {rate:g}, seed {seed}"] = conv(optimiser, rate, seed)
    for rate in RESIDUAL_ADAMW_RATES:
        found[f"residual, adamw {rate:g}, seed 0"] = residual("adamw", rate)
    for seed in (0, *SEEDS):
        rate = PRESETS["quick"].settings.muon_learning_rate
        found[f"residual, muon {rate:g}, seed {seed}"] = residual("muon", rate, seed)
    return found


def plot() -> None:
    """Totals on the validation subset over steps, a line a trial of the convolutional net with seed 0."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for row in trials.read(MEASURED):
        net, optimiser, *_ = row["name"].split(", ")
        if net != "convolutional" or not row["name"].endswith("seed 0"):
            continue
        muon = optimiser.startswith("muon")
        rate = optimiser.split()[1]
        dash = ["solid", "dash", "dot", "dashdot"][
            [f"{r:g}" for r in (MUON_RATES if muon else ADAMW_RATES)].index(rate)
        ]
        figure.add_scatter(
            x=[step for step, _ in row["subset"]],
            y=[total for _, total in row["subset"]],
            name=f"{'Muon' if muon else 'AdamW'} {rate}",
            mode="lines",
            line={"color": KL if muon else RECONSTRUCTION, "dash": dash, "width": 2},
        )
    figure.update_xaxes(title="step, 64 images each")
    figure.update_yaxes(title="total, 128 validation images", type="log")
    figures.save({"convolutional": figure}, figures.DOCS / "muon")


if __name__ == "__main__":
    command.run(__doc__, lambda _: trials.train(all_trials(), MEASURED), plot)
