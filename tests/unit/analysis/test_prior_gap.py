"""What tells samples from reconstructions, where it is known how well that can be done at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from explorer import nets
from explorer.analysis import prior_gap
from explorer.analysis.samples import fit, paint
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.nets.conditional import ConditionalVAE

CHANCE = 0.05  # above and below what is known: two to three standard deviations of a judge on a thousand
LATENT = 16


def named(pictures: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(prior_gap.STATISTICS, prior_gap.statistics(pictures.astype(np.float32)).T, strict=True))


def prepared(images: np.ndarray) -> ConditionalVAE:
    """The best linear VAE at every beta."""
    torch.manual_seed(0)
    net = nets.build("conditional_vae", LATENT)
    assert isinstance(net, ConditionalVAE)
    net.prepare(images, 0.0)
    return net.eval()


# -- statistics --------------------------------------------------------------------------------------------------------


def test_a_flat_picture_has_no_contrast_and_no_detail():
    found = named(np.full((2, 3, 32, 32), [[[[0.25]], [[0.5]], [[1.0]]]]))
    assert found["brightness, red"] == pytest.approx(0.25)
    assert found["brightness, blue"] == pytest.approx(1.0)
    assert found["clipped"] == pytest.approx(1 / 3)
    assert (found["contrast, green"] < math.log(1 / 255)).all()
    for side in (1, 2, 4, 8):
        assert (found[f"detail, {side} px"] < 2 * math.log(1 / 255)).all()
        assert found[f"unevenness, {side} px"] == pytest.approx(math.log(3))


@pytest.mark.parametrize("side", [1, 2, 4, 8])
def test_a_chequered_picture_has_all_its_detail_at_one_scale(side: int):
    at = np.arange(32) // side
    board = 0.5 + 0.2 * (-1.0) ** (at[:, None] + at)
    found = named(np.broadcast_to(board, (1, 3, 32, 32)))
    assert found["contrast, red"] == pytest.approx(math.log(0.2), abs=1e-3)
    for other in (1, 2, 4, 8):
        if other == side:
            assert found[f"detail, {other} px"] == pytest.approx(2 * math.log(0.2), abs=1e-3)
            assert found[f"unevenness, {other} px"] == pytest.approx(0, abs=1e-3)  # the same everywhere
        else:
            assert (found[f"detail, {other} px"] < 2 * math.log(1 / 255)).all()


def test_unevenness_is_that_of_noise_and_higher_where_detail_keeps_to_a_place():
    noise = np.random.default_rng(0).normal(0, 0.1, (400, 3, 32, 32))
    in_a_corner = noise * (np.arange(32) < 8) * (np.arange(32) < 8)[:, None]
    spread, gathered, fainter = (named(0.5 + each) for each in (noise, in_a_corner, noise / 4))
    for side in (1, 2):
        name = f"unevenness, {side} px"
        assert spread[name].mean() == pytest.approx(math.log(3), abs=0.05)
        assert gathered[name].mean() == pytest.approx(math.log(3 * 16), abs=0.1)  # a sixteenth of the picture has all
        np.testing.assert_allclose(spread[name], fainter[name], atol=1e-3)  # whatever the contrast


# -- the judge ---------------------------------------------------------------------------------------------------------


def test_halves_of_the_same_are_not_told_apart():
    rows = np.random.default_rng(0).normal(size=(6, 2000, 15))
    found = [prior_gap.told_apart(each[:1000], each[1000:]) for each in rows]
    assert np.mean(found) == pytest.approx(0.5, abs=0.02)
    assert np.std(found) < 0.025
    assert prior_gap.told_apart(rows[0, :1000], rows[0, 1000:]) == found[0]


@pytest.mark.parametrize("distance", [0.5, 1.0, 2.0])
def test_two_gaussians_are_told_apart_as_well_as_can_be(distance: float):
    """Of a pair, the larger is from the one farther right: the difference is N(distance, 2)."""
    rows = np.random.default_rng(1).normal(size=(2, 1000, 1))
    best = NormalDist().cdf(distance / math.sqrt(2))
    assert prior_gap.told_apart(rows[0], rows[1] + distance) == pytest.approx(best, abs=CHANCE)


def test_a_ring_around_a_cluster_is_seen_though_means_and_covariances_are_the_same():
    rng = np.random.default_rng(2)
    cluster, angle = rng.normal(size=(1000, 2)), rng.uniform(0, 2 * np.pi, 1000)
    ring = math.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    best = 1 - 0.01  # the ring has no width: only what falls on it by chance is mistaken
    assert prior_gap.told_apart(cluster, ring) == pytest.approx(best, abs=CHANCE)


def test_a_judge_wants_examples():
    rows = np.zeros((prior_gap.FEWEST, 2))
    assert prior_gap.told_apart(rows, rows + 1) == 1.0
    with pytest.raises(ExplorerError, match="49 pictures"):
        prior_gap.told_apart(rows, rows[1:])


# -- lengths -----------------------------------------------------------------------------------------------------------


def test_the_shell_is_that_of_draws():
    assert prior_gap.shell(1) == pytest.approx((math.sqrt(2 / math.pi), math.sqrt(1 - 2 / math.pi)))  # half-normal
    z = torch.randn((20_000, 128), generator=torch.Generator().manual_seed(0))
    assert prior_gap.lengths(z) == pytest.approx(prior_gap.shell(128), abs=0.02)
    assert prior_gap.lengths(torch.tensor([[3.0, 4.0], [0.0, 1.0]])) == pytest.approx((3.0, math.sqrt(8)))


# -- nets --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_shapes() -> tuple[Callable[[float], float], np.ndarray]:
    """The gap at a beta of the best linear VAE for Shapes."""
    images = load_image_set("shapes")
    net, held_out = prepared(images.images[images.indices("train")]), images.images[images.indices("validation")]

    def gap(beta: float) -> float:
        at = net.at(beta)
        return prior_gap.prior_gap(at, held_out, fit(at, "normal", held_out), 3)

    return gap, held_out


def test_a_linear_vae_comes_closer_to_its_prior_as_beta_grows(of_shapes: tuple[Callable[[float], float], np.ndarray]):
    """It must: from one beta to a larger one, z is shrunk and noise is added, and N(0, 1) stays what it was."""
    gap, _ = of_shapes
    found = [gap(beta) for beta in (1e-3, 1e-2, 1e-1)]
    assert found[0] > found[1] + 2 * CHANCE > found[2] + 4 * CHANCE
    assert found[2] == pytest.approx(0.5, abs=CHANCE)  # all that 16 dimensions could tell of shapes has drowned


@pytest.fixture(scope="module")
def of_gaussian_images() -> tuple[ConditionalVAE, np.ndarray]:
    """The best linear VAE for images that are Gaussian, and others like them."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(LATENT, 3 * 32 * 32)) / np.arange(1, LATENT + 1)[:, None]
    x = 0.5 + 0.05 * rng.normal(size=(5000, LATENT)) @ mixing
    images = np.clip(255 * x, 0, 255).round().astype(np.uint8).reshape(-1, 3, 32, 32)
    return prepared(images[:4000]), images[4000:]


