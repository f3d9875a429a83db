"""Does a schedule of beta help? Trials that end at the same beta, and the figure of docs/schedules.

    python -m studies.schedules train
    python -m studies.schedules plot

`train` needs CIFAR-10 in data/ and adds trials that schedules.json lacks, about ten minutes of them on two cores.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.config import PRESETS, TrainConfig
from explorer.palette import KL, LATENT, RECONSTRUCTION, TOTAL
from studies import command, figures, trials

MEASURED = Path(__file__).with_suffix(".json")
STEPS = 300  # of 64 images
SCHEDULES = {"constant": 0, "linear": STEPS // 2, "cyclical": 0}  # to steps of the rise
SEEDS = (0, 1)
TITLES = {
    "constant": "constant",
    "linear": "linear warm-up over the first half",
    "cyclical": "four cycles",
}


def all_trials() -> dict[str, TrainConfig]:
    """By name: "SCHEDULE, seed N"; the seeds go round first, so that a part of them is a comparison too."""
    return {
        f"{schedule}, seed {seed}": PRESETS["convolutional"].with_(
            beta_schedule=schedule, beta_steps=steps, seed=seed, epochs=1, max_steps=STEPS
        )
        for seed in SEEDS
        for schedule, steps in SCHEDULES.items()
    }


def plot() -> None:
    """Where each trial ended in the plane of rate and distortion, with the line of equal totals through the best."""
    import plotly.graph_objects as go

    settings = PRESETS["convolutional"].settings
    rows, figure = trials.read(MEASURED), go.Figure()
    for (schedule, title), colour in zip(TITLES.items(), (TOTAL, KL, LATENT), strict=True):
        found = [row["validation"] for row in rows if row["name"].startswith(f"{schedule}, ")]
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


if __name__ == "__main__":
    command.run(__doc__, lambda _: trials.train(all_trials(), MEASURED), plot)
