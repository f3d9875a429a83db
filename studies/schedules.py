"""Does a schedule of beta help? Trials that end at the same beta, and the figure of docs/schedules.

    python -m studies.schedules train
    python -m studies.schedules plot

`train` needs CIFAR-10 in data/ and adds trials that schedules.json lacks, about ten minutes of them on two cores.
They are the claim's: the app's page Claims reads them too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from explorer.claims import CLAIMS
from explorer.config import TrainConfig
from explorer.palette import KL, LATENT, RECONSTRUCTION, TOTAL
from explorer.presets import PRESETS
from studies import command, figures, trials

MEASURED = Path(__file__).with_suffix(".json")
SEEDS = (0, 1)
TITLES = {
    "constant": "constant",
    "linear": "linear warm-up over the first half",
    "cyclical": "four cycles",
}


def all_trials() -> dict[str, TrainConfig]:
    """By name: those of the claim that end at its preset's beta, with two of its seeds."""
    beta = PRESETS["convolutional"].settings.beta
    found = CLAIMS["schedule"].trials.items()
    return {name: config for name, config in found if config.beta == beta and config.seed in SEEDS}


def plot() -> None:
    """Where each trial ended in the plane of rate and distortion, with the line of equal totals through the best."""
    import plotly.graph_objects as go

    settings = PRESETS["convolutional"].settings
    rows, figure = trials.read(MEASURED), go.Figure()
    for (schedule, title), colour in zip(TITLES.items(), (TOTAL, KL, LATENT), strict=True):
        found = [row["validation"] for row in rows if _schedule(row) == schedule]
        figure.add_scatter(
            x=[end["kl"] * settings.latent_dim for end in found],
            y=[end["recon"] for end in found],
            name=title,
            mode="markers",
            marker={"size": 13, "color": colour},
        )
    nats = np.array([row["validation"]["kl"] * settings.latent_dim for row in rows])
    best = min(row["validation"]["total"] for row in rows)
    ends = np.array([nats.min(), nats.max()])
    figure.add_scatter(
        x=ends,
        y=best - settings.beta * ends / settings.latent_dim,
        name=f"total {best:.5f}",
        mode="lines",
        line={"color": RECONSTRUCTION, "dash": "dot"},
    )
    figure.update_xaxes(title="rate, nats an image")
    figure.update_yaxes(title="distortion, MSE")
    figures.save({"plane": figure}, figures.DOCS / "schedules")


def _schedule(row: dict[str, Any]) -> str:
    return row["settings"].get("beta_schedule", TrainConfig.beta_schedule)


if __name__ == "__main__":
    command.run(__doc__, lambda _: trials.train(all_trials(), MEASURED), plot)
