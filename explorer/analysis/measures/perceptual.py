"""How unlike two pictures look to the classifier that comes with the app."""

from __future__ import annotations

import numpy as np

from explorer.analysis.measures.measure import Measure, Reconstruction


def _terms(of: Reconstruction) -> np.ndarray:
    import torch

    from explorer.analysis.features import perceptual

    pairs = (torch.from_numpy(pictures.clip(0, 1).astype(np.float32)) for pictures in (of.originals, of.images))
    return perceptual.distance(*pairs).numpy().astype(np.float64)


MEASURE = Measure(
    key="perceptual",
    title="Perceptual distance",
    help="How unlike original and reconstruction look to a small classifier of CIFAR-10 that comes with this app, "
    "after Zhang et al. 2018. It is no LPIPS: neither its net, nor weights that were fitted to what people said.",
    of="pictures",
    terms=_terms,
    scale="our features, 0 to 2",
    digits=".3f",
    better="lower",
    good="looks right",
    slow=True,  # 0.6 s for 256 images on one core
)
