"""What unit tests share: pictures that load in no time, a run trained on them, and an empty shelf of models."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import models, runs
from explorer.config import TrainConfig
from explorer.data import decoded
from explorer.runs import Run


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 20 pictures of colour gradients: 16 train, 2 validate, 2 test."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for i in range(20):
        corners = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
        Image.fromarray(corners).resize((32, 32), Image.Resampling.BILINEAR).save(folder / f"{i:02}.png")
    return folder


@pytest.fixture(scope="session")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two steps, to be copied: training it takes as long as most of what is asked of it."""
    from explorer.training.loop import run_training  # torch takes seconds, and most tests of this folder need none

    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VAE_EXPLORER_RUNS", str(folder / "runs"))
        environment.setenv(decoded.ENVIRONMENT_VARIABLE, str(folder / "decoded"))
        config = TrainConfig(
            source="folder", data_path=str(pictures), latent_dim=2, batch_size=4, max_steps=2, beta=0.02
        )
        run = runs.create(config, "Trained")
        run_training(run, run.status())
    return run.path


@pytest.fixture
def run(trained: Path) -> Run:
    """A finished run of two steps."""
    return Run(shutil.copytree(trained, runs.runs_root() / trained.name))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of models/."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(models, "SHIPPED", folder)
    return folder


@pytest.fixture
def common() -> Iterator[Path]:
    """A folder as /tmp is: everybody may write there, and remove their own files only."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)
