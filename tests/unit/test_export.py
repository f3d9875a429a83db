"""The way from a run to a shipped model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer import models, perception, places, runs, sample_scores
from explorer.__main__ import main
from explorer.analysis import blur, prior_gap
from explorer.analysis.evaluation import evaluate_split
from explorer.analysis.likelihood import importance, record
from explorer.analysis.measures import MEASURES
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.export import CURVE_POINTS, export, measure_again, measure_elsewhere
from explorer.nets import BETA_RANGE, BETA_STOPS, FAMILIES
from explorer.priors import fitting
from explorer.records import Record
from explorer.runs import Run
from explorer.sample_scores import RECONSTRUCTIONS
from explorer.training.loop import run_training
from explorer.ui.shell import cache


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of z, an image: 500 take seconds of each card."""
    monkeypatch.setattr(importance, "SAMPLES", (1, 2))


def test_export_ships_what_was_trained(run: Run, shelf: Path, pictures: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["export", str(run.path), "tiny-one"]) == 0
    printed = capsys.readouterr().out
    assert all(str(path) in printed for path in shelf.iterdir())
    assert sorted(p.name for p in shelf.iterdir()) == ["tiny-one.json", "tiny-one.safetensors"]
    card = json.loads((shelf / "tiny-one.json").read_text())
    assert TrainConfig.from_json(card["config"]) == run.config
    assert card["command"] == run.command
    assert f"--precision {run.environment['precision']}" in run.command  # as it turned out, whatever it was asked for
    assert card["environment"]["digest"] == run.environment["digest"]
    assert {"wall_time_s", "versions", "licence", "measured_how"} <= card.keys()

    shipped, trained = models.list_models()
    assert (shipped.id, shipped.shipped, shipped.beta, shipped.step) == ("tiny-one", True, 0.02, 2)
    assert (trained.id, trained.shipped, trained.title) == (run.id, False, "Trained")
    assert models.get("tiny-one") == shipped
    assert models.get(run.id) == trained

    net = models.load_model(shipped)
    images = load_image_set("folder", str(pictures))
    assert card["blur"] == blur.measure(net, images.images[blur.some(images)], MEASURES).to_json()
    reported = record.read(Record(card["likelihood"], "its card"))
    assert reported.to_json() == card["likelihood"]
    assert (reported.images, reported.weighted and reported.weighted.samples) == (len(images.splits["test"]), [1, 2])
    assert shipped.measured["test"] == pytest.approx(evaluate_split(net, images, "test", 0.02))
    x = torch.rand(2, 3, 32, 32)
    z = models.load_model(trained).encode(x).mode()
    torch.testing.assert_close(net.encode(x).mode(), z, atol=0.02, rtol=0)

    with pytest.raises(ExplorerError, match="taken"):
        export(run, "tiny-one")


def test_a_conditional_models_card_has_its_curve(pictures: Path, shelf: Path):
    config = TrainConfig(source="folder", data_path=str(pictures), family="conditional_vae", latent_dim=2, max_steps=1)
    run = runs.create(config, "Every beta")
    run_training(run, run.status())
    export(run, "every-beta")
    (model,) = models.shipped()
    curve = model.card["curve"]
    assert [curve[0]["beta"], curve[-1]["beta"]] == list(BETA_RANGE)
    assert len(curve) == CURVE_POINTS
    images, net = load_image_set("folder", str(pictures)), models.load_model(model)
    there = net.at(curve[5]["beta"])
    assert [row["beta"] for row in model.card["blur_curve"]] == list(models.BLUR_BETAS)
    assert {"sharpness", "half_power", "nats"} <= model.card["blur_curve"][0].keys()
    assert model.card["prior_gap"] == []  # too few images for a judge
    assert curve[5] == pytest.approx({"beta": 1e-4} | evaluate_split(there, images, "test", 1e-4))
    assert model.version != replace(model, beta=0.1).version


@pytest.mark.parametrize("name", ["", "../up", "Capital", "20260101-000000-abcd", "a" * 65])
def test_unfit_names_are_refused(shelf: Path, name: str):
    run = runs.create(TrainConfig(), "New")
    with pytest.raises(ExplorerError, match="unfit"):
        export(run, name)
    assert not list(shelf.iterdir())


