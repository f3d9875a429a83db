"""The shipped conditional model beside separately trained ones and the linear VAE, on the whole test split.

    python -m tests.benchmarks.rate_distortion

Needs CIFAR-10 in data/. At each beta: mean squared error, nats an image and total, of the conditional model, of the
shipped model that was trained at that beta alone, with the same trunk and optimiser, and of the best linear VAE, whose
components are those of the training images. One sample of z an image, the same noise for all. Models whose encoder
corrects its guess, and those that learn their decoder's spread, aren't of the same trunk.
"""

from __future__ import annotations

import json
import os
import platform
from typing import Any

import torch

from explorer import models, units
from explorer.analysis.evaluation import evaluate_split
from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.models import Model
from explorer.nets.base import Net
from explorer.nets.linear import LinearVAE

COMPARED = ("conditional_vae", "linear_vae", "residual_vae")
BETAS = (1e-4, 4.5e-4, 1e-3, 1e-2, 3e-2, 1e-1)


def measure(net: Net, images: ImageSet, beta: float, latent_dim: int) -> dict[str, float]:
    found = evaluate_split(net, images, "test", beta)
    nats = units.nats_per_image(found["kl"], latent_dim)
    return {"recon": round(found["recon"], 6), "nats": round(nats, 2), "total": round(found["total"], 6)}


def is_plain(net: Net) -> bool:
    """Whether it is a net of one beta as the conditional one is of all."""
    plain = net.options.get("likelihood") == "gaussian" and not net.options.get("refinements")
    return net.family.key == "residual_vae" and plain


def only(of: list[Model]) -> Model:
    (model,) = of
    return model


def main() -> None:
    images = load_image_set("cifar10", "data")
    shipped = [model for model in models.shipped() if model.source == images.source]
    conditional = only([model for model in shipped if model.conditional])
    linear = only([model for model in shipped if model.family == "linear_vae"])
    nets = {model.id: models.load_model(model) for model in shipped if model.family in COMPARED}
    optimum = nets[linear.id]
    assert isinstance(optimum, LinearVAE)
    rows: dict[str, Any] = {}
    for beta in BETAS:
        separate = only([m for m in shipped if m.beta == beta and m.id in nets and is_plain(nets[m.id])])
        optimum.beta.fill_(beta)
        row: dict[str, Any] = {
            "conditional": measure(nets[conditional.id].at(beta), images, beta, conditional.latent_dim),
            "separate": measure(nets[separate.id], images, beta, separate.latent_dim),
            "linear": measure(optimum, images, beta, linear.latent_dim),
        }
        row["separate"]["steps"] = separate.step
        for other in ("separate", "linear"):
            row[f"vs_{other}"] = round(row["conditional"]["total"] / row[other]["total"], 4)
        rows[f"{beta:g}"] = row
        print(json.dumps({f"{beta:g}": row}), flush=True)
    result = {
        "benchmark": "rate_distortion",
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "images": {"digest": images.digest[:12], "test": len(images.indices("test"))},
        "conditional_steps": conditional.step,
        "betas": rows,
        "worst_vs_separate": max(row["vs_separate"] for row in rows.values()),
        "worst_vs_linear": max(row["vs_linear"] for row in rows.values()),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
