"""What a net does on held-out images: reconstruction, KL a dimension, units and codes in use; means over images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch
from torch import Tensor

from explorer.data.imageset import ImageSet, Split
from explorer.nets.base import Net, Statistics
from explorer.objective import objective
from explorer.pixels import to_float
from explorer.priors.base import Prior
from explorer.priors.encodings import Encodings
from explorer.units import total

BATCH = 250  # images in a forward pass
SEED = 12345  # of the latent noise, the same on every call: curves of validation move only as weights do


@dataclass(frozen=True)
class Evaluation:
    """Means over images; one sample of z each.

    Parameters
    ----------
    recon : float
        Mean squared error, pixel scale 0..1.
    kl_per_dim : list of latent_dim float
        Nats.
    kl_median : float
        Of the median image: mean over dimensions, nats. Far below `kl`, a few images take most of that.
    use : Statistics
        What the images use of the latent.
    """

    recon: float
    kl_per_dim: list[float]
    kl_median: float
    use: Statistics

    @property
    def kl(self) -> float:
        """Nats a dimension."""
        return sum(self.kl_per_dim) / len(self.kl_per_dim)


@torch.no_grad()
def evaluate(net: Net, batches: Iterator[Tensor]) -> Evaluation:
    """Measure a net on batches of images (N, 3, H, W), 0..1.

    The net is put in eval mode. The latent noise is the same on every call.
    """
    net.eval()
    generator, recon, kl = torch.Generator().manual_seed(SEED), 0.0, torch.zeros(())
    of_images: list[Tensor] = []
    uses: list[Statistics] = []
    for x in batches:
        x_hat, posterior = net(x, generator)
        terms = objective(x, x_hat, posterior, 0.0)
        recon += terms.recon.item() * len(x)
        kl = kl + terms.kl_per_dim.cpu().double() * len(x)  # added up there: not every GPU has float64
        uses.append(posterior.statistics())
        of_images.append(posterior.kl().mean(dim=1).cpu())
    of_all = torch.cat(of_images)
    n, median = len(of_all), of_all.median().item()
    return Evaluation(recon / n, (kl / n).tolist(), median, reduce(add, uses))


@torch.no_grad()
def evaluate_prior(prior: Prior, batches: Iterator[Encodings]) -> float:
    """Mean over encodings of a prior's loss, in its record's unit.

    The prior is put in eval mode. The noise is the same on every call.
    """
    prior.eval()
    generator, loss, n = torch.Generator().manual_seed(SEED), 0.0, 0
    for batch in batches:
        loss += prior.loss(batch, generator).item() * len(batch)
        n += len(batch)
    return loss / n


def evaluate_split(net: Net, images: ImageSet, split: Split, beta: float) -> dict[str, float]:
    """`evaluate` on a whole split: {"recon", "kl", "total"}, and of codes "perplexity"."""
    indices = images.indices(split)
    starts = range(0, len(indices), BATCH)
    found = evaluate(net, (to_float(images.images[indices[i : i + BATCH]]) for i in starts))
    measured = {"recon": found.recon, "kl": found.kl, "total": total(found.recon, found.kl, beta)}
    return measured | ({} if found.use.perplexity is None else {"perplexity": found.use.perplexity})
