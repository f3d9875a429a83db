"""How far pictures are from their originals, and how far all of them together are from real ones: two things, and a
plane of both (Blau and Michaeli 2018, "The Perception-Distortion Tradeoff").

The first is the mean squared error, the second the Fréchet distance in our features: `explorer.sample_scores` says what
that is good for, and is where as many samples of a prior stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer import measured_codecs, sample_scores
from explorer.analysis import features, samples
from explorer.analysis.coding.codecs import CODECS
from explorer.analysis.coding.codecs import measure as write
from explorer.analysis.features import frechet
from explorer.cards import place_rows
from explorer.data import ImageSet
from explorer.errors import ExplorerError
from explorer.files import Kept
from explorer.models import BLUR_BETAS, Model
from explorer.nets.base import Net
from explorer.pixels import to_float
from explorer.records import read

N = sample_scores.FEW  # test images and their reconstructions: as many as samples that are measured on a page
_BATCH = 500


@dataclass(frozen=True)
class Place:
    """Where reconstructions of test images stand in the plane.

    Parameters
    ----------
    of : str
        Of a model, its beta in digits; of a codec, its key and quality: "jpeg-10".
    n : int
        Pictures.
    mse : float
        Mean squared error a pixel value, pixels 0 to 1.
    frechet : float
        Fréchet distance of these pictures from their originals, our features: 0 where both are the same.
    """

    of: str
    n: int
    mse: float
    frechet: float


Say = Callable[[int, int], None]  # (done, of), in pictures


def measure(net: Net, images: ImageSet, beta: float, n: int = N, say: Say = lambda done, of: None) -> Place:
    """Of a net, in eval mode and at that beta, from one sample of each image's z: about five seconds.

    Raises
    ------
    ExplorerError
        If the classifier doesn't know such images, or there are fewer than n test images.
    """
    chosen, generator = _test(images, n), torch.Generator().manual_seed(0)
    parts = []
    for start in range(0, n, _BATCH):
        with torch.inference_mode():
            z = net.encode(to_float(images.images[chosen[start : start + _BATCH]])).sample(generator)
        parts.append(samples.paint(net, z))
        say(min(start + _BATCH, n), n)
    return _place(f"{beta:g}", images, chosen, np.concatenate(parts))


def of_codec(codec: str, quality: int, images: ImageSet, n: int = N) -> Place:
    """The same of what comes back from files of many; errors as there."""
    chosen = _test(images, n)
    back = write(CODECS[codec], images.images[chosen], quality).made_together.images
    return _place(f"{codec}-{quality}", images, chosen, back)


def of_card(net: Net, images: ImageSet, beta: float) -> list[dict[str, Any]]:
    """What a model's card is to say: a row, or of a conditional model one at each of `BLUR_BETAS`."""
    betas = BLUR_BETAS if net.family.conditional else (beta,)
    return [as_json(measure(net.at(each), images, each, N)) for each in betas]


def is_whole(rows: Iterable[dict[str, Any]], beta: float, conditional: bool) -> bool:
    """Whether a card says all that `of_card` would."""
    betas = BLUR_BETAS if conditional else (beta,)
    return [place.of for place in _todays(rows)] == [f"{each:g}" for each in betas]


def known(model: Model) -> list[Place]:
    """What a shipped model's card says, in the order of beta."""
    return _todays(model.card.get("perception", ()))


def known_codecs(digest: str) -> list[Place]:
    """Of images with that digest, if they are those that were measured; otherwise none."""
    of, places = _read(measured_codecs.ROWS)
    return places if of == digest else []


def as_json(place: Place) -> dict[str, Any]:
    """For a card, five digits of each number, with the features that they were measured in."""
    said = {key: float(f"{value:.5g}") if isinstance(value, float) else value for key, value in vars(place).items()}
    return said | {"features": features.digest()[:12]}


def _todays(rows: Iterable[dict[str, Any]]) -> list[Place]:
    """Those that were measured in today's features, and as many."""
    todays = (row for row in rows if row["features"] == features.digest()[:12] and row["n"] == N)
    return [Place(row["of"], row["n"], row["mse"], row["frechet"]) for row in todays]


def _test(images: ImageSet, n: int) -> np.ndarray:
    if wrong := sample_scores.why_not(images.source):
        raise ExplorerError(f"How real pictures look can't be measured on {images.name}", wrong)
    if (there := len(images.splits["test"])) < n:
        raise ExplorerError(f"{images.name} has {there:,} test images", f"At least {n:,} are needed.")
    return images.some("test", n)


def _place(of: str, images: ImageSet, chosen: np.ndarray, pictures: np.ndarray) -> Place:
    """Of pictures, float32 (n, 3, 32, 32), 0..1, of test images at indices (n,)."""
    errors = [np.square(p - images.images[i] / np.float32(255)).mean() for i, p in zip(chosen, pictures, strict=True)]
    theirs = features.of_split(images, "test")[np.isin(images.indices("test"), chosen)]
    apart = frechet.distance(frechet.fit(features.extract(pictures)), frechet.fit(theirs))
    return Place(of, len(chosen), float(np.mean(errors)), apart)


def _parse(path: Path) -> tuple[str, list[Place]]:
    try:
        said = read(path)
        if said is None or not said.has("perception"):
            return "", []
        return said.text("perception_digest", 200), _todays(place_rows(said, "perception"))
    except ExplorerError:
        return "", []


_read = Kept(_parse)
