"""Prepared questions: what they call the truth is true."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from explorer import models, questions
from explorer.analysis.samples_words import usual
from explorer.lessons import Choice, Estimate, Question, question, question_table
from explorer.presets import FIRST, PRESETS
from explorer.ui.shell.pages import PAGES

EVERY = [(page, each) for page, asked in questions.PREPARED.items() for each in asked]


def card(name: str) -> dict[str, Any]:
    return next(dict(model.card) for model in models.shipped() if model.id == name)


def truth(page: str, at: int) -> float:
    found = questions.PREPARED[page][at]
    assert isinstance(found, Estimate)
    return found.truth


@pytest.mark.parametrize(("page", "asked"), EVERY)
def test_a_prepared_question_can_be_asked(page: str, asked: Question):
    assert page in {record.name for record in PAGES}
    assert question(question_table(asked), page) == asked
    assert asked.why


def test_truths_are_what_the_cards_say():
    default, every = card(models.DEFAULT)["blur"], card("cifar10-conditional")
    assert truth("start", 0) == pytest.approx(default["nats"] / math.log(2), abs=0.5)
    assert truth("compare", 0) == pytest.approx(100 * math.sqrt(default["mse"]), abs=0.05)
    tenth = next(row for row in every["curve"] if row["beta"] == truth("beta", 0))
    assert 128 * every["curve"][0]["kl"] == pytest.approx(507, abs=0.5)
    assert 128 * tenth["kl"] == pytest.approx(50.7, abs=1)
    judged = {row["beta"]: 100 * row["normal"] for row in every["prior_gap"]}
    assert (round(judged[0.001]), round(judged[0.1])) == (97, truth("beta", 1))
    names = ("autoencoder", "beta-1e-3", "spatial-1e-3", "vq-64", "beta-1e-2")
    sharp = [card(f"cifar10-{name}")["blur"]["sharpness"] for name in names]
    assert [round(value, 2) for value in sharp] == [0.26, 0.25, 0.25, 0.28, 0.11]
    assert truth("blur", 0) == round(100 * sharp[0])
    errors = [card(f"cifar10-{name}")["blur"]["mse"] for name in names[:4]]
    assert max(errors) == errors[3]
    codes = card("cifar10-vq-64")["blur"]
    assert (truth("latents", 1), 254) == (round(codes["nats"]), round(codes["entropy"]))


def test_the_first_network_has_as_many_weights_as_is_said():
    from explorer import nets

    settings = PRESETS[FIRST].settings
    net = nets.build(settings.family, settings.latent_dim, norm=settings.norm)
    assert sum(each.numel() for each in net.parameters() if each.requires_grad) == truth("train", 0)


def test_what_the_default_model_does_on_photos_agrees():
    """Measured on CIFAR-10, which a fresh clone doesn't have: on photos the answers are the same."""
    import torch

    from explorer.data import load_image_set
    from explorer.pixels import to_float

    images = load_image_set("photos")
    net = models.load_model(next(model for model in models.shipped() if model.id == models.DEFAULT))
    x = to_float(images.images[images.splits["validation"][:200]])
    with torch.inference_mode():
        posterior = net.encode(x)
        first, second = (net.decode(posterior.sample(torch.Generator().manual_seed(seed))) for seed in (0, 1))
        z = posterior.mode()
    apart, off = ((a - b).square().mean().sqrt() for a, b in ((first, second), (first, x)))
    between = questions.PREPARED["start"][1]
    assert isinstance(between, Choice)
    assert (between.truth, bool(apart < off / 2)) == ("Less than half as far", True)
    half = (z[:100] + z[100:]).norm(dim=1) / (z[:100].norm(dim=1) + z[100:].norm(dim=1))
    assert 100 * float(half.mean()) == pytest.approx(truth("interpolate", 0), abs=5)
    kept = float(torch.linalg.svdvals(z - z.mean(dim=0)).square()[:2].sum() / (z - z.mean(dim=0)).square().sum())
    mapped = questions.PREPARED["latents"][0]
    assert isinstance(mapped, Choice)
    assert (mapped.truth, kept < 1 / 4) == ("Less than a quarter", True)
    drawn = questions.PREPARED["samples"][0]
    assert isinstance(drawn, Choice)
    spatial = models.load_model(models.get("cifar10-spatial-512"))
    with torch.inference_mode():
        together = spatial.encode(x).mode().numpy()
    alone = np.random.default_rng(0).standard_normal(together.shape)
    assert (drawn.truth, usual(together).directions < 0.8 * usual(alone).directions) == ("Noise", True)
