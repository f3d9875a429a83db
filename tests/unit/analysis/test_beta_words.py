"""What a model of every beta shows, in words."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from explorer import models
from explorer.analysis import beta_words
from explorer.analysis.beta_words import Lessons
from explorer.analysis.over_beta import OverBeta
from explorer.data import ImageSet, load_image_set
from explorer.nets import BETA_STOPS

B, N, D = len(BETA_STOPS), 2, 8
NOTEBOOK = BETA_STOPS.index(1e-3)


def swept() -> OverBeta:
    """Two images: 8 dimensions of 25 nats each at the smallest beta, of which one with 3 nats is left at the largest
    three; errors of 0.0016 and 0.04 there; as sharp as 0.9, 0.5 (at the notebook's beta) and 0.1 of the originals."""
    kl = np.full((B, D), 1.0, dtype=np.float32)
    kl[0], kl[-3:], kl[-3:, 0] = 25, 0.001, 3
    mse = np.full((B, N), 0.01)
    mse[0], mse[-1] = 0.0016, 0.04
    laplacian = np.full((B, N), 0.3)
    laplacian[0], laplacian[NOTEBOOK], laplacian[-1] = 0.9, 0.5, 0.1
    frames = np.zeros((B, N, 32, 32, 3), dtype=np.uint8)
    return OverBeta(np.array(BETA_STOPS), frames, mse, laplacian, np.ones(N), kl)


# A curve that begins to rise at stop 8, and crosses sigma squared at stop 13: 192 * 2e-4 at 8 dimensions
CURVE = np.where(np.arange(B) < 8, 0.036, 0.038)
GAP = dict(zip(BETA_STOPS, np.where(np.arange(B) <= NOTEBOOK, 0.97, 0.6), strict=True))


def lessons(calibrated: float | None = 2e-4, gap: dict[float, float] | None = None) -> Lessons:
    return beta_words.lessons(swept(), D, calibrated, CURVE, GAP if gap is None else gap)


def at(beta: float, found: Lessons | None = None) -> str:
    return (found or lessons()).words[BETA_STOPS.index(beta)]


def test_lessons_stand_at_stops_in_order_and_share_none():
    named = lessons().named
    assert [lesson.name for lesson in named] == ["All detail", "Calibrated", "The notebook's", "Collapsed"]
    assert [lesson.stop for lesson in named] == [BETA_STOPS[0], 2e-4, 1e-3, BETA_STOPS[-1]]
    for lesson, after in pairwise(named):
        assert lesson.first <= lesson.stop <= lesson.last < after.first
    assert all(lesson.first <= lesson.stop <= lesson.last for lesson in named)


def test_each_is_true_of_a_range_of_betas():
    detail, calibrated, notebook, collapsed = lessons().named
    assert (detail.first, detail.last) == (BETA_STOPS[0], BETA_STOPS[7])  # its error is that of the smallest
    assert all(192 * beta / 0.038 == pytest.approx(1, rel=0.31) for beta in (calibrated.first, calibrated.last))
    assert notebook.first == notebook.last == 1e-3
    assert collapsed.first == BETA_STOPS[-3]  # from there on half of the dimensions say nothing


@pytest.mark.parametrize("beta", BETA_STOPS)
def test_words_have_a_sentence_for_each_half(beta: float):
    images, samples = at(beta).split(". ")
    assert "econstructions" in images or "noise that beta stands for" in images
    assert "amples" in samples


def test_words_are_of_the_stop_itself():
    assert "reconstructions are 20.0 % off" in at(BETA_STOPS[-1])
    assert at(BETA_STOPS[-1]).startswith("1 of 8 dimensions are left (KL bars)")
    assert "(a judge finds 60 in 100), because both are blurs" in at(BETA_STOPS[-1])
    assert at(BETA_STOPS[25]).startswith("Reconstructions are 10.0 % off, 4.0 % at beta 1e-5.")
    assert "a judge finds 60 in 100 (97 at beta 1e-5)" in at(BETA_STOPS[25])


def test_of_lengths_it_speaks_only_where_they_are_shown():
    ends = BETA_STOPS[0], BETA_STOPS[-1]
    without = beta_words.lessons(swept(), D, 2e-4, CURVE, GAP, lengths=False)
    assert all("engths" in at(beta) for beta in ends)
    assert not any("engths" in words for words in without.words)
    assert "look at the clutter in samples" in at(ends[0], without)
    assert ": look at what they have lost. Samples look like reconstructions (a judge" in at(ends[1], without)


@pytest.mark.parametrize(("found", "alike"), [(0.6, True), (0.75, True), (0.8, False), (0.97, False), (None, False)])
def test_where_little_is_left_samples_are_alike_only_if_the_judge_says_so(found: float | None, alike: bool):
    gap = {} if found is None else {BETA_STOPS[0]: 0.98, BETA_STOPS[-1]: found}
    words = at(BETA_STOPS[-1], lessons(gap=gap))
    assert words.startswith("1 of 8 dimensions are left")
    assert ("samples look like reconstructions" in words) == alike


def test_where_samples_gain_nothing_it_says_so():
    assert "That buys no better samples, a judge finds 97 in 100" in at(1e-3)
    assert "For 8 nats an image (200 at beta 1e-5)" in at(1e-3)
    assert "0.50 as sharp as originals (0.90 there)" in at(1e-3)
    assert "because reconstructions lose the detail" in at(BETA_STOPS[25])


def test_calibrated_compares_noise_and_error_of_its_own_stop_and_says_where_they_are_equal():
    words = at(2e-4, lessons(2.1e-4))
    assert "Sigma, the noise that beta stands for, is 0.196" in words  # sqrt(3072 / 8 * 2e-4 / 2)
    assert "the error on the plane's curve (root of its MSE) 0.195" in words  # sqrt(0.038)
    assert "equal at the diamond, beta 0.00021" in words


def test_without_a_calibrated_beta_there_is_no_lesson_of_it():
    found = lessons(None)
    assert [lesson.name for lesson in found.named] == ["All detail", "The notebook's", "Collapsed"]
    assert at(2e-4, found).startswith("Reconstructions are 10.0 % off")


@pytest.mark.parametrize("beta", [1e-5, 2e-4, 1e-3, 5.01e-3, 0.1])
def test_without_a_measured_gap_no_judge_is_named(beta: float):
    assert "judge" in at(beta)
    assert "judge" not in at(beta, lessons(gap={}))


@pytest.fixture(scope="module")
def images() -> ImageSet:
    return load_image_set("shapes")


def test_a_model_that_knows_such_images(images: ImageSet):
    model = replace(models.get(models.DEFAULT), title="Mine", source="shapes", step=1500)
    words = beta_words.trained_how(model, images)
    assert words.startswith("**Mine**, trained on Shapes for 1,500 steps")
    assert "not seen" not in words


def test_a_model_that_does_not_know_such_images(images: ImageSet):
    model = replace(models.get(models.DEFAULT), source="cifar10")
    words = beta_words.trained_how(model, images)
    assert f"**It has not seen images like these, {images.name}.**" in words


def test_samples_beside_the_mean():
    words = beta_words.samples_beside_mean(1e-5, np.array([0.01, 0.02, 0.06]), 0.005, 0.007)
    assert words.startswith("At beta 1e-5 a sample's MSE is 0.03000 on average")
    assert "the mean's picture 0.00500" in words
    assert "the average of 3 samples 0.00700" in words
