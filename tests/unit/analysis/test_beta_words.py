"""What a model of every beta shows, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer import models
from explorer.analysis import beta_words
from explorer.analysis.beta_words import Lesson
from explorer.analysis.sweep import Sweep
from explorer.data import ImageSet, load_image_set
from explorer.nets import BETA_STOPS

B, N, D = len(BETA_STOPS), 2, 8
NOTEBOOK = BETA_STOPS.index(1e-3)


def swept() -> Sweep:
    """Two images: 8 dimensions of 25 nats each at the smallest beta, of which one with 3 nats is left at the largest;
    errors of 0.002 and 0.04 there; as sharp as 0.9, 0.5 (at the notebook's beta) and 0.1 of the originals."""
    kl = np.full((B, D), 0.001, dtype=np.float32)
    kl[0], kl[-1, 0] = 25, 3
    mse = np.full((B, N), 0.01)
    mse[0], mse[-1] = 0.002, 0.04
    laplacian = np.full((B, N), 0.3)
    laplacian[0], laplacian[NOTEBOOK], laplacian[-1] = 0.9, 0.5, 0.1
    frames = np.zeros((B, N, 32, 32, 3), dtype=np.uint8)
    return Sweep(np.array(BETA_STOPS), frames, mse, laplacian, np.ones(N), kl)


def lessons(calibrated: float | None = 4.6e-4) -> dict[str, Lesson]:
    found = beta_words.lessons(swept(), D, calibrated, 0.04, "some split", "Samples")
    return {lesson.name: lesson for lesson in found}


def test_lessons_stand_at_stops_in_order():
    assert list(lessons()) == ["All detail, no prior", "Calibrated", "The notebook's", "Collapsed"]
    assert [lesson.beta for lesson in lessons().values()] == [BETA_STOPS[0], 5.01e-4, 1e-3, BETA_STOPS[-1]]


def test_at_the_smallest_beta_nats_hardly_count():
    words = lessons()["All detail, no prior"].words
    assert words.startswith("8 of 8 dimensions are in use for 200 nats an image")
    assert "0.00025 beside an MSE of 0.0020" in words  # 1e-5 * 200 / 8
    assert "look under Samples at" in words


def test_calibrated_says_the_noise_of_the_beta_itself_not_of_its_stop():
    words = lessons()["Calibrated"].words
    assert words.startswith("At beta 0.00046 ")
    assert "sigma 0.297" in words  # sqrt(3072 / 8 * 4.6e-4 / 2)
    assert "(some split)" in words


def test_without_a_calibrated_beta_there_is_no_lesson_of_it():
    assert "Calibrated" not in lessons(None)
    assert len(lessons(None)) == 3


def test_the_notebooks_noise_beside_the_error_that_is_made():
    words = lessons()["The notebook's"].words
    assert "sigma 0.438, 2.2 times the error that is made, 0.200 (some split)" in words  # sqrt(3072 / 8 * 1e-3 / 2)
    assert "sharpness is 0.50 of the originals', at beta 1e-5 it is 0.90" in words


def test_at_the_largest_beta_little_is_left():
    words = lessons()["Collapsed"].words
    assert words.startswith("1 of 8 dimensions are left, for 3 nats an image")
    assert words.endswith("sharpness is 0.10 of the originals'.")


@pytest.fixture(scope="module")
def images() -> ImageSet:
    return load_image_set("shapes")


def test_a_model_that_knows_such_images(images: ImageSet):
    model = replace(models.get(models.DEFAULT), title="Mine", source="shapes", step=1500)
    words = beta_words.trained_how(model, images, 8)
    assert words.startswith("**Mine**, trained on Shapes for 1,500 steps")
    assert "not seen" not in words
    assert "the 8 images above" in words


def test_a_model_that_does_not_know_such_images(images: ImageSet):
    model = replace(models.get(models.DEFAULT), source="cifar10")
    words = beta_words.trained_how(model, images, 1)
    assert f"**It has not seen images like these, {images.name}.**" in words
    assert "means over the image above" in words


def test_samples_beside_the_mean():
    words = beta_words.samples_beside_mean(1e-5, np.array([0.01, 0.02, 0.06]), 0.005, 0.007)
    assert words.startswith("At beta 1e-5 a sample's MSE is 0.03000 on average")
    assert "the mean's picture 0.00500" in words
    assert "the average of 3 samples 0.00700" in words
