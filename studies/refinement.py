"""What shipped models' totals would be if their encoders corrected their guess, step by step.

    python -m studies.refinement [MODEL...]

Prints a row for each model, of every beta one for each of some betas: totals on 1,000 validation images of CIFAR-10
with 0 to 4 steps of `explorer.nets.refinement`, one sample of z an image, whose noise is the same. Needs CIFAR-10 in
data/ (or where VAE_EXPLORER_CIFAR10 says); half a minute a row on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch

from explorer import models, nets
from explorer.data import load_image_set
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.base import Net
from explorer.nets.residual import ResidualVAE
from explorer.objective import objective
from explorer.pixels import to_float

STEPS = (0, 1, 2, 3, 4)
IMAGES, BATCH = 1_000, 125
BETAS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # of every beta


def refining(model: Model, beta: float, steps: int) -> Net:
    """A shipped net, with an encoder that takes so many steps."""
    of = models.load_model(model)
    net, given = nets.build(model.family, model.latent_dim, **of.options | {"refinements": steps}), of.state_dict()
    net.load_state_dict({name: given.get(name, own) for name, own in net.state_dict().items()})
    if isinstance(net, ResidualVAE):
        net.refine_for(beta)
    return net.eval().at(beta)


@torch.inference_mode()
def totals(model: Model, beta: float) -> Iterator[float]:
    """With each number of steps."""
    images = load_image_set("cifar10")
    x = to_float(images.images[images.some("validation", IMAGES)])
    for steps in STEPS:
        net, noise, found = refining(model, beta, steps), torch.Generator().manual_seed(0), 0.0
        for some in x.split(BATCH):
            x_hat, posterior = net(some, noise)
            found += objective(some, x_hat, posterior, beta).total.item() * len(some) / len(x)
        yield found


def main(names: list[str]) -> None:
    """Print rows."""
    print("| model | beta |", *(f"{steps} |" for steps in STEPS))
    for model in models.shipped():
        family = FAMILIES[model.family]
        if model.source != "cifar10" or "refinements" not in family.options or (names and model.id not in names):
            continue
        if models.load_model(model).options.get("likelihood") == "logistic":  # which has no such steps
            continue
        for beta in BETAS if family.conditional else (model.beta,):
            first, *rest = totals(model, beta)
            cells = " | ".join(f"{each:.5f} ({100 * (each / first - 1):+.1f} %)" for each in rest)
            print(f"| {model.title} | {beta:g} | {first:.5f} | {cells} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
