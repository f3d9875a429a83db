"""Architectures: one module and one line in `FAMILIES` each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import nn


class Family(NamedTuple):
    """What forms and loops know of an architecture before they import torch.

    Parameters
    ----------
    title : str
    net : str
        Its module and class.
    closed_form : bool
        Solved for in one pass over the images (`explorer.training.closed_form`) rather than trained step by step.
    """

    title: str
    net: str
    closed_form: bool = False


FAMILIES = {
    "conv_vae": Family("Convolutional VAE", "explorer.nets.vae.ConvolutionalVAE"),
    "linear_vae": Family("Linear VAE", "explorer.nets.linear.LinearVAE", closed_form=True),
}


def build(family: str, latent_dim: int) -> nn.Module:
    """A freshly initialised net of `family` for 32x32 colour images, channels last in memory; KeyError if unknown."""
    import torch

    module, name = FAMILIES[family].net.rsplit(".", 1)
    net = getattr(importlib.import_module(module), name)(latent_dim=latent_dim)
    return net.to(memory_format=torch.channels_last)
