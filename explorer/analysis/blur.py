"""How blurred a model's pictures are, at which frequencies, and what is averaged in them; pure functions.

A VAE's blur as an average: a decoder that is judged by squared error does best with the mean of all images that a z may
stand for (Zhao et al. 2017, "Towards Deeper Understanding of Variational Autoencoding Models"), and the mean of sharp
images is not sharp.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from explorer.analysis import quality
from explorer.analysis.measures import MEASURES, quick
from explorer.analysis.measures.sharpness import sharpness_ratio
from explorer.analysis.spectrum import FREQUENCIES, OCTAVES, SIDE, ring_sizes
from explorer.data import ImageSet
from explorer.nets.base import Net
from explorer.pixels import to_float

COUNT = 1_000  # held-out images that a model's blur is measured over
POOL = 5_000  # training images among which an image's nearest is looked for
SEED = 0  # seed of the latents' noise


@dataclass(frozen=True)
class Blur:
    """What is measured of a model's reconstructions of many images.

    Each is from one sample of z, which is what its rate pays for, and clipped to pixels of 0 to 1.

    Parameters
    ----------
    images : int
        How many.
    values : dict of str to float or None
        By the keys of `explorer.analysis.measures.MEASURES`; None where there is no finite value. Those that weren't
        measured, since the list was shorter at the time, are missing.
    original, spectrum, error : tuples of 16 float
        Mean power of originals, reconstructions, and their difference, at each of `spectrum.FREQUENCIES`; square of
        pixels 0 to 1.
    """

    images: int
    values: dict[str, float | None]
    original: tuple[float, ...]
    spectrum: tuple[float, ...]
    error: tuple[float, ...]

    def __getitem__(self, key: str) -> float | None:
        """A measure by its key; None where there is none, or it wasn't measured."""
        return self.values.get(key)

    @property
    def nats(self) -> float | None:
        """Rate of an image; None for a model without one, whose latent is a point."""
        return self["nats"]

    @property
    def complete(self) -> bool:
        """Whether it has all of today's measures."""
        return self.values.keys() >= MEASURES.keys()

    @property
    def has_quick(self) -> bool:
        """Whether it has all that would be measured while a page waits."""
        return self.values.keys() >= quick().keys()

    @property
    def kept(self) -> np.ndarray:
        """Power over the originals' at each of `spectrum.FREQUENCIES`: 1 is all of it, above 1 is invented."""
        return np.array(self.spectrum) / np.array(self.original)

    @property
    def error_by_octave(self) -> np.ndarray:
        """Power of the error over the originals' in each of `OCTAVES`: 0 is right, 1 no better than a flat picture."""
        rings = ring_sizes()
        error, original = rings * self.error, rings * self.original
        bounds = [(low - 1, high - 1 + (high == SIDE // 2)) for low, high in OCTAVES]
        return np.array([error[low:high].sum() / original[low:high].sum() for low, high in bounds])

    def to_json(self) -> dict[str, Any]:
        """All of it in one dict, `values` among the rest, numbers to five digits."""
        spectra = {name: getattr(self, name) for name in _SPECTRA}
        return {key: _short(value) for key, value in {"images": self.images, **self.values, **spectra}.items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Blur:
        """What `to_json` gave, today or when the list of measures was another; further keys are ignored."""
        values = {key: stored[key] for key in MEASURES if key in stored}
        return cls(stored["images"], values, *(tuple(stored[name]) for name in _SPECTRA))


_SPECTRA = ("original", "spectrum", "error")


def of_card(card: dict[str, Any]) -> dict[float, Blur]:
    """What a model's card says of its blur: at its beta, and of a conditional model at all that it was measured at."""
    rows = list(card.get("blur_curve", ()))
    if "blur" in card:
        rows.append({"beta": card["beta"]} | card["blur"])
    return {row["beta"]: Blur.from_json(row) for row in rows}


def elsewhere(card: dict[str, Any], digest: str) -> Blur | None:
    """What a model's card says of its blur, at the card's beta, on images that come with the app; else None."""
    found = (row for row in card.get("blur_elsewhere", ()) if row["digest"] == digest)
    return next(map(Blur.from_json, found), None)


def some(images: ImageSet) -> np.ndarray:
    """The images that blur is measured over: indices of a fixed `COUNT`, at most, that nothing was trained on.

    Of the test split, or where that is empty of the validation split; int64 (n,).
    """
    return images.some("test" if len(images.splits["test"]) else "validation", COUNT)


def measure(net: Net, images: np.ndarray, keys: Iterable[str] | None = None) -> Blur:
    """The blur of a net in eval mode over images, uint8 (N, 3, 32, 32); always the same for the same.

    `keys` are those of the measures that are taken; if left out, of those that a page can wait for.
    """
    taken = quick() if keys is None else {key: MEASURES[key] for key in keys}
    generator, n = torch.Generator().manual_seed(SEED), len(images)
    shares: dict[str, Any] = {}  # measures' keys to sums of their terms; a measure that this net has not is missing
    spectra = np.zeros((len(_SPECTRA), len(FREQUENCIES)))
    for start in range(0, n, quality.BATCH):
        made = quality.reconstruct(net, to_float(images[start : start + quality.BATCH]), generator)
        made = replace(made, images=made.images.clip(0, 1))
        for key, measure in taken.items():
            if (terms := measure.terms(made)) is not None:
                shares[key] = shares.get(key, 0.0) + terms.sum(axis=0, dtype=np.float64)
        spectra += made.spectra.sum(axis=1)
    values = {key: measure.read(shares[key] / n) if key in shares else None for key, measure in taken.items()}
    return Blur(n, values, *(tuple(power.tolist()) for power in spectra / n))


@dataclass(frozen=True)
class Averaged:
    """What becomes of pictures that are averaged.

    Parameters
    ----------
    counts : int array (n,)
        1, 2, 4 and so on.
    means : float32 array (n, 3, H, W), 0..1
        Pixel-wise mean of the first so many.
    mse : float array (n,)
        Of each mean against the image that they should show.
    sharpness : float array (n,)
        Variance of the Laplacian of each mean over that image's.
    """

    counts: np.ndarray
    means: np.ndarray
    mse: np.ndarray
    sharpness: np.ndarray


def averaged(pictures: np.ndarray, image: np.ndarray) -> Averaged:
    """Running means of pictures, float (S, 3, H, W), beside the image, float (3, H, W), that they should show."""
    counts = 2 ** np.arange(int(np.log2(len(pictures))) + 1)
    means = np.stack([pictures[:n].mean(axis=0) for n in counts]).astype(np.float32)
    wanted = np.broadcast_to(image, means.shape)
    return Averaged(counts, means, np.square(means - wanted).mean(axis=(1, 2, 3)), sharpness_ratio(wanted, means))


@torch.inference_mode()
def posterior_pictures(net: Net, image: np.ndarray, samples: int, seed: int = 0) -> np.ndarray:
    """An image, uint8 (3, H, W), decoded from samples of its q(z | x): float32 (samples, 3, H, W), 0..1."""
    posterior, generator = net.encode(to_float(image[None])), torch.Generator().manual_seed(seed)
    z = torch.cat([posterior.sample(generator) for _ in range(samples)])
    return net.decode(z).clamp(0, 1).numpy()


@torch.inference_mode()
def encodings(net: Net, images: np.ndarray) -> np.ndarray:
    """The most probable z of images, uint8 (N, 3, H, W): float32 (N, width)."""
    batches = to_float(images).split(quality.BATCH)
    return torch.cat([net.encode(x).mode().flatten(1) for x in batches]).numpy()


def nearest(z: np.ndarray, others: np.ndarray, count: int) -> np.ndarray:
    """Those of `others`, (N, width), closest to z, (width,), nearest first: int64 (count,)."""
    return np.argsort(np.square(others - z).sum(axis=1), kind="stable")[:count]


def _short(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_short(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
