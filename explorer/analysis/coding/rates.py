"""Bytes beside nats: what an image's latent takes in a real stream, under each model of who knows what."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from explorer import units
from explorer.analysis import blur, quality
from explorer.analysis.coding import entropy_models, quantiser
from explorer.analysis.coding.entropy_models import EntropyModel
from explorer.analysis.latents import codes
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.nets.vq import VQVAE
from explorer.pixels import to_float

KNOWN = 5_000  # training images, at most, that frequencies are taken from
LIVE = 200  # images, at most, that are coded while somebody waits


@dataclass(frozen=True)
class Streams:
    """Images' latents as bytes.

    Parameters
    ----------
    images : int
    nats : float
        An image, mean: what the entropy model says that symbols take.
    together : float
        Bytes an image of one stream that holds all of them.
    alone : float
        Bytes an image, mean, of streams that hold one each.
    """

    images: int
    nats: float
    together: float
    alone: float

    @property
    def overhead(self) -> float:
        """How much more the stream of all takes than its nats, as a share: 0.01 is 1 %; NaN without nats."""
        return self.together / units.nats_to_bytes(self.nats) - 1 if self.nats else math.nan


@dataclass(frozen=True)
class Symbols:
    """What is coded of images, and under which models.

    Parameters
    ----------
    symbols : int64 array (N, L)
    models : dict of str to EntropyModel
        By the keys of `explorer.priors.PRIORS`.
    mse : float
        Mean squared error a pixel value of what is decoded from the symbols, pixels 0 to 1.
    """

    symbols: np.ndarray
    models: dict[str, EntropyModel]
    mse: float


def measure(symbols: np.ndarray, model: EntropyModel) -> Streams:
    """Encode images' symbols, int64 (N, L), in one stream and in one each; ExplorerError without a coder."""
    count = len(symbols)
    together, alone = entropy_models.encode(symbols, model), entropy_models.encode(symbols, model, count)
    nats = float(entropy_models.nats(symbols, model).mean())
    return Streams(count, nats, len(together[0]) / count, sum(map(len, alone)) / count)


@torch.inference_mode()
def symbols(net: Net, images: np.ndarray, training: np.ndarray) -> Symbols:
    """What is to be coded of images, uint8 (N, 3, 32, 32); what is known beforehand comes from training ones.

    Codes under "uniform" and "frequency"; means of Gaussian latents, on a `quantiser`'s grid, under "normal" and
    "frequency".

    Raises
    ------
    ExplorerError
        If latents are points: no number of bytes tells one.
    """
    if net.family.posterior == "point":
        raise ExplorerError(f"{net.family.title} has no rate", "Its latent is a point: no number of bytes tells one.")
    x = to_float(images)
    if net.family.posterior == "codes":
        assert isinstance(net, VQVAE)
        found, known = codes.use(net, images).indices, codes.use(net, training)
        models: dict[str, EntropyModel] = {
            "uniform": entropy_models.uniform(found.shape[1], known.size),
            "frequency": entropy_models.by_frequency([known.cells] * found.shape[1]),
        }
        z = net.lookup(torch.from_numpy(found))
    else:
        grid = quantiser.fit(net, training[: quantiser.FITTED_ON])
        found = grid.symbols(blur.encodings(net, images))
        models = {"normal": grid.normal(), "frequency": grid.frequency()}
        z = torch.from_numpy(grid.values(found))
    decoded = torch.cat([net.decode(part) for part in z.split(quality.BATCH)]).clamp(0, 1)
    return Symbols(found, models, float((decoded - x).square().mean()))
