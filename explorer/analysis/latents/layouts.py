"""Where images lie when neighbours are kept together: to look at, since no point of it can be decoded; pure functions.

t-SNE: van der Maaten and Hinton 2008, "Visualizing Data using t-SNE". UMAP: McInnes et al. 2018, "UMAP: Uniform
Manifold Approximation and Projection for Dimension Reduction", where `umap-learn` is installed.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.errors import ExplorerError

MOST = 2_000  # images that are laid out: on one core t-SNE takes 21 s for them, UMAP 30 s, and a minute more at first
FEWEST = 10
_PERPLEXITY = 30.0  # of t-SNE: about as many neighbours are kept near, scikit-learn's own default
_NEIGHBOURS = 15  # of UMAP, its own default


@dataclass(frozen=True)
class Method:
    """A way to lay images out.

    Parameters
    ----------
    key : str
        In the address.
    title : str
    seconds : float
        For 1,000 images on one core, about.
    lay : callable
        float32 (n, width) -> float32 (n, 2), always the same for the same.
    note : str
        What is to be known of it, a sentence.
    """

    key: str
    title: str
    seconds: float
    lay: Callable[[np.ndarray], np.ndarray]
    note: str


def lay_out(method: Method, z: np.ndarray) -> np.ndarray:
    """Latents, float32 (N, width), laid out: float32 (N, 2).

    Raises
    ------
    ExplorerError
        If there are fewer than `FEWEST`, or more than `MOST`.
    """
    if len(z) < FEWEST:
        raise ExplorerError(f"{len(z)} images are too few for {method.title}", f"Choose {FEWEST} or more.")
    if len(z) > MOST:
        seconds = method.seconds * len(z) / 1_000
        raise ExplorerError(
            f"{method.title} of {len(z):,} images would take {seconds:,.0f} s or more", f"Choose up to {MOST:,} below."
        )
    return method.lay(z).astype(np.float32)


def _tsne(z: np.ndarray) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(_PERPLEXITY, (len(z) - 1) / 3)
    # One thread: several spin while they wait for a core that is busy (60 points then took 9 s), and that of another
    # number of threads is another layout.
    with threadpool_limits(1, "openmp"):
        return TSNE(2, perplexity=perplexity, random_state=0, n_jobs=1).fit_transform(z)


def _umap(z: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # that TensorFlow is missing, which this needs not, and that one thread is meant
        import umap

        return umap.UMAP(n_neighbors=min(_NEIGHBOURS, len(z) - 1), random_state=0, n_jobs=1).fit_transform(z)


_NOT_DECODED = "to look at: neighbours are kept together, but no point can be decoded, and far distances mean nothing"
METHODS: dict[str, Method] = {
    method.key: method
    for method in (
        Method("tsne", "t-SNE", 11.0, _tsne, _NOT_DECODED),
        Method("umap", "UMAP", 10.0, _umap, _NOT_DECODED),
    )
}


def there() -> dict[str, Method]:
    """Those whose library is installed."""
    return {key: method for key, method in METHODS.items() if key != "umap" or importlib.util.find_spec("umap")}
