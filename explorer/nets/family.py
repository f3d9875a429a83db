"""What is known of an architecture before torch is imported; each family's own file holds its record."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

CELLS = 8 * 8  # of an image, each of 4 x 4 pixels, in families whose latent keeps the image's layout
BETA_RANGE = (1e-5, 1e-1)  # smallest and largest beta that conditional families are trained at
BETA_STOPS = tuple(float(f"{10 ** (-5 + i / 10):.3g}") for i in range(41))  # where sliders over it stop: ten a decade


def nearest_stop(beta: float) -> float:
    """The one of `BETA_STOPS` that is closest, on a logarithmic scale; `beta` above 0."""
    return min(BETA_STOPS, key=lambda stop: abs(math.log(stop / beta)))


class FamilyPreset(TypedDict):
    """A named starting point that a family brings along.

    title, description and question are what pages show (`explorer.presets.Preset`); settings are fields of
    `TrainConfig`, over those that `explorer.presets` begins every family's presets with.
    """

    title: str
    description: str
    question: str
    settings: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Family:
    """An architecture's record. It is read without running its file, so all values are literals.

    Parameters
    ----------
    key : str
        What settings, cards, weights and the command line call it; it never changes.
    title : str
        What pages call it.
    net : str
        Name of its class, in the same file.
    help : str
        Follows the key in the help of the setting `family`: a verb phrase without a full stop.
    colour, marker : str
        In every chart that holds several families: "#RRGGBB" and a name of Plotly's; no two families share either.
    posterior : str
        What its encoder returns, and so what a latent costs: "gaussian", the KL to the prior in nats, which beta
        weighs; "codes", log K nats for each code, whatever beta is; "point", which no number of nats could tell.
    presets : mapping of str to FamilyPreset
        By keys that no other preset has. A family that is trained step by step needs one; general ones count.
    options : mapping of str to tuple of str
        Settings that its net takes beside `latent_dim`, by their names in `TrainConfig`, and where they are words,
        which.
    cells : int
        `latent_dim` is a multiple of it; with codes, equal to it.
    closed_form : bool
        Solved for in one pass over the images (`Net.solve`), rather than trained step by step.
    conditional : bool
        One net for all of `BETA_RANGE`: a VAE like others `at` any of them.
    trained : bool
        Whether runs train it; else its nets only come from elsewhere.
    told_by_weights : bool
        Whether names and shapes of weights alone tell `latent_dim` and options: `Net.settings_of`.
    """

    key: str
    title: str
    net: str
    help: str
    colour: str
    marker: str
    posterior: Literal["gaussian", "codes", "point"] = "gaussian"
    presets: dict[str, FamilyPreset] = field(default_factory=dict)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cells: int = 1
    closed_form: bool = False
    conditional: bool = False
    trained: bool = True
    told_by_weights: bool = False

    @property
    def weighs_beta(self) -> bool:
        """Whether its objective has a beta; where not, it is 0."""
        return self.posterior == "gaussian"

    @property
    def flat(self) -> bool:
        """Whether its latent is one Gaussian vector for the whole image."""
        return self.posterior == "gaussian" and self.cells == 1
