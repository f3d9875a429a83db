"""Architectures: one module and one line in `FAMILIES` each."""

from __future__ import annotations

import torch
from torch import nn

from explorer.nets.vae import ConvolutionalVAE

FAMILIES = {
    "conv_vae": ConvolutionalVAE,
}


def build(family: str, latent_dim: int) -> nn.Module:
    """A freshly initialised net of `family` for 32x32 colour images, channels last in memory."""
    net = FAMILIES[family](latent_dim=latent_dim)
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
