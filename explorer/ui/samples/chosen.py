"""Which model is sampled from, and on which images its priors are fitted."""

from __future__ import annotations

from dataclasses import dataclass

from explorer import models
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.base import Net
from explorer.nets.family import Family
from explorer.ui.shell import cache, pickers


@dataclass(frozen=True, eq=False)
class Chosen:
    """A model, and the images that priors are fitted to and samples compared with."""

    model: Model
    images: ImageSet

    @property
    def family(self) -> Family:
        return FAMILIES[self.model.family]

    @property
    def net(self) -> Net:
        return cache.net(self.model)

    @property
    def key(self) -> tuple:
        """Another one whenever either is another: for caches."""
        return *self.model.version, self.images.digest


def opens_on(images: ImageSet) -> str:
    """Id of the model that the page opens on."""
    return models.first_of(images.source)


def choose(images: ImageSet) -> Chosen:
    """The widget."""
    return Chosen(pickers.choose_model("Model", "model", opens_on(images)), images)
