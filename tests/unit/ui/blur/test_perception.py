"""Who stands where in the plane of distortion and perception."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import fitted, models, sample_scores
from explorer.nets import FAMILIES
from explorer.palette import CODEC
from explorer.perception import Place
from explorer.ui.blur import perception
from explorer.ui.blur.perception import Dot


def test_models_stand_at_their_betas_and_codecs_at_their_qualities():
    every = next(model for model in models.shipped() if model.conditional and model.source == "cifar10")
    (low, high) = perception.of_model(every, [Place("0.001", 2_000, 0.004, 11.0), Place("0.1", 2_000, 0.02, 90.0)])
    assert (low.id, high.id) == (f"{every.id}@0.001", f"{every.id}@0.1")
    assert "0.1" in high.title
    assert low.line
    (alone,) = perception.of_model(models.get(models.DEFAULT), [Place("0.001", 2_000, 0.004, 11.0)])
    assert (alone.id, alone.line, alone.colour) == (models.DEFAULT, False, FAMILIES["residual_vae"].colour)
    (jpeg,) = perception.of_codecs([Place("jpeg-10", 2_000, 0.004, 5.0)])
    assert (jpeg.title, jpeg.group, jpeg.colour) == ("JPEG, quality 10", "JPEG", CODEC)


def test_samples_of_a_learnt_prior_are_dots_too(monkeypatch: pytest.MonkeyPatch):
    model = models.get("cifar10-vq-512")
    (learnt,) = fitted.of(model)
    measured = (sample_scores.RECONSTRUCTIONS, 2_000), ("uniform", 2_000), (learnt.id, 2_000), (learnt.id, 10_000)
    rows = [sample_scores.Row(name, n, 0, 60.0, 0.1, 0.01, 0.5, 0.5) for name, n in measured]
    monkeypatch.setattr(sample_scores, "known", lambda of: rows if of == model else [])
    uniform, trained = perception.of_priors(model)
    assert (uniform.id, trained.id) == (f"{model.id}/uniform", f"{model.id}/{learnt.id}")
    assert trained.title == f"{model.title}, samples: {learnt.title}"


def test_samples_have_a_height_alone_and_the_chosen_dot_is_seen():
    near = Dot("a", "A", "Residual VAE", "#0072B2", "circle", 0.004, 11.0)
    drawn = Dot("a/normal", "A, samples", "samples, no originals", "#0072B2", "circle", None, 60.0)
    figure, table = perception.plane([near, drawn], 0.8, "a")
    of = {trace.name: trace for trace in figure.data}
    assert list(of["Residual VAE"].x) == [0.004]
    assert list(of["samples, no originals"].x) == [0]
    assert of["samples, no originals"].xaxis != of["Residual VAE"].xaxis
    assert of["Residual VAE"].marker.size[0] > of["samples, no originals"].marker.size[0]
    assert {shape.y0 for shape in figure.layout.shapes} == {0.8}  # in both
    assert table["MSE, pixels 0 to 1"] == [0.004, None]
    assert np.isclose(table["Fréchet distance, our features"], [11.0, 60.0]).all()
    without, _ = perception.plane([near], None, "a")
    assert not without.layout.shapes
