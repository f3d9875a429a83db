"""Architectures: one module and one line in `FAMILIES` each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from torch import nn

CELLS = 8 * 8  # of a latent that keeps an image's layout


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
    rate : str
        What its latent costs: "kl", nats to the prior, weighed by beta; "codes", log K nats for each code, whatever
        beta is; or "none", a point, which no number of nats could tell.
    priors : tuple of str
        What pictures without an image can be drawn from: keys of `explorer.analysis.samples.PRIORS`.
    cells : int
        `latent_dim` is a multiple of it; with codes, equal to it.
    """

    title: str
    net: str
    options: tuple[str, ...] = ()
    prepared: bool = False
    closed_form: bool = False
    conditional: bool = False
    rate: Literal["kl", "codes", "none"] = "kl"
    priors: tuple[str, ...] = ("normal", "mixture")
    cells: int = 1

    @property
    def weighs_beta(self) -> bool:
        """Whether beta means anything to it; where not, it is 0."""
        return self.rate == "kl"


FAMILIES = {
    "conv_vae": Family("Convolutional VAE", "explorer.nets.vae.ConvolutionalVAE", options=("norm",)),
    "residual_vae": Family("Residual VAE", "explorer.nets.residual.ResidualVAE", prepared=True),
    "conditional_vae": Family(
        "Beta-conditioned VAE", "explorer.nets.conditional.ConditionalVAE", prepared=True, conditional=True
    ),
    "linear_vae": Family("Linear VAE", "explorer.nets.linear.LinearVAE", closed_form=True),
    "autoencoder": Family(
        "Autoencoder", "explorer.nets.autoencoder.Autoencoder", options=("trunk", "norm"), prepared=True, rate="none",
        priors=("mixture",),
    ),
    "spatial_vae": Family("Spatial VAE", "explorer.nets.spatial.SpatialVAE", prepared=True, cells=CELLS),
    "vq_vae": Family(
        "VQ-VAE", "explorer.nets.vq.VQVAE", options=("codebook_size", "code_dim", "commitment"), prepared=True,
        rate="codes", priors=("uniform", "frequency"), cells=CELLS,
    ),
}  # fmt: skip
TRUNKS = ("residual_vae", "conv_vae")  # of the autoencoder
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
