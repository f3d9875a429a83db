"""Architectures: one module and one line in `FAMILIES` each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

FAMILIES = {  # by name, so that forms can list them without waiting for torch
    "conv_vae": "explorer.nets.vae.ConvolutionalVAE",
}
NORMS = ("batch", "group", "none")
OPTIONS = {  # settings that a family takes beside latent_dim, by their names in TrainConfig
    "conv_vae": ("norm",),
}


def build(family: str, latent_dim: int, **options: Any) -> nn.Module:
    """A freshly initialised net for 32x32 colour images, channels last in memory.

    `options` are those that OPTIONS has for the family, and may be left out. KeyError if the family is unknown.
    """
    import torch

    module, name = FAMILIES[family].rsplit(".", 1)
    net = getattr(importlib.import_module(module), name)(latent_dim=latent_dim, **options)
    return net.to(memory_format=torch.channels_last)