def test_a_card_is_measured_again_where_it_lacks_something(
    run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    export(run, "tiny-one")
    path = shelf / "tiny-one.json"
    before, card = path.read_bytes(), json.loads(path.read_text())
    assert main(["measure"]) == 0
    assert "1 of 1: tiny-one\n  lacks nothing" in capsys.readouterr().out
    assert path.read_bytes() == before

    mine = replace(MEASURES["mse"], key="mine")
    monkeypatch.setitem(MEASURES, "mine", mine)
    assert main(["measure", "tiny-one"]) == 0
    assert "tiny-one\n  measured" in capsys.readouterr().out
    found = json.loads(path.read_text())
    assert found["blur"] == card["blur"] | {"mine": card["blur"]["mse"]}
    assert found | {"blur": card["blur"]} == card  # and nothing else has changed
    (model,) = models.shipped()
    assert not measure_again(model)
    assert measure_again(model, everything=True)
    assert json.loads(path.read_text()) == found


def test_a_card_without_measures_is_a_model_all_the_same(run: Run, shelf: Path):
    export(run, "tiny-one")
    path = shelf / "tiny-one.json"
    card = json.loads(path.read_text())
    bare = {key: value for key, value in card.items() if key not in ("measured", "blur")}
    path.write_text(json.dumps(bare))
    (model,) = models.shipped()
    assert model.measured == {}
    assert model.held_out is None
    assert measure_again(model)
    assert json.loads(path.read_text()) == card


def test_cards_are_measured_on_their_own_images_or_not_at_all(
    run: Run, shelf: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = export(run, "tiny-one")
    fewer = shutil.copytree(pictures, tmp_path / "fewer")
    next(fewer.glob("*.png")).unlink()
    card = json.loads(path.read_text())
    card["config"]["data_path"] = str(fewer)
    path.write_text(json.dumps(card))
    before = path.read_bytes()
    assert main(["measure", "--again"]) == 1
    assert "is not what tiny-one was measured on" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert main(["measure", run.id]) == 1
    assert "has no card" in capsys.readouterr().err


def test_a_conditional_models_curves_are_measured_again(pictures: Path, shelf: Path):
    config = TrainConfig(source="folder", data_path=str(pictures), family="conditional_vae", latent_dim=2, max_steps=1)
    run = runs.create(config, "Every beta")
    run_training(run, run.status())
    path = export(run, "every-beta")
    card = json.loads(path.read_text())
    del card["blur_curve"][3]["ssim"]
    del card["curve"]
    path.write_text(json.dumps(card))
    (model,) = models.shipped()
    assert measure_again(model)
    again = json.loads(path.read_text())
    assert len(again["curve"]) == CURVE_POINTS
    assert "ssim" in again["blur_curve"][3]
    assert again["blur"] == card["blur"]


def test_blur_on_bundled_images_is_put_into_cards_for_pages(run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(blur, "COUNT", 6)
    path = export(run, "tiny-one")
    before = json.loads(path.read_text())
    assert main(["measure", "--elsewhere"]) == 0
    card = json.loads(path.read_text())
    assert {key: card[key] for key in before} == before
    (model,) = models.shipped()
    for images in (load_image_set("photos"), load_image_set("shapes")):
        said = blur.elsewhere(model.card, images.digest)
        assert said
        live = blur.measure(models.load_model(model).eval(), images.images[blur.some(images)])
        assert said == blur.Blur.from_json(live.to_json())
        assert cache.blur(model, images) == said
        assert cache.blur(replace(model, beta=2 * model.beta), images) != said  # measured, not read
    assert blur.elsewhere(model.card, "of others") is None
    assert not measure_elsewhere(model)
    assert measure_elsewhere(model, everything=True)
    assert json.loads(path.read_text()) == card


def test_how_far_samples_are_is_put_into_cards_of_what_the_classifier_knows(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 4), ("test", 8)):
        (tmp_path / "photos" / split).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / split / f"{i}.png")
    config = TrainConfig(source="folder", data_path=str(tmp_path / "photos"), latent_dim=2, max_steps=1)
    run = runs.create(config, "Trained")
    run_training(run, run.status())
    path = export(run, "tiny-one")
    (model,) = models.shipped()
    assert not measure_again(model)  # the classifier has seen CIFAR-10
    for name, value in (("SOURCE", "folder"), ("N", 8), ("FEW", 6)):
        monkeypatch.setattr(sample_scores, name, value)
    monkeypatch.setattr(perception, "N", 8)
    assert measure_again(model)
    (model,) = models.shipped()
    rows = sample_scores.known(model)
    names = [RECONSTRUCTIONS, *(record.key for record in fitting(FAMILIES["conv_vae"]) if not record.trained)]
    assert [(row.prior, row.n) for row in rows] == [(name, n) for name in names for n in (6, 8)]
    assert all(row.frechet > 0 for row in rows)
    assert not measure_again(model)
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"samples": [row | {"features": "of others"} for row in card["samples"]]}))
    (model,) = models.shipped()
    assert not sample_scores.known(model)
    assert measure_again(model)
    assert json.loads(path.read_text()) == card


def test_shipped_models_of_every_beta_say_how_far_samples_are_from_reconstructions():
    found = {m.source: prior_gap.read(m.card["prior_gap"]) for m in models.shipped() if m.conditional}
    for gaps in found.values():
        assert [gap.beta for gap in gaps] == list(BETA_STOPS)
        assert {gap.images for gap in gaps} == {prior_gap.IMAGES}
    gaps = found["cifar10"]
    # as docs/prior-gap has it: N(0, 1) never paints well below 0.001
    assert all(gap.normal == pytest.approx(0.974, abs=0.01) for gap in gaps if gap.beta <= 1e-3)
    assert gaps[-1].normal == pytest.approx(0.62, abs=0.05)


def test_measuring_without_the_images_says_how_to_get_them(
    run: Run, shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    path = export(run, "tiny-one")
    card = json.loads(path.read_text())
    card["source"], card["config"]["data_path"] = "cifar10", str(tmp_path / "pictures")
    (tmp_path / "pictures").mkdir()
    path.write_text(json.dumps(card))
    assert main(["measure", "tiny-one"]) == 1
    assert "`python -m explorer download` fetches it" in capsys.readouterr().err


def test_where_models_may_not_be_written_they_go_to_the_users_folder(
    run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(places, "writable", lambda folder, name: tmp_path / "mine" / name)
    (tmp_path / "mine").mkdir()
    path = export(run, "tiny-one")
    assert path == tmp_path / "mine" / "models" / "tiny-one.json"
    assert [model.weights.parent for model in models.shipped()] == [path.parent]
    assert models.get("tiny-one").weights == path.with_suffix(".safetensors")
    assert list(shelf.iterdir()) == []
    with pytest.raises(ExplorerError, match="unfit"):
        export(run, "nul")
