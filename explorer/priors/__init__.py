"""Priors over latents: a file and a line in `_FILES` each. Nothing here imports torch until a prior is built.

A model's decoder paints what lies where images lie. A prior says where that is, so that there is something to paint
without an image: one that the model is trained with, or one that is fitted to what its encoder made of many images.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import declared
from explorer.nets.family import Family
from explorer.priors.record import Latents, LatentShape, PriorRecord, latents_of

if TYPE_CHECKING:
    from explorer.priors.base import Prior

__all__ = ["PRIORS", "LatentShape", "Latents", "PriorRecord", "build", "fitting", "from_settings", "latents_of"]

_FILES = (  # in the order in which pages show them
    "normal",
    "uniform",
    "frequency",
    "mixture",
    "resampling",
    "two_stage",
    "flow",
    "autoregressive",
)
_RECORDS = {file: declared.read(Path(__file__).with_name(f"{file}.py"), "PRIOR", PriorRecord) for file in _FILES}
PRIORS = {record.key: record for record in _RECORDS.values()}


def fitting(family: Family) -> list[PriorRecord]:
    """Those that a model of a family can have."""
    return [record for record in PRIORS.values() if latents_of(family) in record.latents]


def build(key: str, shape: LatentShape, classes: int = 0, **options: Any) -> Prior:
    """A prior that knows no encodings yet, of `classes` classes, or without labels where there are 0.

    KeyError if there is no such prior.
    """
    record = PRIORS[key]
    (file,) = (file for file, known in _RECORDS.items() if known is record)
    prior: Prior = getattr(importlib.import_module(f"{__name__}.{file}"), record.prior)(shape, classes, **options)
    return prior


def from_settings(settings: dict[str, Any]) -> Prior:
    """One like that whose `Prior.settings` these are, as it is before it knows encodings."""
    return build(settings["prior"], LatentShape(**settings["shape"]), settings["classes"], **settings["options"])
