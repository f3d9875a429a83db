"""The aggregate posterior beside the prior: numbers of known distributions, and what is said of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi, kstest, norm

from explorer.analysis.latents import aggregated
from explorer.analysis.latents import aggregated_words as words
from explorer.analysis.latents.aggregated import Parts
from explorer.analysis.latents.cloud import Cloud
from explorer.errors import ExplorerError

RNG = np.random.default_rng(0)


def gaussians(mu: np.ndarray, std: np.ndarray) -> Cloud:
    kl = 0.5 * (mu**2 + std**2 - 1 - 2 * np.log(std))
    mse = np.zeros(len(mu), np.float32)
    return Cloud(mu.astype(np.float32), std.astype(np.float32), kl.astype(np.float32), mse)


def linear(n: int, d: int, variance: float) -> Cloud:
    """What a linear VAE makes of Gaussian data: means vary by `variance`, posteriors have the rest."""
    return gaussians(np.sqrt(variance) * RNG.standard_normal((n, d)), np.full((n, d), math.sqrt(1 - variance)))


def test_distances_are_scipys():
    z = RNG.standard_normal((300, 3)) * [1, 0.5, 1] + [0, 0, 1]
    theirs = [kstest(column, norm.cdf).statistic for column in z.T]
    np.testing.assert_allclose(aggregated.distances(z), theirs)
    length = kstest(np.linalg.norm(z, axis=1), chi(3).cdf).statistic
    assert aggregated.length_distance(z) == pytest.approx(length)


def test_an_aggregate_that_is_the_prior_is_as_far_from_it_as_chance_makes_it():
    z = aggregated.draw(linear(2_000, 100, 0.9))
    limit = aggregated.distance_by_chance(2_000)
    assert limit == pytest.approx(1.358 / math.sqrt(2_000), rel=0.01)  # Kolmogorov's, of many
    assert 0 < (aggregated.distances(z) > limit).sum() < 15
    assert aggregated.length_distance(z) < 1.2 * limit
    correlation = aggregated.correlation(z)
    assert correlation.nats == pytest.approx(0, abs=0.3)
    np.testing.assert_allclose(correlation.eigenvalues, correlation.by_chance, atol=0.05)
    assert abs(correlation.strongest) < 1.3 * correlation.strongest_by_chance


def test_correlations_make_the_nats_of_a_gaussian_that_has_them():
    z = RNG.multivariate_normal(np.zeros(3), np.array([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 4]]), 5_000)
    found = aggregated.correlation(z)
    assert found.nats == pytest.approx(-0.5 * math.log(1 - 0.8**2), rel=0.05)
    assert (found.strongest, found.pair) == (pytest.approx(0.8, abs=0.02), (0, 1))
    np.testing.assert_allclose(found.eigenvalues, [4, 1.8, 0.2], rtol=0.08)
    assert "+0.8" in words.how_dimensions_go_together(found, 5_000)


def test_fewer_images_than_dimensions_have_no_total_correlation_of_correlations():
    found = aggregated.correlation(RNG.standard_normal((5, 8)))
    assert found.nats is None
    assert "Too few images" in words.how_dimensions_go_together(found, 5)


def test_of_gaussian_data_all_of_the_kl_is_information():
    cloud = linear(2_000, 1, 0.5)
    found = aggregated.parts(cloud, aggregated.draw(cloud))
    assert found.kl == pytest.approx(0.5 * math.log(2), rel=0.05)
    assert found.information == pytest.approx(found.kl, abs=0.02)
    assert (found.total_correlation, found.marginal[0]) == (pytest.approx(0, abs=0.01), pytest.approx(0, abs=0.02))
    assert not found.at_ceiling
    assert found.least_mismatch == 0
    assert "nothing is known to be mismatch" in words.mismatch(found)
    assert f"standard error {found.error:.2f}" in words.information(found)


def test_two_images_far_apart_have_the_parts_of_their_mixture():
    """Both dimensions say the same: ln 2 each of which image it is, and so ln 2 in common."""
    cloud = gaussians(np.tile([[9.0], [-9.0]], (500, 2)), np.ones((1_000, 2)))
    found = aggregated.parts(cloud, aggregated.draw(cloud))
    assert found.information == pytest.approx(math.log(2), abs=1e-3)
    assert found.total_correlation == pytest.approx(math.log(2), abs=0.1)

    def integrand(z: float) -> float:
        q = (norm.pdf(z, 9) + norm.pdf(z, -9)) / 2
        return float(q * (math.log(q) - norm.logpdf(z)))

    exact = 2 * quad(integrand, 4, 14)[0]
    np.testing.assert_allclose(found.marginal, exact, rtol=0.02)


def test_images_that_all_tell_themselves_apart_reach_the_ceiling_and_it_is_said():
    n = 50
    cloud = gaussians(RNG.standard_normal((n, 20)), np.full((n, 20), 0.01))
    found = aggregated.parts(cloud, aggregated.draw(cloud))
    assert found.information == pytest.approx(math.log(n))
    assert found.at_ceiling
    assert found.least_mismatch == pytest.approx(found.kl - math.log(n))
    assert found.information + found.total_correlation + found.marginal.sum() == pytest.approx(found.kl)
    assert f"at least {found.kl - math.log(n):,.1f} nats are mismatch" in words.mismatch(found)
    assert "says nothing more" in words.information(found)


def test_words_of_a_dimension_count_those_that_are_farther_than_chance():
    said = words.dimension_beside_normal(0.2, np.array([0.2, 0.01, 0.01, 0.05]), 2_000)
    assert "distance 0.200" in said
    assert "under 0.030 in 95 of 100; 2 of 4 dimensions are farther, where 0 would be by chance" in said


def test_codes_that_are_used_alike_have_no_mismatch_and_others_have():
    assert "as if 4 were used alike (perplexity)" in words.codes_beside_uniform("VQ-VAE", np.full(4, 16), 1)
    said = words.codes_beside_uniform("VQ-VAE", np.array([64, 64, 0, 0]), 2)
    assert "2 images use 2, as if 2 were used alike" in said
    assert f"at least {64 * math.log(2):,.1f} nats are mismatch" in said


@pytest.mark.parametrize(("n", "d"), [(aggregated.FEWEST, 20), (aggregated.FEWEST, 1), (200, 2)])
def test_few_images_and_few_dimensions_have_numbers_too(n: int, d: int):
    aggregated.check_enough(n)
    cloud = linear(n, d, 0.5)
    z = aggregated.draw(cloud)
    correlation, found = aggregated.correlation(z), aggregated.parts(cloud, z)
    numbers = [correlation.strongest, aggregated.length_distance(z), found.information, found.total_correlation]
    assert np.isfinite([*numbers, *correlation.eigenvalues, *aggregated.distances(z), *found.marginal]).all()
    assert (correlation.eigenvalues >= 0).all()
    assert words.how_dimensions_go_together(correlation, n)


def test_images_that_say_nothing_of_all_are_refused():
    with pytest.raises(ExplorerError, match="too few"):
        aggregated.check_enough(aggregated.FEWEST - 1)


def test_bounds_hold_whatever_is_estimated():
    found = Parts(images=1_000, kl=3.0, information=2.5, error=0.1, total_correlation=0.4, marginal=np.array([0.1]))
    assert (found.ceiling, found.least_mismatch) == (pytest.approx(6.908, abs=1e-3), 0)
