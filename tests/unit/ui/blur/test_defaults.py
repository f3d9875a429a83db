"""The models that Blur shows at first."""

from __future__ import annotations

from dataclasses import replace

from explorer import models
from explorer.models import Model
from explorer.ui.blur.defaults import BETAS, MOST, default_ids

DEFAULT = models.get(models.DEFAULT)


def model(family: str, name: str, nats: float | None, shipped: bool = True) -> Model:
    return replace(DEFAULT, id=name, family=family, shipped=shipped, card={"blur": {"nats": nats}})


def betas() -> list[Model]:
    return [model("residual_vae", name, 100.0) for name in BETAS]


def test_of_each_family_with_another_latent_the_closest_in_rate():
    known = [
        *betas(),
        model("vq_vae", "far", 1000.0),
        model("vq_vae", "near", 120.0),
        model("vq_vae", "mine", 100.0, shipped=False),
        model("spatial_vae", "maps", 10.0),
        model("autoencoder", "point", None),
        model("linear_vae", "flat", 100.0),
    ]
    assert default_ids(known) == ["point", *BETAS, "maps", "near"]
    assert default_ids(known[::-1]) == default_ids(known)


def test_a_free_beta_stands_in_for_a_point_and_what_is_missing_is_left_out():
    free = model("residual_vae", "cifar10-beta-0", 3000.0)
    assert default_ids([*betas(), free]) == [free.id, *BETAS]
    assert default_ids([model("vq_vae", "only", 5.0)]) == ["only"]
    assert default_ids([]) == []


def test_all_that_are_shipped_by_default_fit():
    ids = default_ids(models.shipped())
    assert models.DEFAULT in ids
    assert len(ids) == len(set(ids)) <= MOST
