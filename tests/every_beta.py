"""Models of every beta, and of one, as a run leaves them, without training."""

from __future__ import annotations

from functools import cache

import torch

from explorer import checkpoints, nets, runs
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.nets.base import Net
from explorer.nets.conditional import ConditionalVAE
from explorer.runs import Run, Status
from explorer.runs.rows import AtBeta, Full
from tests.rows import measured

LATENT = 8
STEP = 10


@cache
def prepared() -> ConditionalVAE:
    """The best linear VAE of some shapes at every beta: what such a net is before its first step."""
    torch.manual_seed(0)
    net = nets.build("conditional_vae", LATENT)
    assert isinstance(net, ConditionalVAE)
    net.prepare(load_image_set("shapes").images[:200], 1e-3)
    return net


def make_run(title: str = "Mine", source: str = "shapes") -> Run:
    """A run with such a net as its checkpoint, measured at two more betas."""
    run = make_single_run(title, beta=1e-3, family="conditional_vae", net=prepared(), source=source)
    run.append_metrics(measured(Full, STEP, 0.03, kl=3.0))
    run.append_metrics(measured(AtBeta, STEP, 0.05, kl=0.25, beta=0.1))
    return run


def make_single_run(
    title: str, beta: float, family: str = "conv_vae", net: Net | None = None, source: str = "shapes"
) -> Run:
    """A run that was measured (MSE 0.02, 2 nats a dimension), with a checkpoint: of an untrained net if of no other."""
    run = runs.create(TrainConfig(family=family, source=source, latent_dim=LATENT, beta=beta), title)
    if net is None:
        torch.manual_seed(0)
        net = nets.build(family, LATENT)
    metadata = {"family": family, "latent_dim": LATENT, "step": STEP, "beta": beta}
    weights = run.weights_path(STEP)
    weights.parent.mkdir(parents=True)
    checkpoints.save_weights(weights, net, metadata)
    run.append_metrics(measured(Full, STEP, 0.02, kl=2.0, beta=beta))
    run.write_status(Status("finished", step=STEP, total_steps=STEP))
    return run
