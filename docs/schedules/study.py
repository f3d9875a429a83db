"""Does a schedule of beta help? Trials that end at the same beta, and the figure of README.md.

    python docs/schedules/study.py train
    python docs/schedules/study.py plot

`train` needs CIFAR-10 in data/ and adds trials that measured.json lacks, about ten minutes of them on two cores.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from docs import figures, trials  # noqa: E402
from explorer.config import TrainConfig  # noqa: E402
from explorer.presets import PRESETS  # noqa: E402

MEASURED = HERE / "measured.json"
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
    import numpy as np
    import plotly.graph_objects as go

    from explorer.ui.palette import KL, LATENT, RECONSTRUCTION, TOTAL

    settings = PRESETS["convolutional"].settings
    rows, figure = json.loads(MEASURED.read_text()), go.Figure()
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
    figures.save({"plane": figure}, HERE)


if __name__ == "__main__":
    if sys.argv[1:] == ["train"]:
        trials.train(all_trials(), MEASURED)
    elif sys.argv[1:] == ["plot"]:
        plot()
    else:
        sys.exit(__doc__)
