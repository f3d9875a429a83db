"""Principal components: against numpy's, and as a run that is stopped, resumed and refused like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer import checkpoints, models
from explorer.analysis.health import health
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.nets import closed_form
from explorer.nets.linear import LinearVAE
from explorer.pixels import to_float
from explorer.runs import Run
from explorer.runs.rows import Resumed
from explorer.training import process
from tests.unit.training.trained import train, weights


def correlated(n: int, size: int = 4) -> np.ndarray:
    """uint8 images (n, 3, size, size) whose pixel values go together."""
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(n, 3 * size**2)) @ rng.normal(size=(3 * size**2, 3 * size**2))
    return np.clip(128 + 6 * mixed, 0, 255).astype(np.uint8).reshape(n, 3, size, size)


def by_numpy(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, variances and components by a singular value decomposition in float64."""
    x = images.reshape(len(images), -1) / 255
    _, singular, components = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return x.mean(axis=0), singular**2 / len(x), components


def test_moments_are_exact():
    """To the last digit of the same sums in whole numbers, with batches as large as they may be."""
    images = correlated(2500)
    moments = closed_form.Moments(48)
    for batch in np.array_split(images, 3):
        moments.add(batch)
    whole = images.reshape(len(images), -1).astype(np.int64) - 128
    assert moments._products.numpy().tolist() == (whole.T @ whole).tolist()
    assert moments._sum.tolist() == whole.sum(axis=0).tolist()
    np.testing.assert_allclose(moments.mean, images.reshape(len(images), -1).mean(axis=0) / 255, rtol=1e-14)
    with pytest.raises(ValueError, match="at most 1024"):
        moments.add(images[:1025])


def test_the_largest_batch_of_the_largest_values_is_exact():
    moments = closed_form.Moments(12)
    moments.add(np.zeros((1024, 3, 2, 2), np.uint8))
    assert (moments._products == 1024 * 128**2).all()


