"""The pair that the page opens with: the one whose middle shows best what a cross-fade can't."""

from __future__ import annotations

import numpy as np

from explorer import models
from explorer.data import SUBJECTS, Pool
from explorer.errors import ExplorerError
from explorer.ui.shell import cache

TRIED = 48  # images of a split, and so 1,128 pairs: 0.6 s on one core, once for each; of subjects all
WORDS = "Of {pairs:,} pairs, this one has the middle that is least a mixture of both ends, on the arc of **{model}**."


def places(count: int) -> np.ndarray:
    """Where the images that are tried stand among `count` of a pool: int64 (n,), n <= TRIED, ascending."""
    return np.sort(np.random.default_rng(0).permutation(count)[:TRIED])


def pair(pool: Pool) -> tuple[tuple[int, int], str]:
    """The two images, as places within the pool, and in a sentence why these; empty if nothing could be measured.

    It is the same pair for all models, so that they can be compared: the default one chooses.
    """
    tried = places(len(pool.indices))
    model = next((model for model in models.shipped() if model.id == models.DEFAULT), None)
    if model and (len(tried) == TRIED or pool.name == SUBJECTS):
        try:
            a, b = cache.most_novel_pair(model, pool.images[pool.indices[tried]])
        except ExplorerError:  # its weights are damaged: the page says so when it is chosen
            pass
        else:
            return (int(tried[a]), int(tried[b])), WORDS.format(
                pairs=len(tried) * (len(tried) - 1) // 2, model=model.title
            )
    return (int(tried[0]), int(tried[-1])), ""
