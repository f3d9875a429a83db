"""What the cards promise of the first steps, by real trainings: noise, and pictures; or pictures from the start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.data import load_image_set
from explorer.presets import PRESETS
from explorer.runs import Run
from explorer.training import process
from tests.trainer import train


def strip(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image, np.float64) / 255


def mse(run: Run, step: int) -> float:
    """Of the probes as they were painted at a step, pixels 0..1."""
    return float(np.square(strip(run.preview_path(step)) - strip(run.originals_path)).mean())


def mse_of_the_mean_image() -> float:
    """What the probes cost if every one is painted as the mean of the training images."""
    images = load_image_set("shapes")
    mean = images.images[images.indices("train")].mean(0) / 255
    return float(np.square(images.images[images.probes()] / 255 - mean).mean())


@pytest.fixture(scope="module")
def from_noise(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The first lesson's run, a fifth as long and on small batches."""
    config = PRESETS["noise"].with_(source="shapes", batch_size=16, max_steps=50, warmup_steps=10)
    run = process.create(config, "Lesson", tmp_path_factory.mktemp("lesson") / "run")
    train(run)
    return run


def test_it_begins_as_noise_and_comes_to_pictures(from_noise: Run):
    """Worse than a grey average at step 1, and far better than it at the end."""
    first, last, average = mse(from_noise, 1), mse(from_noise, 50), mse_of_the_mean_image()
    assert first > 1.5 * average
    assert last < 0.7 * average


def test_its_first_steps_can_be_seen_one_by_one(from_noise: Run):
    assert from_noise.preview_steps()[:21] == list(range(21))


def test_quick_look_begins_with_pictures(tmp_path: Path):
    run = process.create(PRESETS["quick"].with_(source="shapes", max_steps=1), "Quick", tmp_path / "run")
    train(run)
    assert mse(run, 0) < 0.5 * mse_of_the_mean_image()
