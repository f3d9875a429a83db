"""Layouts to look at: always the same, and neighbours stay neighbours."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from explorer.analysis.latents import layouts
from explorer.errors import ExplorerError

RNG = np.random.default_rng(0)
Z = (RNG.normal(size=(3, 8)) * 6)[np.arange(60) % 3].astype(np.float32) + RNG.normal(size=(60, 8)).astype(np.float32)


@pytest.mark.parametrize("key", layouts.there())
def test_neighbours_stay_together_and_the_same_images_lie_the_same(key: str):
    found = layouts.lay_out(layouts.METHODS[key], Z)
    assert found.shape == (60, 2)
    assert found.dtype == np.float32
    assert trustworthiness(Z, found, n_neighbors=5) > 0.9
    np.testing.assert_array_equal(found, layouts.lay_out(layouts.METHODS[key], Z))


def test_umap_is_offered_where_it_is_installed():
    assert ("umap" in layouts.there()) == bool(importlib.util.find_spec("umap"))
    assert "tsne" in layouts.there()


@pytest.mark.parametrize(("count", "what"), [(5, "too few for t-SNE"), (2_001, "would take 22 s or more")])
def test_too_few_and_too_many_are_refused(count: int, what: str):
    with pytest.raises(ExplorerError, match=what):
        layouts.lay_out(layouts.METHODS["tsne"], np.zeros((count, 3), np.float32))
