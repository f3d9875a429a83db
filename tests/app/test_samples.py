"""Samples, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import fitted, priors
from explorer.models import get
from explorer.nets import FAMILIES
from explorer.ui.samples import nearest
from explorer.ui.samples.rows import SHOWN
from tests.app.shown import captions, components, data_of, files, html
from tests.made_priors import made

Opened = Callable[..., AppTest]
FLAT, VQ, POINT = "cifar10-beta-1e-3", "cifar10-vq-64", "cifar10-autoencoder"

pytestmark = pytest.mark.usefixtures("few")


@pytest.fixture(autouse=True)
def nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """The yardstick is of fewer images, and features are waited for, however busy the machine is."""
    monkeypatch.setattr(nearest, "HELD_OUT", 20)
    monkeypatch.setattr(nearest, "_PATIENCE_S", 120.0)


def rows(test: AppTest) -> dict[str, dict[str, Any]]:
    """What is drawn in each, by its title."""
    found = [data_of(each) for each in components(test) if each.proto.component_name == "sample_row"]
    return {data["title"]: data for data in found}


@pytest.mark.parametrize("model", [FLAT, VQ, POINT])
def test_a_model_s_priors_stand_side_by_side_below_what_its_decoder_does_at_best(app: Opened, model: str):
    test = app("samples", source="Shapes", model=model)
    assert "**Trained on CIFAR-10, not on Shapes.**" in captions(test)
    assert ("trained beforehand" in captions(test)) == bool(fitted.of(get(model)))
    can_have = priors.fitting(FAMILIES[get(model).family])
    shown, ships = rows(test), {each.key for each in fitted.of(get(model))}
    there = [record.title for record in can_have if not record.trained or record.key in ships]
    assert list(shown) == ["Reconstructions", *there]
    assert all(len(data["names"]) == SHOWN for data in shown.values())
    for record in can_have:
        if record.trained and record.key not in ships:  # there is a way to have one
            assert record.title in html(test)
    assert files(test) == ["PNG", "CSV"]
    test.number_input(key="draw").set_value(2).run()
    others = rows(test)
    assert all(others[title]["version"] != data["version"] for title, data in shown.items())


def test_what_is_nearest_to_a_sample_says_whether_it_is_copied(app: Opened):
    test = app("samples", source="Photos", model=FLAT, sample="3-resampling")  # fewest images to find features of
    copied = rows(test)["Aggregated posterior"]
    assert copied["chosen"] == 2
    assert [strip["title"].split(",")[0] for strip in copied["beside"]["strips"]] == [
        "Nearest in pixels",
        "In what a classifier sees",
        "In the latent",
    ]
    assert "training images than this picture is" in copied["beside"]["words"]
    assert all(data["beside"] is None for title, data in rows(test).items() if title != "Aggregated posterior")


@pytest.mark.parametrize("sample", ["9-normal", "0-normal", "1-uniform", "horse"])
def test_a_sample_that_is_not_there_is_refused(app: Opened, sample: str):
    test = app("samples", source="Shapes", model=FLAT, sample=sample)
    assert all(data["chosen"] is None for data in rows(test).values())
    assert "asks for the sample" in " ".join(each.value for each in test.info)


def test_why_samples_are_no_images_is_measured_on_this_model(app: Opened):
    said = captions(app("samples", source="Shapes", model=FLAT))
    assert "N(0, 1) draws each of 128 numbers of z without a look at the others" in said
    assert "Codes that are drawn one by one" in captions(app("samples", source="Shapes", model=VQ))


def test_between_two_draws_one_way_leads_through_the_prior(app: Opened):
    test = app("samples", source="Shapes", model=FLAT, view="between", **{"from": "5"})
    (morph,) = (data_of(each) for each in components(test) if each.proto.component_name == "morph")
    assert [row["label"] for row in morph["rows"]] == [
        "Through the prior",
        "Straight line in the latent",
        "Pixel cross-fade",
    ]
    assert [end["note"] for end in morph["ends"]] == ["draw 5", "draw 2"]
    assert "% of the sharpness of its ends" in captions(test)
    assert files(test) == ["GIF", "Filmstrip as PNG"]


def test_between_codes_there_is_nothing_and_a_way_on(app: Opened):
    test = app("samples", source="Shapes", model=VQ, view="between")
    assert "between two codes there is nothing" in test.info[0].value
    test.button[0].click().run()
    assert rows(test)


def test_what_is_not_measured_says_what_would(app: Opened):
    test = app("samples", source="Shapes", model="shapes-beta-1e-4", view="measured")
    assert "Not measured on Shapes: " in test.info[0].value
    assert "Choose CIFAR-10" in test.info[0].value
    assert "python -m explorer measure" in test.info[0].value


def test_a_prior_that_knows_classes_can_be_asked_for_one(app: Opened):
    run = made(get(FLAT), "flow", width=16, depth=1)
    test = app("samples", source="Shapes", model=FLAT)
    asked = next(each for each in test.button_group if each.key == "draw-me")
    before = rows(test)
    asked.set_value("horse").run()
    after = rows(test)
    flow = next(title for title in after if run.id in title or "flow" in title.lower())
    assert after[flow]["version"] != before[flow]["version"]
    assert after[flow]["note"] == ""
    assert after["Gaussian mixture"]["version"] == before["Gaussian mixture"]["version"]
    assert after["Gaussian mixture"]["note"] == "knows no classes: any"
    assert after["Reconstructions"]["note"] == "any of them, horse or not"
    assert "Guidance 2 is how far to go beyond what was learnt of horse" in captions(test)

    def between(**said: str) -> dict[str, Any]:
        test = app("samples", source="Shapes", model=FLAT, view="between", between="0.25", t="0.75", **said)
        (found,) = (data_of(each) for each in components(test) if each.proto.component_name == "morph")
        return found

    of_any, of_horses = between(prior=run.id), between(prior=run.id, **{"draw-me": "horse"})
    assert of_any["position"] == of_horses["position"] == 0.25  # t is From noise's
    assert of_any["version"] != of_horses["version"]


def test_what_a_decoder_does_at_best_is_of_the_class_that_is_asked_for(app: Opened):
    made(get("shapes-beta-1e-4"), "flow", classes=6, width=32, depth=1, heads=2)
    shown = rows(app("samples", source="Shapes", model="shapes-beta-1e-4", **{"draw-me": "a square"}))
    best = shown["Reconstructions"]
    assert {name.rpartition(", ")[2] for name in best["names"]} == {"square"}
    assert best["note"] == ""
