"""What there is to train, by a run's settings."""

from __future__ import annotations

from collections.abc import Callable

from explorer.data import load_image_set
from explorer.data.imageset import ImageSet
from explorer.runs import Run
from explorer.training.autoencoding import AutoencoderTraining
from explorer.training.prior import PriorTraining
from explorer.training.setup import Training


def begin(
    run: Run,
    load: Callable[[str, str | None], ImageSet] = load_image_set,
    watch: Callable[[int, int], object] = lambda done, total: None,
) -> Training:
    """What a run trains with, as it begins or goes on; as `Training`."""
    kind = PriorTraining if run.config.prior else AutoencoderTraining
    return kind(run, load, watch)
