"""Architectures: one module and one line in `FAMILIES` each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import nn


class Family(NamedTuple):
    """What forms and loops know of an architecture before they import torch.

    Parameters
    ----------
    title : str
    net : str
        Its module and class.
    options : tuple of str
        Settings that it takes beside `latent_dim`, by their names in `TrainConfig`.
    prepared : bool
        Looks at the training images before its first step: its net has `prepare(images, beta)`.
    closed_form : bool
        Solved for in one pass over the images (`explorer.training.closed_form`) rather than trained step by step.
    conditional : bool
        One net for all of `BETA_RANGE`: told beta with each image, and a VAE like others `at` one of them.
    """

    title: str
    net: str
    options: tuple[str, ...] = ()
    prepared: bool = False
    closed_form: bool = False
    conditional: bool = False


FAMILIES = {
    "conv_vae": Family("Convolutional VAE", "explorer.nets.vae.ConvolutionalVAE", options=("norm",)),
    "residual_vae": Family("Residual VAE", "explorer.nets.residual.ResidualVAE", prepared=True),
    "conditional_vae": Family(
        "Beta-conditioned VAE", "explorer.nets.conditional.ConditionalVAE", prepared=True, conditional=True
    ),
    "linear_vae": Family("Linear VAE", "explorer.nets.linear.LinearVAE", closed_form=True),
}
OPTIONS = {option for family in FAMILIES.values() for option in family.options}
BETA_RANGE = (1e-5, 1e-1)  # of conditional families
BETA_STOPS = tuple(float(f"{10 ** (-5 + i / 10):.3g}") for i in range(41))  # of sliders over it: ten a decade
NORMS = ("batch", "group", "none")


def build(family: str, latent_dim: int, **options: Any) -> nn.Module:
    """A freshly initialised net for 32x32 colour images, channels last in memory.

    `options` are those of its `Family`, and may be left out. KeyError if the family is unknown.
    """
    import torch

    module, name = FAMILIES[family].net.rsplit(".", 1)
    net = getattr(importlib.import_module(module), name)(latent_dim=latent_dim, **options)
    return net.to(memory_format=torch.channels_last)


def at_beta(net: nn.Module, family: str, beta: float) -> nn.Module:
    """What a family's net is at a beta: itself, if it knows no other than the one that it was trained at."""
    return net.at(beta) if FAMILIES[family].conditional else net  # type: ignore[operator]
