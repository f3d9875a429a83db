"""The models that Blur shows to somebody who hasn't chosen any."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer import models
from explorer.models import Model
from explorer.nets import FAMILIES

MOST = 6  # models beside the original
BETAS = ("cifar10-beta-1e-3", "cifar10-beta-1e-2", "cifar10-beta-1e-1")  # with one of each other family
_FREE = "cifar10-beta-0"  # pays for no nat: shown if no shipped model's latent is a point


def default_ids(known: Sequence[Model]) -> list[str]:
    """Three betas, and of each family with another latent the shipped model whose rate is closest to `models.DEFAULT`.

    Ids, at most `MOST`, all of models that learnt from the same images: first those whose latent is a point, last those
    with maps or codes; what isn't among `known` is left out.
    """
    by_id = {model.id: model for model in known}
    default_rate = _rate(by_id[models.DEFAULT]) if models.DEFAULT in by_id else None
    closest: dict[str, Model] = {}
    alike = models.measured_alike([model for model in known if model.shipped and not model.imported])
    for model in sorted(alike, key=lambda model: _distance(_rate(model), default_rate)):
        if not FAMILIES[model.family].flat:
            closest.setdefault(model.family, model)
    points = [closest.pop(family).id for family in sorted(closest) if FAMILIES[family].posterior == "point"]
    ids = [*(points or [_FREE]), *BETAS, *(closest[family].id for family in sorted(closest))]
    return [i for i in ids if i in by_id][:MOST]


def _rate(model: Model) -> float | None:
    """Nats an image, as its card has it."""
    return model.card.get("blur", {}).get("nats")


def _distance(rate: float | None, other: float | None) -> float:
    """Between rates, on a logarithmic scale; 0 where there is none."""
    return abs(math.log(rate / other)) if rate and other else 0.0
