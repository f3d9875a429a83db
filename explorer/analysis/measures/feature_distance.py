"""How alike pictures look to a net that has learnt to tell CIFAR-10's classes apart."""

import numpy as np

from explorer.analysis.measures.measure import Measure, Reconstruction


def _terms(of: Reconstruction) -> np.ndarray:
    import torch

    from explorer.analysis.features import perceptual

    x, x_hat = (torch.from_numpy(np.ascontiguousarray(images.clip(0, 1))) for images in (of.originals, of.images))
    return perceptual.distance(x.float(), x_hat.float()).numpy()


MEASURE = Measure(
    key="feature_distance",
    title="Feature distance",
    help="Distance in the features of a small classifier of CIFAR-10 that is shipped with the app, after Zhang et al. "
    "2018; no LPIPS, which has another net and weights fitted to what people said. 0 is the same image.",
    of="pictures",
    terms=_terms,
    scale="0 to 2",
    digits=".3f",
    better="lower",
)
