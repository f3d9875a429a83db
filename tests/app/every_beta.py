"""A model of every beta, as a run leaves it."""

from __future__ import annotations

import torch

from explorer import checkpoints, runs
from explorer.config import TrainConfig
from explorer.data import shapes
from explorer.nets.conditional import ConditionalVAE
from explorer.runs import Run

LATENT = 8


def make_run(title: str = "Mine") -> Run:
    """With a checkpoint of a net that is the best linear VAE of some Shapes at every beta."""
    run = runs.create(TrainConfig(source="shapes", family="conditional_vae", latent_dim=LATENT), title)
    run.weights_path(10).parent.mkdir()
    torch.manual_seed(0)
    net = ConditionalVAE(LATENT)
    net.prepare(shapes.render(shapes.scenes(200)), beta=1e-3)
    metadata = {"family": "conditional_vae", "latent_dim": LATENT, "step": 10, "beta": 1e-3}
    checkpoints.save_weights(run.weights_path(10), net, metadata)
    return run
