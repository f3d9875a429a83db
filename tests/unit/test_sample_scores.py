"""How far samples are from real pictures, of small sets and a small net."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer import models, nets, priors, sample_scores
from explorer.analysis import samples
from explorer.cards import sample_rows
from explorer.config import TrainConfig
from explorer.data.imageset import ImageSet, Split
from explorer.errors import ExplorerError
from explorer.export import export
from explorer.nets.base import Net
from explorer.records import Record
from explorer.runs import Run
from explorer.sample_scores import RECONSTRUCTIONS
from explorer.training import process
from explorer.training.loop import run_training

N = 12


@pytest.fixture(scope="module")
def images() -> ImageSet:
    """Gradients of colours, 24 to train on, 12 to validate, 12 to test."""
    corners = torch.rand((48, 3, 2, 2), generator=torch.Generator().manual_seed(0))
    pixels = torch.nn.functional.interpolate(corners, 32, mode="bilinear").mul(255).byte().numpy()
    splits: dict[Split, np.ndarray] = {
        "train": np.arange(24),
        "validation": np.arange(24, 36),
        "test": np.arange(36, 48),
    }
    return ImageSet("cifar10", "CIFAR-10", pixels, np.zeros(48, np.int64), ("any",), splits)


@pytest.fixture(scope="module")
def net() -> Net:
    torch.manual_seed(0)
    return nets.build("conv_vae", 8).eval()


def test_real_images_are_nearer_to_real_images_than_samples_of_an_untrained_net(net: Net, images: ImageSet):
    said: list[tuple[int, int]] = []
    prior = samples.fit(net, "normal", images.images[:24])
    drawn = sample_scores.measure(net, prior, images, N, say=lambda *words: said.append(words))
    real = sample_scores.real(images, N)
    assert (drawn.prior, real.prior) == ("normal", "validation images")
    assert said == [(N, N)]
    assert 0 < real.frechet < drawn.frechet / 2
    assert real.kernel < drawn.kernel
    assert drawn.precision < real.precision
    assert drawn.recall < real.recall


def test_the_same_seed_gives_the_same_and_another_nearly(net: Net, images: ImageSet):
    prior = samples.fit(net, "normal", images.images[:24])
    first, again, other = (sample_scores.measure(net, prior, images, N, seed) for seed in (0, 0, 1))
    assert first == again
    assert other.frechet != first.frechet
    assert other.frechet == pytest.approx(first.frechet, rel=0.3)


def test_reconstructions_are_decoded_from_draws_as_samples_are(net: Net, images: ImageSet):
    first, again, other = (sample_scores.reconstructed(net, images, N, seed) for seed in (0, 0, 1))
    assert first == again
    assert first.prior == RECONSTRUCTIONS
    assert first.frechet != other.frechet


def test_other_images_are_said_not_to_be_measured(net: Net, images: ImageSet):
    assert not sample_scores.why_not("cifar10")
    assert "CIFAR-10" in sample_scores.why_not("photos")
    with pytest.raises(ExplorerError, match="can't be measured on Photos"):
        sample_scores.reconstructed(net, replace(images, source="photos", name="Photos"), N)
    with pytest.raises(ExplorerError, match="12 test images"):
        sample_scores.reconstructed(net, images, N + 1)


def test_a_card_says_what_was_measured_in_todays_features(net: Net, images: ImageSet):
    row = sample_scores.reconstructed(net, images, N)
    said = sample_scores.as_json(row)
    rows = sample_rows(Record({"samples": [said, said | {"features": "of others"}]}, "card"), "samples")
    (found,) = sample_scores.known(replace(models.get("cifar10-beta-1e-2"), card={"samples": rows}))
    assert (found.prior, found.n, found.seed) == (RECONSTRUCTIONS, N, 0)
    assert found.frechet == pytest.approx(row.frechet, rel=1e-3)
    assert found.recall == pytest.approx(row.recall, rel=1e-3)


@pytest.mark.parametrize("damage", [{"recall": 2}, {"frechet": None}, {"n": 0}, {"prior": ""}])
def test_a_card_whose_rows_are_damaged_is_refused(damage: dict[str, Any]):
    said = sample_scores.as_json(sample_scores.Row("normal", 5, 0, 1.0, 0.1, 0.01, 0.5, 0.5)) | damage
    with pytest.raises(ExplorerError, match=next(iter(damage))):
        sample_rows(Record({"samples": [said]}, "card"), "samples")


def test_what_is_measured_of_a_shipped_prior_stands_in_its_card(
    run: Run, shelf: Path, images: ImageSet, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("N", N), ("FEW", 8)):
        monkeypatch.setattr(sample_scores, name, value)
    model = models.from_run(run)
    assert model
    config = TrainConfig(prior="flow", prior_of=model.id, batch_size=4, max_steps=1, precision="float32")
    with monkeypatch.context() as small:
        small.setattr(priors, "build", partial(priors.build, width=12, depth=1))
        prior_run = process.create(config, "A flow")
        run_training(prior_run, prior_run.status())
    export(prior_run, "my-flow")
    net = models.load_model(model)
    assert sample_scores.known(model) == []
    (lacking,) = sample_scores.lacking(model)
    assert lacking.id == "my-flow"
    sample_scores.add_to_priors(model, net, images)
    rows = sample_scores.known(model)
    assert [(row.prior, row.n) for row in rows] == [("my-flow", 8), ("my-flow", N)]
    assert not sample_scores.lacking(model)
    sample_scores.add_to_priors(model, net, images, everything=True)
    assert sample_scores.known(model) == rows
    names = [name for name, _ in sample_scores.priors_of(model, net, images, fitted_on=24)]
    assert names == [*sample_scores.untrained(model.family), "my-flow", prior_run.id]


def test_the_floor_falls_with_the_number_of_images():
    rows = [sample_scores.floor(n) for n in (1_000, 2_000, 5_000, 10_000)]
    distances = [row.frechet for row in rows if row]
    assert len(distances) == 4
    assert distances == sorted(distances, reverse=True)
    assert sample_scores.floor(3) is None
