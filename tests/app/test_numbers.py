"""What papers report, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from explorer import models
from explorer.analysis.likelihood import record
from explorer.records import Record
from tests.app.shown import captions, files, html, read

Opened = Callable[..., AppTest]


def said(test: AppTest) -> str:
    return read(" ".join(each.value for each in test.markdown))


def test_a_shipped_models_numbers_are_its_cards(app: Opened):
    test = app("samples", view="numbers", source="Shapes", model="shapes-beta-5e-3")
    model = models.get("shapes-beta-5e-3")
    card = record.read(Record(model.card["likelihood"], "its card"))
    assert f"at most {card.best:.2f} bits a dimension" in said(test)
    assert f"over {card.images:,} test images" in said(test)
    assert card.weighted
    assert f"gain {card.weighted.gain[-1]:,.1f}" in captions(test)
    assert f"{card.in_use} of {model.latent_dim} dimensions in use" in captions(test)
    assert f"{card.active} of {model.latent_dim} units active" in captions(test)
    assert files(test) == ["PNG", "SVG", "CSV"] * 4 + ["CSV"]
    rows = re.findall(r'<tr class="first"><th scope="row"><i [^>]*></i>([^<]*)</th>', html(test))
    assert rows == [each.title for each in models.shipped() if each.digest == model.digest]


def test_codes_on_other_images_are_measured_here_and_have_no_samples_to_weigh(app: Opened):
    test = app("samples", view="numbers", source="Photos", model="shapes-vq-64")
    assert "over 200 test images" in said(test)
    assert "With its codes and the best sigma" in said(test)
    assert "There are no samples of them to weigh" in said(test)
    assert "Convolutional VAE" not in said(test)  # what papers report is of other images
    assert re.findall(r'<th scope="row">([^<]*)</th>', html(test).partition("by what both sides know")[2]) == [
        "nothing: each code alike",
        "how often training images use each",
    ]


def test_a_latent_that_is_a_point_has_no_likelihood_and_it_is_said_why(app: Opened):
    test = app("samples", view="numbers", source="Shapes", model="cifar10-autoencoder")
    assert "Autoencoders have no likelihood" in test.info[0].value
    assert {"Side by side of Autoencoder"} < {button.label for button in test.button}
