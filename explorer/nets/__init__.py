"""Architectures: a file and a line in `_FILES` each. Nothing here imports torch until a net is built."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import declared
from explorer.nets.family import BETA_RANGE, BETA_STOPS, CELLS, Family, nearest_stop

if TYPE_CHECKING:
    from explorer.nets.base import Net

__all__ = [
    "BETA_RANGE",
    "BETA_STOPS",
    "CELLS",
    "FAMILIES",
    "OPTIONS",
    "TRAINED",
    "Family",
    "build",
    "choices",
    "nearest_stop",
    "net_class",
]

_FILES = (  # in the order in which forms offer them
    "vae",
    "residual",
    "conditional",
    "linear",
    "autoencoder",
    "spatial",
    "vq",
    "own",
)


_RECORDS = {file: declared.read(Path(__file__).with_name(f"{file}.py"), "FAMILY", Family) for file in _FILES}
FAMILIES = {record.key: record for record in _RECORDS.values()}
TRAINED = {key: record for key, record in FAMILIES.items() if record.trained}
OPTIONS = {option for family in TRAINED.values() for option in family.options}


def choices(option: str) -> tuple[str, ...]:
    """The words that an option may be, over all families that have it, each once."""
    return tuple(dict.fromkeys(word for family in TRAINED.values() for word in family.options.get(option, ())))


def build(family: str, latent_dim: int, **options: Any) -> Net:
    """A freshly initialised net for 32x32 colour images, channels last in memory.

    `options` are those of its `Family`, and may be left out. KeyError if the family is unknown.
    """
    import torch

    cls: Any = net_class(family)  # torch's stubs know no memory_format alone
    net: Net = cls(latent_dim=latent_dim, **options).to(memory_format=torch.channels_last)
    return net


def net_class(family: str) -> type[Net]:
    """The class of a family's nets. KeyError if it is unknown."""
    record = FAMILIES[family]
    (file,) = (file for file, known in _RECORDS.items() if known is record)
    found: type[Net] = getattr(importlib.import_module(f"{__name__}.{file}"), record.net)
    return found
