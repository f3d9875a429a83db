"""Directions through latents: where their numbers are known otherwise, they are those."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from explorer import nets
from explorer.analysis.latents import directions
from explorer.analysis.latents.cloud import Cloud
from explorer.analysis.latents.directions import Property
from explorer.data.imageset import Factor
from explorer.nets.base import Net

RNG = np.random.default_rng(0)
WIDTH = 6


def cloud(mu: np.ndarray) -> Cloud:
    mu = mu.astype(np.float32)
    return Cloud(mu, np.ones_like(mu), np.square(mu), np.zeros(len(mu), np.float32))


SPREAD = cloud(RNG.normal(size=(300, WIDTH)) * [3, 1, 2, 0.1, 0.5, 0.2] + 1)


@pytest.fixture
def linear() -> Net:
    """Its first dimension paints all pixels alike, the others anything."""
    net = nets.build("linear_vae", WIDTH).eval()
    rows = np.r_[np.ones((1, 3072)), RNG.normal(size=(WIDTH - 1, 3072))]
    components = np.linalg.qr(rows.T)[0].T
    components[0] = np.abs(components[0])
    net.load_state_dict(
        {
            "mean": torch.full((3072,), 0.4),
            "components": torch.from_numpy(components).float(),
            "eigenvalues": torch.from_numpy(np.r_[np.arange(9, 9 - WIDTH, -1), np.zeros(3072 - WIDTH)]).float(),
            "beta": torch.tensor(1e-6),
        }
    )
    return net


def weights(net: Net) -> np.ndarray:
    """What each dimension of a linear decoder paints, (3072, width)."""
    with torch.no_grad():
        base, *painted = net.decode(torch.cat([torch.zeros(1, WIDTH), torch.eye(WIDTH)]))
        return (torch.stack(painted) - base).flatten(1).T.numpy()


def test_a_linear_decoders_jacobian_is_its_weights(linear: Net):
    steps = np.linspace(0.01, 0.1, WIDTH)
    np.testing.assert_allclose(directions.jacobian(linear, SPREAD.mu[0], steps), weights(linear), atol=1e-4)


def test_a_jacobian_is_autograds():
    torch.manual_seed(1)
    net = nets.build("residual_vae", 4).eval().requires_grad_(False)
    net.prepare(RNG.integers(0, 256, (50, 3, 32, 32), np.uint8), 1e-3)
    z, pixel = torch.from_numpy(SPREAD.mu[:1, :4]).requires_grad_(), 1234
    net.decode(z).flatten()[pixel].backward()
    assert z.grad is not None
    found = directions.jacobian(net, SPREAD.mu[0, :4], np.full(4, 0.01))[pixel]
    np.testing.assert_allclose(found, z.grad[0], atol=1e-4)


def test_local_directions_are_singular_vectors_of_what_images_change(linear: Net):
    found = directions.local(SPREAD, linear, SPREAD.mu[0], 3)
    spread = SPREAD.mu.std(axis=0)
    _, singular, towards = np.linalg.svd(weights(linear) * spread, full_matrices=False)
    for each, expected in zip(found, towards * spread, strict=False):
        assert abs(each.vector @ expected) == pytest.approx(np.linalg.norm(expected), rel=1e-3)
    share = 100 * singular[0] ** 2 / np.square(singular).sum()
    assert [each.key for each in found] == ["1", "2", "3"]
    assert found[0].note == f"{share:.0f} % of pixels' change"


def test_a_probe_is_scikit_learns_and_tells_what_can_be_told():
    z = RNG.normal(size=(200, WIDTH)).astype(np.float32) * np.float32(3)
    second = z[:, 2] > 0
    z[:, 2] += np.where(second, 2, -2)
    normal, score = directions.probe(z, second)
    fits = [LogisticRegression(C=c, max_iter=1000).fit(z, second).coef_[0] for c in (1e-3, 1e-2, 1e-1, 1.0)]
    assert min(np.abs(normal - fit).max() for fit in fits) < 1e-4
    assert normal.argmax() == 2
    assert score.value > 0.97
    assert score.words.startswith("told right for")
    assert "guessing" not in score.words.split("(guessing: ")[1]
    _, blind = directions.probe(z, RNG.permutation(np.arange(200) % 2 == 0))
    assert blind.chance == 0.5
    assert blind.words.endswith("no better than guessing")


def test_between_classes_lie_the_difference_of_means_and_a_probe():
    labels = np.arange(300) % 3
    mu = (SPREAD.mu + np.where(labels == 1, 4, 0)[:, None] * np.eye(WIDTH)[1]).astype(np.float32)
    means, probe = directions.between_classes(cloud(mu), labels, 0, 1, ("cat", "dog"))
    apart = mu[labels == 1].mean(axis=0) - mu[labels == 0].mean(axis=0)
    np.testing.assert_allclose(means.vector, apart / np.linalg.norm(apart), atol=1e-5)
    assert means.name == "cat to dog: difference of means"
    assert means.note == directions.by_means(mu[labels < 2], labels[labels < 2] == 1).words
    assert means.note.startswith("told right for ")
    normal, _ = directions.probe(mu[labels < 2], labels[labels < 2] == 1)
    np.testing.assert_allclose(probe.vector, normal / np.linalg.norm(normal), atol=1e-5)
    assert "200 held-out images (guessing: 50 %)" in probe.note
    few = np.r_[labels[:-1], 7]
    assert directions.between_classes(cloud(mu), few, 0, 7, ("cat", "dog")) == []


def test_what_grows_together_is_told_apart_and_what_is_not_there_is_said():
    first = RNG.normal(size=300)
    second = first + RNG.normal(size=300)
    mu = np.outer(first, [1, 0, 0]) + np.outer(second, [0, 2, 0]) + 0.01 * RNG.normal(size=(300, 3))
    found, missing = directions.of_properties(
        cloud(mu),
        {
            "a": Property("first", first, ("b",)),
            "b": Property("second", second, ("a",)),
            "alone": Property("first, nothing held", first, ()),
            "c": Property("nothing", RNG.normal(size=300), ()),
            "d": Property("all alike", np.ones(300), ()),
        },
    )
    a, b, alone = found
    np.testing.assert_allclose(np.stack([a.vector, b.vector]), np.eye(3)[:2], atol=0.01)
    np.testing.assert_allclose(alone.vector[1] / alone.vector[0], 2, rtol=0.2)  # second goes along, by a slope of 1
    assert a.note == "R\u00b2 1.00 on 300 held-out images"
    assert missing == ["nothing"]


def test_where_images_lie_along_it():
    found = directions.dimension(SPREAD, 2)
    column = SPREAD.mu[:, 2]
    assert (found.key, found.name, found.dimension, found.unit) == ("2", "dimension 2", 2, 1.0)
    np.testing.assert_allclose(
        [found.mean, found.std, found.low, found.high],
        [column.mean(), column.std(), *np.quantile(column, [0.01, 0.99])],
        rtol=1e-5,
    )


def test_a_walk_puts_dimensions_and_adds_the_rest():
    a, b = SPREAD.mu[:2]
    way = directions.from_to(SPREAD, b, a, "sum", "a - b")
    assert way
    start = SPREAD.mu[2]
    np.testing.assert_allclose(directions.walk(start, [way], {"sum": 1.0}), a - b + start, atol=1e-5)
    dimension = directions.dimension(SPREAD, 3)
    there = directions.walk(start, [dimension, way], {"3": -1.5, "elsewhere": 9.0})
    assert there[3] == -1.5
    np.testing.assert_array_equal(np.delete(there, 3), np.delete(start, 3))
    assert directions.from_to(SPREAD, a, a, "sum", "a - a") is None


def test_what_images_look_like():
    images = np.zeros((5, 3, 32, 32), np.uint8)
    images[0, 0] = images[1, 1] = images[2, 2] = images[3] = 255
    images[4, :, ::2] = 255
    seen = {key: each.values for key, each in directions.appearance(images).items()}
    np.testing.assert_allclose(seen["brightness"], [0.299, 0.587, 0.114, 1, 0.5], atol=1e-6)
    hue = np.degrees(np.arctan2(seen["green"][:3], seen["red"][:3])) % 360
    np.testing.assert_allclose(hue, [0, 120, 240], atol=1e-4)
    np.testing.assert_allclose(np.hypot(seen["red"], seen["green"]), [1, 1, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(seen["saturation"], [1, 1, 1, 0, 0], atol=1e-6)
    assert seen["sharpness"].argmax() == 4


def test_factors_with_a_period_are_two_numbers_and_kinds_none():
    factors = (
        Factor("kind", np.arange(4), categories=("a", "b", "c", "d")),
        Factor("size", np.arange(4, dtype=np.float32), "pixels"),
        Factor("hue", np.array([0, 0.25, 0.5, 0.75], np.float32), period=1.0),
        Factor("turn", np.array([0, 90, 180, 270], np.float32), "degrees", period=360.0),
    )
    found = directions.known(factors, np.array([1, 2]))
    assert [each.name for each in found.values()] == [
        "size", "hue, cyan to red", "hue, violet to green", "turn, cosine", "turn, sine",
    ]  # fmt: skip
    np.testing.assert_allclose(found["factor-hue-red"].values, [0, -1], atol=1e-6)
    np.testing.assert_allclose(found["factor-turn-sine"].values, [1, 0], atol=1e-6)


def test_an_effect_is_measured_on_what_is_decoded(linear: Net):
    images = RNG.integers(0, 256, (40, 3, 32, 32), np.uint8)
    still = cloud(0.1 * RNG.normal(size=(40, WIDTH)))
    brighter = directions.Direction("brightness", "brightness", np.eye(WIDTH, dtype=np.float32)[0], 0, 1, 0, 0, 2.0)
    across = directions.Direction("brightness", "brightness", np.eye(WIDTH, dtype=np.float32)[1], 0, 1, 0, 0, 2.0)
    spread = directions.appearance(images)["brightness"].values.std()
    found = directions.effects(still, linear, images, [brighter, across])
    painted = 2 * 3 / np.sqrt(3072)  # a unit of 2, a gain of 3, on a row of length 1
    np.testing.assert_allclose(np.array(found) * spread, [painted, 0], atol=0.03 * painted)


def test_a_dimension_goes_with_what_it_correlates_with():
    properties = {
        "minus": Property("minus the first", -SPREAD.mu[:, 0], ()),
        "noise": Property("noise", RNG.normal(size=300), ()),
    }
    name, r = directions.companions(SPREAD, properties)[0]
    assert name == "minus the first"
    assert r == pytest.approx(-1, abs=1e-4)
    assert directions.companions(SPREAD, {}) == [("", 0.0)] * WIDTH