@pytest.mark.parametrize("beta", [1e-5, 1e-3, 1e-1])
def test_a_linear_vae_of_gaussian_images_has_no_gap(beta: float, of_gaussian_images: tuple[ConditionalVAE, np.ndarray]):
    """Its z are N(0, 1) exactly, at every beta."""
    net, images = of_gaussian_images
    gap = prior_gap.prior_gap(net.at(beta), images, fit(net.at(beta), "normal", images), 1)
    assert gap == pytest.approx(0.5, abs=CHANCE)


def test_no_judge_beats_the_best_and_a_larger_mismatch_is_seen_better(
    of_shapes: tuple[Callable[[float], float], np.ndarray],
):
    """z of one of two lengths: what the best judge could tell follows from their densities."""
    _, held_out = of_shapes
    net = prepared(held_out).at(1e-3)
    rng = np.random.default_rng(4)

    def mixed(amount: float, count: int) -> np.ndarray:
        return rng.normal(size=(count, LATENT)) * np.sqrt(rng.choice([1 + amount, 1 - amount], (count, 1)))

    def best(amount: float) -> float:
        lengths = [np.square(mixed(a, 20_000)).sum(axis=1) for a in (amount, 0.0)]
        variances = np.array([1 + amount, 1 - amount])
        ratios = [
            np.logaddexp(*(-LATENT / 2 * np.log(variances) - length[:, None] / 2 / variances).T) + length / 2
            for length in lengths
        ]
        return roc_auc_score(np.repeat([1, 0], 20_000), np.concatenate(ratios).round(6))

    def painted(amount: float) -> np.ndarray:
        return prior_gap.statistics(paint(net, torch.from_numpy(mixed(amount, 1000)).float()))

    found, prior = {}, painted(0.0)
    for amount in (0.0, 0.5, 0.9):
        found[amount] = prior_gap.told_apart(painted(amount), prior)
        assert found[amount] < best(amount) + CHANCE
    assert found[0.0] == pytest.approx(0.5, abs=CHANCE)
    assert found[0.9] > found[0.5] + CHANCE > found[0.0] + CHANCE
    assert found[0.9] > 0.5 + 0.7 * (best(0.9) - 0.5)


def test_encodings_are_samples_not_means():
    net = prepared(load_image_set("shapes").images[:500]).at(0.1)
    images = load_image_set("shapes").images[-1200:]
    z = prior_gap.encode(net, images, 5)
    assert torch.equal(z, prior_gap.encode(net, images, 5))
    assert not torch.equal(z, prior_gap.encode(net, images, 6))
    # most dimensions are collapsed at this beta: a mean would be 0 in them, a sample is N(0, 1)
    assert z.std(dim=0).numpy() == pytest.approx(np.ones(LATENT), abs=0.15)