@pytest.mark.parametrize("few", [False, True])
def test_components_are_numpys(few: bool):
    images = correlated(600)
    mean, variances, expected = by_numpy(images)
    if few:
        found_mean, eigenvalues, components = closed_form.decompose_few(images)
    else:
        moments = closed_form.Moments(48)
        moments.add(images)
        found_mean, (eigenvalues, components) = moments.mean, closed_form.decompose(moments.covariance)
    np.testing.assert_allclose(found_mean, mean)
    np.testing.assert_allclose(eigenvalues, variances, rtol=1e-9)
    same_way = np.sign((components.numpy() * expected).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(components, same_way * expected, atol=1e-9)
    assert (components.gather(1, components.abs().argmax(1, keepdim=True)) > 0).all()  # the sign is settled


def test_where_images_span_less_than_their_pixels_variances_are_zero():
    images = correlated(10)
    moments = closed_form.Moments(48)
    moments.add(images)
    for eigenvalues in (closed_form.decompose(moments.covariance)[0], closed_form.decompose_few(images)[1]):
        assert (eigenvalues[:9] > 0).all()
        assert (eigenvalues[9:] == 0).all()


@pytest.mark.parametrize("batches", [1, 2])
def test_a_fit_speaks_up_while_it_goes_on(batches: int, monkeypatch: pytest.MonkeyPatch):
    """Both ways to the same net: at once where images are few, by their covariance where they come in batches."""
    monkeypatch.setattr("explorer.units.PIXEL_VALUES", 48)
    monkeypatch.setattr("explorer.nets.linear.SHAPE", (3, 4, 4))
    images, net = correlated(600), LinearVAE(7)
    said = list(net.solve(images, np.array_split(np.arange(600), batches), 0.25))
    assert said[:batches] == list(range(1, batches + 1))
    assert set(said[batches:]) <= {batches}
    _, variances, components = by_numpy(images)
    np.testing.assert_allclose(net.eigenvalues, variances, rtol=1e-5)
    np.testing.assert_allclose(net.components.abs(), np.abs(components[:7]), atol=1e-5)
    assert net.beta.item() == 0.25


# -- as a run --------------------------------------------------------------------------------------------------------


@pytest.fixture
def make(pictures: Path) -> Callable[..., Run]:
    def make_run(**changes) -> Run:
        settings: dict[str, Any] = {"data_path": str(pictures), "family": "linear_vae", "latent_dim": 4}
        return process.create(TrainConfig(source="folder", **(settings | changes)), "Linear")

    return make_run


def test_what_a_run_leaves(make: Callable[..., Run], pictures: Path):
    run = train(make(epochs=7, beta_steps=9, optimiser="muon"))  # which play no part
    assert run.config == TrainConfig(
        source="folder", data_path=str(pictures), family="linear_vae", latent_dim=4, epochs=1, batch_size=512
    )
    status = run.status()
    assert (status.state, status.step, status.total_steps) == ("finished", 1, 1)
    metrics = run.metrics()
    assert [(row.kind, row.step) for row in metrics.rows] == [("full", 0), ("subset", 1), ("full", 1)]
    assert {row.beta for row in (*metrics.full, *metrics.subset)} == {0.001}
    assert metrics.full[0].kl == 0
    assert run.preview_steps() == [0, 1]
    with Image.open(run.preview_path(0)) as strip:
        assert (np.asarray(strip) == 128).all()
    verdict = health(metrics, status)
    assert (verdict.level, "closed form" in verdict.sentence) == ("good", True)

    model = models.get(run.id)
    assert (model.family, model.step, model.effort) == ("linear_vae", 1, "in closed form")
    assert model.measured["validation"]["total"] == metrics.full[-1].total
    images = load_image_set("folder", str(pictures))
    x = to_float(images.images[images.indices("train")])
    net = models.load_model(model)
    x_hat = net.decode(net.encode(x).mode())
    line = net.linear_frontier(np.array([0.001]))
    assert (x_hat - x).square().mean() < line.mse[0]  # from the mean: without the noise of a sample


def test_the_same_again(make: Callable[..., Run]):
    first, second = weights(train(make())), weights(train(make()))
    assert all(value.equal(second[name]) for name, value in first.items())


def test_it_survives_half_precision(make: Callable[..., Run], tmp_path: Path):
    run = train(make())
    net = models.load_model(models.get(run.id))
    checkpoints.save_weights(tmp_path / "w.safetensors", net, {}, torch.float16)
    again, _ = checkpoints.load_weights(tmp_path / "w.safetensors")
    x = torch.rand(8, 3, 32, 32)
    z, expected = again.encode(x).mode(), net.encode(x).mode()
    torch.testing.assert_close(again.decode(z), net.decode(expected), atol=2e-3, rtol=0)


@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_stopped_anywhere_it_resumes(make: Callable[..., Run], stop_after: int):
    run = make()
    train(run, stop_after)
    if run.status().state == "stopped" and not list((run.path / "checkpoints").iterdir()):
        assert models.from_run(run) is None  # half a covariance is no model
    train(run)
    assert run.status().state == "finished"
    expected = weights(train(make()))
    assert all(value.equal(expected[name]) for name, value in weights(run).items())
    assert [row.step for row in run.metrics().full] == [0, 1]


def test_a_finished_one_can_be_resumed(make: Callable[..., Run]):
    run = train(make())
    before = run.metrics().rows
    train(run)
    assert run.status().state == "finished"
    assert [row for row in run.metrics().rows if not isinstance(row, Resumed)] == before


def test_too_few_images_are_refused(make: Callable[..., Run]):
    run = make(latent_dim=16)
    for _ in range(2):  # resumed it fails the same way
        with pytest.raises(ExplorerError, match="16 training images for 16 latent dimensions"):
            train(run)
        assert run.status().state == "failed"
        assert "add images" in str(run.status().error)
    assert train(make(latent_dim=15)).status().state == "finished"


def test_no_net_starts_from_a_linear_one(make: Callable[..., Run]):
    linear = train(make())
    with pytest.raises(ExplorerError, match="has family linear_vae, and this run asks for family conv_vae"):
        make(family="conv_vae", start_from=linear.id)
