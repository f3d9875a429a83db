"""Architectures: one module and one line in `FAMILIES` each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

FAMILIES = {  # by name, so that forms can list them without waiting for torch
    "conv_vae": "explorer.nets.vae.ConvolutionalVAE",
}


def build(family: str, latent_dim: int) -> nn.Module:
    """A freshly initialised net of `family` for 32x32 colour images, channels last in memory; KeyError if unknown."""
    import torch

    module, name = FAMILIES[family].rsplit(".", 1)
    net = getattr(importlib.import_module(module), name)(latent_dim=latent_dim)
    return net.to(memory_format=torch.channels_last)
