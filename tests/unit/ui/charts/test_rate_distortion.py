"""What stands in the plane of rate and distortion."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from typing import Any

import numpy as np
import psutil
import pytest

from explorer import models, units
from explorer.analysis.over_beta import OverBeta
from explorer.errors import ExplorerError
from explorer.runs import Status
from explorer.runs.rows import Subset
from explorer.ui.charts import rate_distortion
from tests import every_beta
from tests.rows import change, measured


def of(title: str) -> list[rate_distortion.Dot]:
    return [dot for dot in rate_distortion.dots() if dot.title == title]


def keep_imported(name: str, source: str, measured: dict[str, Any]) -> None:
    """The default model as if it came from elsewhere, with other numbers."""
    default, folder = models.get(models.DEFAULT), models.imported_folder()
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.safetensors").symlink_to(default.weights)
    origin = {"file": "vae.pt", "day": "2026-11-26", "beta_known": True, "source": source}
    card = default.card | {"title": name, "source": source, "measured": measured, "imported": origin}
    (folder / f"{name}.json").write_text(json.dumps(card))


def swept() -> OverBeta:
    two = np.array([1e-4, 1e-2])
    frames = np.zeros((2, 3, 32, 32, 3), dtype=np.uint8)
    kl = np.array([[3.0, 1.0], [0.5, 0.0]], dtype=np.float32)
    return OverBeta(two, frames, np.array([[0.01, 0.02, 0.03], [0.04, 0.05, 0.06]]), np.ones((2, 3)), np.ones(3), kl)


def test_a_shipped_model_stands_where_its_card_says():
    default = models.get(models.DEFAULT)
    dot = next(dot for dot in rate_distortion.dots() if dot.id == models.DEFAULT)
    assert dot.mse == default.measured["test"]["recon"]
    assert dot.nats == units.nats_per_image(default.measured["test"]["kl"], default.latent_dim)
    assert (dot.concept, dot.beta, dot.pictures, dot.active) == ("beta", default.beta, True, False)
    assert dot.where == "the test split of CIFAR-10"
    assert not any(models.get(dot.id).conditional for dot in rate_distortion.dots() if dot.concept != "codec")
    assert next(dot for dot in rate_distortion.dots() if "linear" in dot.id).concept == "linear"


def test_labels_tell_models_of_one_beta_from_each_other():
    every_beta.make_single_run("Mine", beta=0.0)
    labels = [dot.label for dot in rate_distortion.dots(source="cifar10") if dot.label]
    assert {"0.001", "corrected guess", "Logistic decoder", "beta 0"} <= set(labels)
    assert "0" not in labels
    shipped = [dot.label for dot in rate_distortion.dots(source="cifar10") if dot.label and dot.concept == "beta"]
    assert len(shipped) == len(set(shipped))
    assert [dot.label for dot in of("Mine")] == ["beta 0"]
    assert not any(
        dot.label for dot in rate_distortion.dots() if dot.concept in ("codec", "codes", "linear", "spatial")
    )


def test_imported_models_without_a_place_are_named():
    measured_on = models.get(models.DEFAULT).measured["test"]
    keep_imported("here", "cifar10", {"validation": measured_on | {"kl": 1.0, "recon": 0.055}})
    keep_imported("elsewhere", "photos", {"validation": measured_on})
    keep_imported("new", "cifar10", {})
    dots = rate_distortion.dots(source="cifar10")
    assert any(dot.title == "here" for dot in dots)
    assert rate_distortion.left_out(dots, "cifar10") == ["elsewhere, measured on Photos", "new, not measured yet"]


def test_codecs_stand_among_shipped_models_where_they_err_as_much_and_have_no_pictures_of_a_net():
    dots = rate_distortion.dots()
    codecs, others = ([dot for dot in dots if (dot.concept == "codec") is is_one] for is_one in (True, False))
    assert {"JPEG, quality 10", "WebP, quality 5"} <= {dot.title for dot in codecs}
    assert "PNG" not in {dot.title for dot in codecs}
    errors = [dot.mse for dot in others if dot.source == "cifar10"]
    for dot in codecs:
        assert min(errors) <= dot.mse <= max(errors)
        assert not dot.pictures
        assert "bytes an image in files of many" in dot.where
        with pytest.raises(ExplorerError):
            rate_distortion.model(dot.id)


def test_a_run_stands_where_it_was_measured_last():
    run = every_beta.make_single_run("Mine", beta=0.003)
    assert [(dot.nats, dot.mse) for dot in of("Mine")] == [(2.0 * every_beta.LATENT, 0.02)]
    run.append_metrics(change(11, "beta", 0.004))
    run.append_metrics(measured(Subset, 12, 0.01, kl=2.0, beta=0.004))
    run.append_metrics(measured(Subset, 13, math.nan, kl=math.nan))
    (dot,) = of("Mine")
    assert (dot.mse, dot.beta, dot.concept, dot.source) == (0.01, 0.004, "latent", "shapes")
    assert "step 12" in dot.where


def test_a_run_in_progress_is_a_dot_without_pictures_until_its_first_checkpoint():
    run = every_beta.make_single_run("Mine", beta=0.003)
    run.weights_path(every_beta.STEP).unlink()
    run.weights_path(every_beta.STEP).parent.rmdir()
    me = psutil.Process(os.getpid())
    run.write_status(Status("running", step=10, pid=me.pid, pid_started=me.create_time()))
    (dot,) = of("Mine")
    assert dot.active
    assert not dot.pictures


def test_a_net_for_every_beta_stands_at_each_that_is_watched():
    every_beta.make_run("Every beta")
    here, there = of("Every beta")
    assert (here.beta, there.beta) == (1e-3, 0.1)
    assert (there.nats, there.mse) == (0.25 * every_beta.LATENT, 0.05)
    assert rate_distortion.model(here.id).beta == 1e-3
    assert rate_distortion.model(there.id) == replace(rate_distortion.model(here.id), beta=0.1)
    with pytest.raises(ExplorerError, match="no model"):
        rate_distortion.model("nobody@0.1")


def test_the_floor_is_the_autoencoder_of_the_same_images():
    shipped = next(model for model in models.shipped() if model.family == "autoencoder")
    assert rate_distortion.floor("cifar10") == shipped.measured["test"]["recon"]
    assert rate_distortion.floor("photos") is None


def test_a_latent_without_a_rate_has_no_place_and_codes_have_no_beta():
    for model in models.shipped():
        dots = {dot.id: dot for dot in rate_distortion.dots(source=model.source)}
        if model.family == "autoencoder":
            assert model.id not in dots
        elif model.family == "vq_vae":
            dot = dots[model.id]
            assert (dot.beta, dot.concept) == (None, "codes")
            assert dot.nats == pytest.approx(64 * math.log(model.card["config"]["codebook_size"]))


def test_shipped_models_stand_beside_curves_on_their_own_images():
    """And beside one on images that no shipped model learnt from stand the default's."""
    known = {model.id: model.source for model in models.shipped()}
    for source in ("cifar10", "shapes"):
        assert {known[dot.id] for dot in rate_distortion.dots(source=source) if dot.concept != "codec"} == {source}
    assert {dot.source for dot in rate_distortion.dots(source="photos")} == {"cifar10"}


