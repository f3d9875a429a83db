"""Directions through a latent, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from explorer import models
from tests.app.shown import captions, components, data_of

Opened = Callable[..., AppTest]


def sliders(test: AppTest) -> dict[str, Any]:
    """What the sliders through a latent are sent."""
    (found,) = (each for each in components(test) if each.proto.component_name == "latent_sliders")
    data: dict[str, Any] = data_of(found)
    return data


def test_sliders_are_of_the_dimensions_with_most_kl_and_those_asked_for(app: Opened):
    said = {"also": "126", "moved": "4_0.5*126_-2", "start": "mean", "model": models.DEFAULT}
    test = app("latents", source="Shapes", n="200", view="Directions", **said)
    sent = sliders(test)
    nats = [float(row["note"][0].split()[0]) for row in sent["rows"]]
    assert len(nats) == 17
    assert nats[:16] == sorted(nats[:16], reverse=True)
    assert sent["rows"][16]["name"] == "dimension 126"
    assert any("background" in line for row in sent["rows"] for line in row["note"])
    state = sent["state"]
    assert (state["image"], state["at"], state["also"]) == ("mean", "4_0.5*126_-2", "126")
    assert [image["key"] for image in sent["images"]] == [*map(str, range(10)), "mean"]
    assert sent["nearest"]["count"] == 8


def test_attributes_say_how_well_they_are_told_and_leave_out_what_is_not_there(app: Opened):
    test = app("latents", source="Shapes", n="500", view="Directions", along="Attributes")
    rows = {row["name"]: row["note"] for row in sliders(test)["rows"]}
    assert rows["circle to square: linear probe"][0].startswith("told right for")
    assert rows["background, cyan to red"][0].startswith("R\u00b2 0.9")
    assert "decoded, 1 SD moves it by" in rows["brightness, dark to bright"][1]
    assert "rotation, cosine" not in rows
    assert "rotation, cosine" in captions(test)
    test.selectbox(key="class-to").set_value("star").run()
    assert "circle to star: linear probe" in [row["name"] for row in sliders(test)["rows"]]
    test.segmented_control(key="along").set_value("local").run()
    assert sliders(test)["rows"][0]["note"][0].endswith("% of pixels' change")
    test.segmented_control(key="along").set_value("sum").run()
    sent = sliders(test)
    (row,) = sent["rows"]
    assert (row["at_rest"], row["fixed"]) == (1, [-2, 2])
    assert row["name"] == " \u2212 ".join(sent["images"][i]["name"] for i in (1, 2))


def test_an_autoencoders_dimensions_are_ordered_by_variance(app: Opened):
    test = app("latents", source="Photos", n="200", view="Directions", model="cifar10-autoencoder")
    variance = [float(row["note"][0].removeprefix("variance ")) for row in sliders(test)["rows"]]
    assert variance == sorted(variance, reverse=True)
    assert "an autoencoder has no prior" in captions(test)
    assert sliders(test)["images"][0]["name"] == "astronaut"


def test_directions_refuse_what_is_none(app: Opened):
    test = app("latents", source="Photos", n="200", view="Directions", start="own", moved="4_nan", also="9999*x")
    said = " ".join(each.value for each in test.info)
    assert "which only who uploaded it has" in said
    assert "4\\_nan" in said
    assert (sliders(test)["state"]["image"], sliders(test)["state"]["at"]) == ("0", "")
    assert len(sliders(test)["rows"]) == 16


def test_no_way_leads_from_an_image_to_itself(app: Opened):
    test = app("latents", source="Photos", n="200", view="Directions", along="a \u2212 b + c", plus="2", minus="2")
    assert "a and b are the same" in test.info[0].value
    assert sliders(test)["rows"] == []
