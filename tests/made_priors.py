"""Priors as runs of them leave them behind, but made in no time: of random weights, among a test's runs."""

from __future__ import annotations

from typing import Any

import torch

from explorer import checkpoints, models, priors, runs
from explorer.config import TrainConfig
from explorer.models import Model
from explorer.priors.encodings import shape_of
from explorer.runs import Base, Run, Status


def made(model: Model, key: str, classes: int = 10, **options: Any) -> Run:
    """A finished run of a prior over a model's latents, which says something else of each class."""
    net = models.load_model(model)
    torch.manual_seed(0)
    prior = priors.build(key, shape_of(net), classes, **options)
    for name, parameter in prior.named_parameters():
        if parameter.ndim > 1 or "usual" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    run = runs.create(
        TrainConfig(prior=key, prior_of=model.id),
        f"{key} made",
        base=(Base(model.id, model.title, model.step, ""), model.weights),
    )
    optimiser = torch.optim.SGD(prior.parameters(), 0.1)
    checkpoints.save_checkpoint(run.path / "checkpoints", prior, [optimiser], {"step": 1}, torch.get_rng_state())
    run.write_status(Status("finished", step=1))
    return run