def test_a_curve_is_the_cards_or_else_that_of_the_images_shown():
    run = every_beta.make_run("Every beta")
    model = models.get(run.id)
    shown = rate_distortion.curve(model, swept())
    np.testing.assert_allclose(shown.mse, [0.02, 0.05])
    np.testing.assert_allclose(shown.nats, [4.0, 0.5])
    assert "these images" in shown.where
    rows = [{"beta": beta, "recon": recon, "kl": kl} for beta, recon, kl in ((1e-3, 0.01, 2.0), (1e-1, 0.04, 0.5))]
    carded = rate_distortion.curve(replace(model, card={"curve": rows}), swept())
    np.testing.assert_allclose(carded.nats, [2.0 * model.latent_dim, 0.5 * model.latent_dim])
    assert "test split" in carded.where


def test_between_its_points_a_curve_is_read_on_logarithmic_scales():
    curve = rate_distortion.Curve(np.array([1e-3, 1e-1]), np.array([100.0, 1.0]), np.array([0.01, 0.04]), "")
    nats, mse = curve.at([1e-3, 1e-2, 1e-1])
    np.testing.assert_allclose(nats, [100, 10, 1])
    np.testing.assert_allclose(mse, [0.01, math.sqrt(0.01 * 0.04), 0.04])
