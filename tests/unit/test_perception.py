"""Where pictures stand between distortion and perception."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer import measured_codecs, models, perception, sample_scores
from explorer.analysis import features
from explorer.cards import place_rows
from explorer.data import ImageSet, load_image_set
from explorer.errors import ExplorerError
from explorer.records import Record

N = 30


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> ImageSet:
    """A few of them, as if the classifier knew them."""
    monkeypatch.setattr(sample_scores, "SOURCE", "shapes")
    monkeypatch.setattr(perception, "N", N)
    images = load_image_set("shapes")
    return replace(images, splits=images.splits | {"test": images.splits["test"][: N + 10]})


def test_a_model_stands_where_its_error_and_its_reconstructions_scores_are(shapes: ImageSet):
    """One definition of the distance, here and on the page Samples; further for more blur, and both are 0 at best."""
    rough, fine = models.get("shapes-beta-5e-3"), models.get("shapes-beta-1e-4")
    places = []
    for model in (rough, fine):
        net = models.load_model(model)
        places.append(place := perception.measure(net, shapes, model.beta, N))
        assert (place.of, place.n) == (f"{model.beta:g}", N)
        assert place.mse == pytest.approx(model.measured["test"]["recon"], rel=0.5)
    assert places[1].frechet == pytest.approx(sample_scores.reconstructed(net, shapes, N).frechet)
    assert places[0].mse > places[1].mse
    assert places[0].frechet > places[1].frechet > 0


def test_codecs_stand_nearer_the_more_bytes_they_take(shapes: ImageSet):
    coarse, fine = (perception.of_codec("jpeg", quality, shapes, N) for quality in (1, 35))
    assert coarse.of == "jpeg-1"
    assert coarse.mse > fine.mse > 0
    assert coarse.frechet > fine.frechet > 0


def test_nothing_is_measured_of_images_that_the_classifier_does_not_know_or_of_too_few(shapes: ImageSet):
    net = models.load_model(models.get("shapes-beta-1e-4"))
    with pytest.raises(ExplorerError, match="can't be measured"):
        perception.measure(net, load_image_set("photos"), 1e-4, N)
    with pytest.raises(ExplorerError, match="test images"):
        perception.measure(net, shapes, 1e-4, 10**6)


def test_a_card_says_a_row_a_beta_and_rows_of_other_features_are_no_use(shapes: ImageSet):
    model = models.get("shapes-beta-1e-4")
    rows = perception.of_card(models.load_model(model), shapes, model.beta)
    assert perception.is_whole(rows, model.beta, conditional=False)
    assert not perception.is_whole(rows, model.beta, conditional=True)
    known = perception.known(replace(model, card={"perception": place_rows(Record({"p": rows}, "a card"), "p")}))
    assert [place.of for place in known] == ["0.0001"]
    others = [row | {"features": "of others"} for row in rows]
    assert not perception.known(replace(model, card={"perception": others}))
    assert not perception.is_whole(others, model.beta, conditional=False)
    assert perception.known(replace(model, card={})) == []


def test_codecs_are_known_of_the_images_that_they_were_measured_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "coding.json"
    monkeypatch.setattr(measured_codecs, "ROWS", path)
    assert perception.known_codecs("these") == []
    place = perception.Place("webp-10", perception.N, 0.002, 0.5)
    path.write_text(json.dumps({"perception_digest": "these", "perception": [perception.as_json(place)]}))
    assert perception.known_codecs("these") == [place]
    assert perception.known_codecs("others") == []
    path.write_text(json.dumps({"perception_digest": "these", "perception": [{"of": 3}]}))
    assert perception.known_codecs("these") == []


def test_features_are_named_by_their_weights():
    assert perception.as_json(perception.Place("1", 2, 0.1, 0.2))["features"] == features.digest()[:12]
    assert np.isfinite(perception.N)
