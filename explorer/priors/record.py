"""What is known of a prior before torch is imported; each prior's own file holds its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from explorer.nets.family import Family

Latents = Literal["flat", "spatial", "point", "codes"]


def latents_of(family: Family) -> Latents:
    """What a family's latents are to a prior: one Gaussian vector, maps of Gaussians, a point, or codes."""
    if family.posterior != "gaussian":
        return family.posterior
    return "flat" if family.cells == 1 else "spatial"


@dataclass(frozen=True, kw_only=True)
class PriorRecord:
    """A prior's record. It is read without running its file, so all values are literals.

    Parameters
    ----------
    key : str
        What settings, cards, weights and links call it; it never changes.
    title : str
        What pages call it.
    help : str
        What is drawn: a noun phrase without a full stop, after the key in the help of a setting, beside samples.
    prior : str
        Name of its class, in the same file.
    colour, marker : str
        In every chart that holds several priors: "#RRGGBB" and a name of Plotly's; no two priors share either.
    latents : tuple of str
        What it can be fitted to, as `latents_of` names it.
    trained : bool
        Step by step, as a run of its own; others are fitted in seconds, where they are asked for.
    labelled : bool
        It can be asked for a class, with guidance.
    path : bool
        It goes a way from noise to the sample, in `steps`: `Prior.path`.
    given : bool
        Models are trained with it: there is nothing to fit.
    copies : bool
        A sample is the encoding of one of the images that it was fitted to.
    unit : str
        Of its loss.
    settings : dict
        Fields of `TrainConfig` that a run of it begins with, over their defaults.
    """

    key: str
    title: str
    help: str
    prior: str
    colour: str
    marker: str
    latents: tuple[Latents, ...]
    trained: bool = False
    labelled: bool = False
    path: bool = False
    given: bool = False
    copies: bool = False
    unit: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LatentShape:
    """Of the latent of an image, as `Net.decode` takes it once it is flat.

    Parameters
    ----------
    channels : int
        Numbers of a cell; of a flat latent all.
    side : int
        Cells a side; 1 where the latent is flat.
    codes : int
        How many codes there are, where each cell is one of them; else 0.
    """

    channels: int
    side: int = 1
    codes: int = 0

    @property
    def cells(self) -> int:
        """How many there are; 1 where the latent is flat."""
        return self.side**2

    @property
    def width(self) -> int:
        """Numbers in the latent of an image: maps one after the other."""
        return self.channels * self.cells
