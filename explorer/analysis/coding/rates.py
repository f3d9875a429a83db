"""Bytes beside nats: what an image's latent takes in a real stream, under each model of who knows what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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
from explorer.priors.autoregressive import Autoregressive
from explorer.priors.base import Prior

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
        """Bytes an image that the stream of all takes more than its nats are."""
        return self.together - units.nats_to_bytes(self.nats)


@dataclass(frozen=True)
class Symbols:
    """What is coded of images, and under which models.

    Parameters
    ----------
    symbols : int64 array (N, L)
    models : dict of str to EntropyModel
        By the keys of `explorer.priors.PRIORS`, or by what priors that were trained are called.
    mse : float
        Mean squared error a pixel value of what is decoded from the symbols, pixels 0 to 1.
    """

    symbols: np.ndarray
    models: dict[str, EntropyModel]
    mse: float


def measure(symbols: np.ndarray, model: EntropyModel) -> Streams:
    """Encode images' symbols, int64 (N, L), in one stream and in one each; ExplorerError without a coder."""
    count, model = len(symbols), entropy_models.told(symbols, model)
    together, alone = entropy_models.encode(symbols, model), entropy_models.encode(symbols, model, count)
    nats = float(entropy_models.nats(symbols, model).mean())
    return Streams(count, nats, len(together[0]) / count, sum(map(len, alone)) / count)


@torch.inference_mode()
def symbols(
    net: Net, images: np.ndarray, training: np.ndarray, trained: Mapping[str, Prior] = MappingProxyType({})
) -> Symbols:
    """What is to be coded of images, uint8 (N, 3, 32, 32); what is known beforehand comes from training ones.

    Codes under "uniform", "frequency" and such of the trained priors, by what they are called here, as tell codes from
    those before; means of Gaussian latents, on a `quantiser`'s grid, under "normal" and "frequency".

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
        for name, prior in trained.items():
            if isinstance(prior, Autoregressive):
                models[name] = entropy_models.Autoregressive(prior.predictions)
        z = net.lookup(torch.from_numpy(found))
    else:
        grid = quantiser.fit(net, training[: quantiser.FITTED_ON])
        found = grid.symbols(blur.encodings(net, images))
        models = {"normal": grid.normal(), "frequency": grid.frequency()}
        z = torch.from_numpy(grid.values(found))
    decoded = torch.cat([net.decode(part) for part in z.split(quality.BATCH)]).clamp(0, 1)
    return Symbols(found, models, float((decoded - x).square().mean()))
