"""Planes through latents: any point can be had back, and distances are right."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.analysis.latents import plane
from explorer.analysis.latents.cloud import Cloud
from explorer.errors import ExplorerError

RNG = np.random.default_rng(0)
MU = (RNG.normal(size=(200, 6)) * [3, 1, 2, 0.1, 0.5, 0.2] + 1).astype(np.float32)
LABELS = np.arange(200) % 3


def cloud(mu: np.ndarray = MU, kl: np.ndarray | None = None) -> Cloud:
    return Cloud(mu, np.ones_like(mu), np.square(mu) if kl is None else kl, np.zeros(len(mu), np.float32))


PLANES = {
    "principal": plane.principal(cloud()),
    "dimensions": plane.dimensions(cloud(), 4, 1),
    "through": plane.through(MU[:3], ("a", "b", "c")),
    "apart": plane.of_classes(cloud(), LABELS),
    "classes": plane.between_classes(cloud(), LABELS, 0, 2, ("cat", "dog")),
}


@pytest.mark.parametrize("name", PLANES)
def test_points_on_it_come_back_and_distances_to_any_of_them_are_known(name: str):
    shown = PLANES[name]
    places = RNG.normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_allclose(shown.coordinates(shown.at(places)), places, atol=1e-5)
    across = np.linalg.norm(shown.coordinates(MU) - places[0], axis=1)
    far = np.linalg.norm(MU - shown.at(places[0]), axis=1)
    np.testing.assert_allclose(np.hypot(across, shown.beside(MU)), far, rtol=1e-4)


def test_the_principal_plane_is_scikit_learns():
    theirs = PCA(2).fit(MU)
    ours = PLANES["principal"].coordinates(MU)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs.transform(MU)), atol=1e-3)
    shares = [f"({100 * share:.0f} %" for share in theirs.explained_variance_ratio_]
    assert all(share in name for share, name in zip(shares, PLANES["principal"].names, strict=True))


def test_three_images_lie_on_the_plane_through_them():
    np.testing.assert_allclose(PLANES["through"].beside(MU[:3]), 0, atol=1e-3)
    a, b, _ = PLANES["through"].coordinates(MU[:3])
    np.testing.assert_allclose(a, 0, atol=1e-4)
    np.testing.assert_allclose(b, [float(np.linalg.norm(MU[1] - MU[0])), 0.0], atol=1e-4)


def test_three_means_lie_on_the_plane_where_classes_differ_and_scikit_learn_draws_the_same():
    means = np.stack([MU[label == LABELS].mean(axis=0) for label in range(3)])
    np.testing.assert_allclose(PLANES["apart"].beside(means), 0, atol=1e-3)
    labels = np.repeat(np.arange(4), 50)
    of_each = np.stack([MU[labels == label].mean(axis=0) for label in range(4)])
    ours = plane.of_classes(cloud(), labels).coordinates(of_each)
    np.testing.assert_allclose(np.abs(ours), np.abs(PCA(2).fit_transform(of_each)), atol=1e-3)


def test_classes_stand_apart_along_the_first_axis_alone():
    means = np.stack([PLANES["classes"].coordinates(MU[label == LABELS]).mean(axis=0) for label in (0, 2)])
    assert means[1, 0] - means[0, 0] > 0
    np.testing.assert_allclose(means[:, 1], 0, atol=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: plane.dimensions(cloud(), 2, 2),
        lambda: plane.through(np.stack([MU[0], MU[1], MU[0]]), ("a", "b", "a")),
        lambda: plane.through(np.stack([MU[0], MU[0], MU[1]]), ("a", "a", "b")),
        lambda: plane.of_classes(cloud(), np.arange(200) % 2),
        lambda: plane.between_classes(cloud(np.ones_like(MU)), LABELS, 0, 1, ("a", "b")),
    ],
)
def test_two_directions_that_are_one_are_refused(make):
    with pytest.raises(ExplorerError, match=r"no two directions|on one line"):
        make()


def test_dimensions_are_ordered_by_what_they_cost_or_else_by_how_they_vary():
    kl = np.tile(np.array([1, 5, 2, 0, 4, 3], np.float32), (200, 1))
    assert cloud(kl=kl).order.tolist() == [1, 4, 5, 2, 0, 3]
    by_variance = np.argsort(-MU.var(axis=0)).tolist()
    assert cloud(kl=np.full_like(MU, np.inf)).order.tolist() == by_variance  # points
    assert cloud(kl=np.ones((200, 2), np.float32)).order.tolist() == by_variance  # codes, of three columns each
