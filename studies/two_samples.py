"""Ways to say how far two samples are from each other: what `explorer.analysis.prior_gap` was chosen among."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.analysis.evaluation import BATCH
from explorer.data import ImageSet
from explorer.pixels import to_float

DIRECTIONS = 256  # of the sliced Wasserstein distance
EPOCHS = 6  # of the convolutional judge


def sliced_wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over random directions of the Wasserstein-1 distance of the projections: (N, F), (N, F).

    Bonneel et al. 2015, "Sliced and Radon Wasserstein Barycenters of Measures".
    """
    directions = np.random.default_rng(0).normal(size=(a.shape[1], DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    return float(np.abs(np.sort(a @ directions, axis=0) - np.sort(b @ directions, axis=0)).mean())


def energy_distance(a: np.ndarray, b: np.ndarray) -> float:
    """2 E|A - B| - E|A - A'| - E|B - B'|, without bias: 0 on average where both are the same; (N, F), (M, F).

    Szekely and Rizzo 2013, "Energy statistics: A class of statistics based on distances".
    """
    return float(2 * _distances(a, b).mean() - _between_others(_distances(a, a)) - _between_others(_distances(b, b)))


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared maximum mean discrepancy with the kernel (a.b / F + 1)^3, without bias: (N, F), (M, F).

    Of Inception's features, Binkowski et al. 2018, "Demystifying MMD GANs", call it KID. Features are standardised by
    a's means and deviations.
    """
    a, b = _standardised(a, b)

    def kernel(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return (u @ v.T / u.shape[1] + 1) ** 3

    return float(_between_others(kernel(a, a)) + _between_others(kernel(b, b)) - 2 * kernel(a, b).mean())


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Wasserstein-2 distance of Gaussians with the same means and covariances: (N, F), (M, F).

    Of Inception's features, Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule", call it FID. Features
    are standardised by a's means and deviations. Biased: halves of the same are above 0.
    """
    a, b = _standardised(a, b)
    of_a, of_b = np.cov(a.T), np.cov(b.T)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(of_a @ of_b).real, 0)).sum()
    return float(np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + np.trace(of_a) + np.trace(of_b) - 2 * roots)


def nearest_neighbour(a: np.ndarray, b: np.ndarray) -> float:
    """Share of rows whose nearest other row is of their own kind: 0.5 where both are the same; (N, F), (N, F).

    Lopez-Paz and Oquab 2017, section 3.2. Features are standardised by a's means and deviations.
    """
    rows, kind = np.concatenate(_standardised(a, b)), np.repeat([0, 1], [len(a), len(b)])
    distances = _distances(rows, rows)
    np.fill_diagonal(distances, np.inf)
    return float((kind[distances.argmin(axis=1)] == kind).mean())


def linear_judge(a: np.ndarray, b: np.ndarray) -> float:
    """As `prior_gap.told_apart`, with a linear discriminant for a judge, its covariances shrunk (Ledoit and Wolf)."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.model_selection import cross_val_score

    judge = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    rows, from_b = np.concatenate(_standardised(a, b)), np.repeat([0, 1], [len(a), len(b)])
    shuffled = np.random.default_rng(0).permutation(len(rows))
    return float(cross_val_score(judge, rows[shuffled], from_b[shuffled], scoring="roc_auc").mean())


def convolutional_judge(a: np.ndarray, b: np.ndarray) -> float:
    """As `prior_gap.told_apart`, with a judge that sees pictures, float32 (N, 3, 32, 32), itself; two folds."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    torch.manual_seed(0)
    x = torch.from_numpy(np.concatenate([a, b])).contiguous(memory_format=torch.channels_last)
    from_b = torch.cat([torch.zeros(len(a)), torch.ones(len(b))])
    areas = []
    for seen, asked in StratifiedKFold(2, shuffle=True, random_state=0).split(x, from_b):
        judge = _convolutions(64, 64, outputs=1)
        _fit(judge, x[seen], from_b[seen])
        with torch.no_grad():
            scores = torch.cat([judge.eval()(batch)[:, 0] for batch in x[asked].split(BATCH)])
        areas.append(roc_auc_score(from_b[asked], scores))
    return float(np.mean(areas))


class Classifier:
    """A small convolutional net that names CIFAR-10's ten classes, for its features.

    Parameters
    ----------
    images : ImageSet
        It learns from the training split, for three epochs: two minutes on a core.
    """

    def __init__(self, images: ImageSet) -> None:
        torch.manual_seed(0)
        self.net = _convolutions(64, 128, 128, outputs=len(images.class_names))
        train = images.indices("train")
        _fit(self.net, to_float(images.images[train]), torch.from_numpy(images.labels[train]).long(), 3, 128)
        self.net.eval()
        held_out = images.indices("validation")
        named = self._over(self.net, to_float(images.images[held_out])).argmax(axis=1)
        self.accuracy = float((named == images.labels[held_out]).mean())

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Of float32 (N, 3, 32, 32), 0..1, what the last layer reads: float32 (N, 128)."""
        return self._over(self.net[:-1], torch.from_numpy(pictures))

    @torch.no_grad()
    def _over(self, net: nn.Module, x: Tensor) -> np.ndarray:
        return torch.cat([net(batch) for batch in x.split(BATCH)]).numpy()


def _convolutions(*widths: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, width in zip((3, 32, *widths), (32, *widths), strict=False):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.GELU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], outputs))


def _fit(net: nn.Module, x: Tensor, y: Tensor, epochs: int = EPOCHS, batch: int = 64) -> None:
    """Train a net on images (N, 3, 32, 32) to name classes (N,), int64, or to say 0 or 1, float32."""
    loss = (
        F.cross_entropy if y.dtype == torch.int64 else lambda said, y: F.binary_cross_entropy_with_logits(said[:, 0], y)
    )
    batches = len(x) // batch
    optimiser = torch.optim.AdamW(net.parameters(), 0.01, weight_decay=0.05)
    rhythm = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.01, total_steps=epochs * batches)
    net.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(batch)[:batches]:
            shown = x[chosen].flip(3) if torch.rand(()) < 0.5 else x[chosen]
            optimiser.zero_grad()
            loss(net(shown), y[chosen]).backward()
            optimiser.step()
            rhythm.step()


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def _between_others(of_pairs: np.ndarray) -> float:
    """Mean over pairs of a sample with itself, (N, N), without those of a row with itself."""
    n = len(of_pairs)
    return (of_pairs.sum() - np.trace(of_pairs)) / (n * (n - 1))


def _standardised(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, deviation = a.mean(axis=0), a.std(axis=0) + 1e-6
    return (a - mean) / deviation, (b - mean) / deviation
