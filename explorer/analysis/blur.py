"""How blurred a model's pictures are, at which frequencies, and what is averaged in them; pure functions.

Radially averaged power spectra are those of van der Schaaf and van Hateren 1996, "Modelling the power spectra of
natural images". A VAE's blur as an average: a decoder that is judged by squared error does best with the mean of all
images that a z may stand for (Zhao et al. 2017, "Towards Deeper Understanding of Variational Autoencoding Models"),
and the mean of sharp images is not sharp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import torch

from explorer.analysis import quality
from explorer.data import ImageSet
from explorer.nets.base import Net, Statistics
from explorer.pixels import to_float

COUNT = 1_000  # images that a model's blur is measured over
POOL = 5_000  # training images to find the nearest among
SEED = 0  # of the noise of latents
SIDE = 32
FREQUENCIES = (
    np.arange(1, SIDE // 2 + 1) / SIDE
)  # cycles a pixel: 1/32, once across the image, to 1/2, every other pixel
OCTAVES = ((1, 2), (2, 4), (4, 8), (8, 16))  # from, to cycles an image; the last includes its end


@dataclass(frozen=True)
class Blur:
    """A model's reconstructions of many images, each from one sample of z, which is what its rate pays for.

    Parameters
    ----------
    images : int
        How many.
    mse, psnr, ssim : float
        Means over them, as in `quality.Quality`; psnr in dB.
    sharpness : float
        Variance of the Laplacian, summed over images, over that of the originals: 1 is as sharp. (Not the mean of
        each image's own ratio, in which a handful of nearly flat images outweigh all others.)
    half_power : float or None
        Cycles a pixel at which power falls below half of the originals'; None if it never does.
    original, spectrum, error : tuples of float
        Power of originals, reconstructions, and their difference, at each of `FREQUENCIES`.
    nats : float or None
        Rate of an image; None for a model without one, whose latent is a point.
    entropy : float or None
        Of a model of codes: nats of an image if each of them cost what its frequency asks for.
    """

    images: int
    mse: float
    psnr: float
    ssim: float
    sharpness: float
    half_power: float | None
    original: tuple[float, ...]
    spectrum: tuple[float, ...]
    error: tuple[float, ...]
    nats: float | None
    entropy: float | None = None

    @property
    def kept(self) -> np.ndarray:
        """Power over the originals' at each of `FREQUENCIES`: 1 is all of it, above 1 is invented."""
        return np.array(self.spectrum) / np.array(self.original)

    @property
    def error_by_octave(self) -> np.ndarray:
        """Power of the error over the originals' in each of `OCTAVES`: 0 is right, 1 no better than a flat picture."""
        rings = _ring_sizes()[1 : SIDE // 2 + 1]
        error, original = rings * self.error, rings * self.original
        bounds = [(low - 1, high - 1 + (high == SIDE // 2)) for low, high in OCTAVES]
        return np.array([error[low:high].sum() / original[low:high].sum() for low, high in bounds])

    def to_json(self) -> dict[str, Any]:
        """All of it, numbers to five digits."""
        return {key: _short(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Blur:
        """What `to_json` gave; further keys are ignored."""
        known = {key: stored[key] for key in cls.__dataclass_fields__}
        lists: dict[str, Any] = {key: tuple(value) for key, value in known.items() if isinstance(value, list)}
        return cls(**(known | lists))


def some(images: ImageSet) -> np.ndarray:
    """The images that blur is measured over: indices of a fixed `COUNT`, at most, that nothing was trained on.

    Of the test split, or where that is empty of the validation split; int64 (n,).
    """
    return images.some("test" if len(images.splits["test"]) else "validation", COUNT)


@torch.inference_mode()
def measure(net: Net, images: np.ndarray) -> Blur:
    """The blur of a net in eval mode over images, uint8 (N, 3, 32, 32); always the same for the same."""
    generator = torch.Generator().manual_seed(SEED)
    measured, nats = [], 0.0
    uses: list[Statistics] = []
    spectra, laplacians = np.zeros((3, SIDE // 2)), np.zeros(2)  # of originals, reconstructions, errors
    for start in range(0, len(images), quality.BATCH):
        x = to_float(images[start : start + quality.BATCH])
        posterior = net.encode(x)
        x_hat = net.decode(posterior.sample(generator)).clamp(0, 1)
        nats += float(posterior.kl().sum())
        uses.append(posterior.statistics())
        original, reconstruction = x.numpy(), x_hat.numpy()
        measured.append(quality.measure(original, reconstruction))
        parts = (original, reconstruction, reconstruction - original)
        spectra += len(x) * np.array([power_spectrum(part) for part in parts])
        laplacians += [quality.laplacian_variance(part).sum() for part in parts[:2]]
    n, use = len(images), reduce(add, uses)
    original, spectrum, error = spectra / n
    return Blur(
        images=n,
        mse=float(np.concatenate([found.mse for found in measured]).mean()),
        psnr=float(np.concatenate([found.psnr for found in measured]).mean()),
        ssim=float(np.concatenate([found.ssim for found in measured]).mean()),
        sharpness=float(laplacians[1] / laplacians[0]),
        half_power=half_power(original, spectrum),
        original=tuple(original.tolist()),
        spectrum=tuple(spectrum.tolist()),
        error=tuple(error.tolist()),
        nats=nats / n if np.isfinite(nats) else None,
        entropy=None if use.entropy is None else net.latent_dim * use.entropy,
    )


def power_spectrum(images: np.ndarray) -> np.ndarray:
    """Radially averaged power at each of `FREQUENCIES`, mean over images and channels: (16,) for (N, C, 32, 32).

    White noise of variance v has power v at every frequency but the first, of which the mean takes some: means are
    taken off. A Hann window is laid over: left and right edges of a picture don't meet, and without a window the step
    between them would fill high frequencies, of a blurred picture more than of any other, with power that nobody sees.
    """
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SIDE) + 0.5) / SIDE)
    window = np.outer(hann, hann)
    mean = (images * window).sum(axis=(2, 3), keepdims=True) / window.sum()
    transformed = np.fft.fft2((images - mean) * window)
    power = np.square(np.abs(transformed)).mean(axis=(0, 1)) / np.square(window).sum()
    total = np.bincount(_rings().ravel(), power.ravel())
    return (total / _ring_sizes())[1 : SIDE // 2 + 1]


def half_power(original: Sequence[float] | np.ndarray, spectrum: Sequence[float] | np.ndarray) -> float | None:
    """Frequency, cycles a pixel, at which a spectrum first falls below half of the original's; None if it never does.

    Read between two of `FREQUENCIES` on the straight line; if it is below from the start, the first of them.
    """
    kept = np.array(spectrum) / np.array(original)
    below = np.flatnonzero(kept < 0.5)
    if not len(below):
        return None
    i = int(below[0])
    if i == 0:
        return float(FREQUENCIES[0])
    share = (kept[i - 1] - 0.5) / (kept[i - 1] - kept[i])
    return float(FREQUENCIES[i - 1] + share / SIDE)


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
    return Averaged(
        counts, means, np.square(means - wanted).mean(axis=(1, 2, 3)), quality.sharpness_ratio(wanted, means)
    )


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


def _rings() -> np.ndarray:
    """Cycles an image of each place of a two-dimensional spectrum, rounded: int (32, 32)."""
    cycles = np.fft.fftfreq(SIDE, 1 / SIDE)
    return np.rint(np.hypot(cycles[:, None], cycles)).astype(np.int64)


def _ring_sizes() -> np.ndarray:
    return np.bincount(_rings().ravel())


def _short(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_short(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
