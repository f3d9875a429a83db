"""What a net does on held-out images: reconstruction, KL a dimension, units and codes in use; means over images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.data.imageset import ImageSet, Split
from explorer.nets.vq import Codes, code_counts, entropy
from explorer.objective import objective
from explorer.pixels import to_float
from explorer.units import total

SUBSET = 128  # validation images measured between epochs
BATCH = 250  # images at once
SEED = 12345  # of the latent noise, the same on every call: curves of validation move only as weights do

ACTIVE = 0.01  # variance of an active unit's mean: Burda et al. 2016, "Importance Weighted Autoencoders", section 5.2


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
    active_units : int
        Latent dimensions whose mean varies over images by more than `ACTIVE` (variance); 0 where latents are codes.
    code_counts : list of int
        How often each code was used; empty where latents aren't codes.
    """

    recon: float
    kl_per_dim: list[float]
    kl_median: float
    active_units: int
    code_counts: list[int]

    @property
    def kl(self) -> float:
        """Nats a dimension."""
        return sum(self.kl_per_dim) / len(self.kl_per_dim)

    @property
    def perplexity(self) -> float:
        """How many codes, equally used, would carry as much: 1 to K."""
        return math.exp(entropy(torch.tensor(self.code_counts)))


@torch.no_grad()
def evaluate(net: nn.Module, batches: Iterator[Tensor]) -> Evaluation:
    """Measure a net on batches of images (N, 3, H, W), 0..1.

    The net is put in eval mode. The latent noise is the same on every call.
    """
    net.eval()
    generator, recon, kl = None, 0.0, torch.zeros(())
    means, of_images, counts = [], [], torch.zeros(0)
    for x in batches:
        generator = generator or torch.Generator(x.device).manual_seed(SEED)
        x_hat, posterior = net(x, generator)
        terms = objective(x, x_hat, posterior, 0.0)
        recon += terms.recon.item() * len(x)
        kl = kl + terms.kl_per_dim.double().cpu() * len(x)
        if isinstance(posterior, Codes):
            found = code_counts(posterior.indices, posterior.codebook_size).cpu()
            counts = counts + found if len(counts) else found
        else:
            means.append(posterior.mode().cpu())
        of_images.append(posterior.kl().mean(dim=1).cpu())
    of_all = torch.cat(of_images)
    n, median = len(of_all), of_all.median().item()
    active = int((torch.cat(means).var(dim=0, correction=0) > ACTIVE).sum()) if means else 0
    return Evaluation(recon / n, (kl / n).tolist(), median, active, counts.tolist())


def evaluate_split(net: nn.Module, images: ImageSet, split: Split, beta: float) -> dict[str, float]:
    """`evaluate` on a whole split: {"recon", "kl", "total"}, and of codes "perplexity"."""
    indices = images.indices(split)
    starts = range(0, len(indices), BATCH)
    found = evaluate(net, (to_float(images.images[indices[i : i + BATCH]]) for i in starts))
    measured = {"recon": found.recon, "kl": found.kl, "total": total(found.recon, found.kl, beta)}
    return measured | ({"perplexity": found.perplexity} if found.code_counts else {})
