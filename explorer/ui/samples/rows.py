"""Which rows stand side by side: what a decoder does at best, then a row for each prior that its model has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer import fitted, palette, priors
from explorer.fitted import FittedPrior
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.priors import PriorRecord
from explorer.ui.charts import pictures
from explorer.ui.components.sample_row import Row
from explorer.ui.samples.chosen import Chosen
from explorer.ui.shell import cache, pickers

SHOWN = 8  # pictures of a row: two rows of four on a phone
_OF_A_KIND = 3  # trained priors: shipped ones, then the newest runs'
BEST = "best"  # key of the row that no prior paints


@dataclass(frozen=True)
class Asked:
    """What is asked of every prior: a draw; a class, if any, and its name; how far to go beyond what that changes."""

    draw: int
    label: int | None = None
    class_name: str = ""
    guidance: float = 1.0


@dataclass(frozen=True)
class Known:
    """A prior that a model has, or, of those that are trained, could have: `trained` is None then."""

    record: PriorRecord
    trained: FittedPrior | None = None

    @property
    def key(self) -> str:
        """What the address and `cache.prior` call it."""
        return self.trained.id if self.trained else self.record.key

    @property
    def missing(self) -> bool:
        """Whether somebody would have to train it first."""
        return self.record.trained and self.trained is None


@dataclass(frozen=True)
class Painted:
    """A row as it is drawn, and the latents of its pictures, float32 (N, width); None where it shows images."""

    row: Row
    z: np.ndarray | None = None


def known(model: Model) -> list[Known]:
    """A model's priors, in the order of `priors.PRIORS`; of a kind that is trained the first, or that none is."""
    trained = fitted.of(model)
    found: list[Known] = []
    for record in priors.fitting(FAMILIES[model.family]):
        of_this = [Known(record, each) for each in trained if each.key == record.key]
        found += of_this[:_OF_A_KIND] or [Known(record)]
    return found


def title(known: Known) -> str:
    """What a prior is called: one that was trained as its run or card has it."""
    return known.trained.title if known.trained else known.record.title


def best(chosen: Chosen, asked: Asked) -> Painted:
    """Images through encoder and decoder, of the class that is wished for if there are any: what samples could be like
    at best."""
    of_class = asked.class_name if asked.class_name in chosen.images.class_names else ""
    pool, shown = pickers.row_of_images(chosen.images, SHOWN, asked.draw, of_class)
    found = cache.reconstruction(chosen.model, pool.images[shown])
    names = [f"Reconstruction {i}, {name}" for i, name in enumerate(pool.names(shown), 1)]
    detail = "of images: what this decoder does at best"
    made = pictures.to_uint8(found.images)
    alike = {*pool.names(shown)} <= {asked.class_name}
    note = "" if alike or not asked.class_name else f"any of them, {asked.class_name} or not"
    return Painted(Row("Reconstructions", detail, palette.RECONSTRUCTION, made, names, note))


def painted(chosen: Chosen, known: Known, asked: Asked) -> Painted:
    """What the decoder makes of draws of a prior: of a class, if one is wished for and it knows classes."""
    record = known.record
    prior = cache.prior(chosen.model, known.key, chosen.images)
    label = asked.label if prior.classes else None
    guidance = 1.0 if label is None else asked.guidance
    drawn = cache.draws_of(chosen.model, known.key, chosen.images, SHOWN, asked.draw, label, guidance)
    called = title(known)
    names = [f"{called} {i}" for i in range(1, SHOWN + 1)]
    note = "" if asked.label is None or prior.classes else "knows no classes: any"
    return Painted(Row(called, record.help, record.colour, drawn.pictures, names, note), drawn.z)
