"""Which model is sampled from, and on which images its priors are fitted."""

from __future__ import annotations

from dataclasses import dataclass

from explorer import fitted, models
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.nets.base import Net
from explorer.nets.family import Family
from explorer.ui.shell import cache, pickers

_BEST_SEEN = "cifar10-spatial-512"  # whose reconstructions are the best, and whose draws of N(0, 1) are noise


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
    """Id of the model that the page opens on: of those of these images the one that the story is best seen of."""
    first = models.first_of(images.source)
    seen = next((model for model in models.shipped() if model.id == _BEST_SEEN), None)
    return seen.id if first == models.DEFAULT and seen and fitted.of(seen) else first


def choose(images: ImageSet) -> Chosen:
    """The widget."""
    return Chosen(pickers.choose_model("Model", "model", opens_on(images)), images)
