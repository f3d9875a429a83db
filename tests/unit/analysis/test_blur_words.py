"""What measures of blur say, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer import models
from explorer.analysis import blur_words
from explorer.analysis.blur import Averaged, Blur
from explorer.measured_codecs import CodecRow
from explorer.models import Model
from explorer.nets import FAMILIES

FLAT = (1.0,) * 16
MODEL = models.get(models.DEFAULT)


def measured(
    family: str,
    nats: float | None,
    sharpness: float,
    beta: float = 0.001,
    half_power: float | None = 0.2,
    name: str = "",
) -> tuple[Model, Blur]:
    """A model that is named after its family, and what was measured of it."""
    values = {"nats": nats, "sharpness": sharpness, "half_power": half_power, "psnr": 20.0}
    found = replace(MODEL, family=family, beta=beta, title=name or family, id=name or family)
    return found, Blur(10, values, FLAT, FLAT, FLAT)


CURVE = [measured("conditional_vae", nats, sharp) for nats, sharp in ((10.0, 0.1), (1000.0, 0.4))]


def test_half_the_power_is_lost_somewhere_or_nowhere():
    found = [measured("residual_vae", 1.0, 0.5), measured("vq_vae", 1.0, 0.5, half_power=None)]
    words = blur_words.power_lost(found)
    assert words.endswith("Half the power is lost from, in cycles a pixel: **residual_vae** 0.200; **vq_vae** nowhere.")
    assert blur_words.power_lost([(MODEL, Blur(10, {}, FLAT, FLAT, FLAT))]) == ""


@pytest.mark.parametrize(
    ("sharpness", "half_power", "needs_no_kl"),
    [(0.29, 0.2, True), (0.2, 0.2, False), (0.29, 0.1, False), (0.31, None, True)],
)
def test_whether_blur_needs_a_kl(sharpness: float, half_power: float | None, needs_no_kl: bool):
    free = measured("autoencoder", None, 0.3, beta=0.0)
    paid = measured("residual_vae", 200.0, sharpness, half_power=half_power)
    words = blur_words.blur_without_kl([free, paid, measured("residual_vae", 20.0, 0.1, beta=0.1, name="worse")])
    assert f"**residual_vae** {sharpness:.3f} after" in words
    assert "**autoencoder**, which pays for no nat, is 0.300 as sharp as the originals" in words
    assert ("needs no KL: 128 numbers are too few" in words) == needs_no_kl


def test_without_a_pair_to_compare_nothing_is_said_of_the_kl():
    free = measured("autoencoder", None, 0.3, beta=0.0)
    assert blur_words.blur_without_kl([free]) == ""
    assert blur_words.blur_without_kl([measured("residual_vae", 1.0, 0.3)]) == ""
    wider, blur = measured("residual_vae", 1.0, 0.3)
    assert blur_words.blur_without_kl([free, (replace(wider, latent_dim=64), blur)]) == ""


def test_a_model_stands_beside_the_curve_at_its_own_rate():
    found = [
        *CURVE,
        measured("vq_vae", 100.0, 0.6),
        measured("residual_vae", 2000.0, 0.5),
        measured("autoencoder", None, 0.5),
    ]
    (beside,) = blur_words.beside_the_curve(found, "sharpness")
    assert (beside.model.family, beside.nats, beside.value) == ("vq_vae", 100.0, 0.6)
    assert beside.curve == pytest.approx(0.2)  # half way between 0.1 and 0.4 on logarithmic axes
    assert blur_words.beside_the_curve(found[2:], "sharpness") == []
    assert blur_words.beside_the_curve(found, "ssim") == []


def test_who_is_sharper_names_of_each_family_the_closest():
    found = [
        *CURVE,
        measured("residual_vae", 200.0, 0.2, name="about"),
        measured("vq_vae", 300.0, 0.6, name="near"),
        measured("vq_vae", 900.0, 0.7, name="far"),
    ]
    words = blur_words.who_is_sharper(found, "about")
    assert "**VQ-VAE** 0.600 against 0.278 at 300 nats (PSNR 20.0 against 20.0 dB)" in words
    assert "900 nats" not in words
    assert blur_words.who_is_sharper(found, "nobody") == ""
    assert blur_words.who_is_sharper(found[2:], "about") == ""


def test_means_of_pictures_are_blurred():
    counts = np.array([1, 2, 4])
    near, drawn = (Averaged(counts, counts, counts, np.array(v)) for v in ([0.9, 0.5, 0.2], [0.3, 0.2, 0.2]))
    words = blur_words.means_are_blurred("mine", near, drawn)
    assert "in the latent of **mine** the nearest has 0.900 of its sharpness, the mean of 4 has 0.200" in words
    assert "changes less, 0.300 to 0.200:" in words
    assert "not drawn" in blur_words.means_are_blurred("mine", near, None)


def test_what_beta_gives_up_first():
    lowest, highest = (Blur(10, {}, FLAT, FLAT, error) for error in ((0.25,) * 7 + (0.8,) * 9, (0.5,) * 16))
    words = blur_words.beta_gives_up_first(1e-6, lowest, highest, 128)
    assert "The finest octave stands at 80% even at beta 1e-6: 128 numbers can't hold it" in words
    assert "From 25% to 50% where waves fit into the image two to four times" in words


@pytest.mark.parametrize(
    ("source", "begins"),
    [
        ("cifar10", "Decoded from the mean of z, 128 numbers."),
        ("shapes", "**Trained on CIFAR-10, not on mine.** Decoded"),
        (None, "**Trained on CIFAR-10, not on mine.** Decoded"),
    ],
)
def test_models_that_learnt_from_other_images_are_said_to(source: str | None, begins: str):
    assert blur_words.what_is_seen([MODEL, MODEL], source, "mine").startswith(begins)


def test_what_was_measured_is_counted():
    assert blur_words.how_spectra_are_measured(1234).startswith("Over 1,234 images that no model was trained on")
    words = blur_words.how_rates_are_measured(1000, "Shapes", 0)
    assert words.startswith("Over 1,000 images of Shapes that no model was trained on")
    assert "Left out" not in words
    assert blur_words.how_rates_are_measured(1000, "Shapes", 3).endswith(
        " Left out: 3 shipped models that were measured on other images."
    )


@pytest.mark.parametrize(
    ("family", "no_prior", "codes"),
    [("residual_vae", False, False), ("autoencoder", True, False), ("vq_vae", False, True)],
)
def test_models_without_a_prior_of_their_own_are_named(family: str, no_prior: bool, codes: bool):
    words = blur_words.where_samples_come_from([measured(family, None, 0.5)[0]])
    assert (f"**{family}** has no prior" in words) == no_prior
    assert ("Codes are drawn one by one" in words) == codes
    assert "The mixture has 5 Gaussians" in words


def test_models_are_drawn_from_at_once_and_without_an_image_to_copy():
    drawn = {key: [prior.key for prior in blur_words.drawn_from(family)] for key, family in FAMILIES.items()}
    assert drawn["residual_vae"] == drawn["spatial_vae"] == ["normal", "mixture"]
    assert drawn["autoencoder"] == ["mixture"]
    assert drawn["vq_vae"] == ["uniform", "frequency"]


def row(codec: str, size: float, mse: float) -> CodecRow:
    return CodecRow(codec, codec.upper(), 10, 1_000, size, 3 * size, size, {"mse": mse}, mse)


def test_what_codecs_take_for_the_error_of_the_richest_codes():
    found, blurred = measured("vq_vae", 399.25, 0.4)
    codes = (found, replace(blurred, values=blurred.values | {"mse": 0.003}))
    rows = [row("jpeg", 50, 0.006), row("jpeg", 200, 0.0015), row("webp", 30, 0.002), row("webp", 60, 0.001)]
    words = blur_words.beside_codecs([*CURVE, codes], rows)
    assert words.endswith("MSE 0.0030: it takes 72, JPEG 100 in files of many pictures.")  # WebP goes not so far
    assert blur_words.beside_codecs(CURVE, rows) == ""
    assert blur_words.beside_codecs([codes], []) == ""


def test_what_lossless_files_take_is_said_since_no_chart_has_room_for_it():
    png = replace(row("png", 2188.1, 0.0), quality=None)
    assert "PNG 2,188 bytes an image" in blur_words.how_codecs_are_measured([row("jpeg", 50, 0.006), png])
    assert blur_words.how_codecs_are_measured([]) == ""
