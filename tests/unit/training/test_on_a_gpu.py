"""On a real GPU, where there is one: every preset takes steps, and two runs agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.devices import ACCELERATORS
from explorer.presets import PRESETS
from explorer.runs import Run
from explorer.training import process
from tests.unit.training.trained import train, weights

FOUND = [name for name, there in ACCELERATORS.items() if there()]
pytestmark = pytest.mark.skipif(not FOUND, reason="torch finds neither CUDA nor MPS here")
STEPPED = [key for key, preset in PRESETS.items() if not preset.settings.closed_form]


def steps(key: str, pictures: Path, device: str, count: int = 6, **changes: object) -> Run:
    """A run of so many steps of a preset."""
    settings = {"source": "folder", "data_path": str(pictures), "batch_size": 4, "epochs": 1000, "max_steps": count}
    config = replace(PRESETS[key].settings, **(settings | {"device": device} | changes))  # type: ignore[arg-type]
    return train(process.create(config, key))


@pytest.mark.parametrize("key", STEPPED)
def test_every_preset_takes_steps_and_goes_on(pictures: Path, key: str):
    run = steps(key, pictures, FOUND[0])
    assert (run.status().state, run.device, run.notes) == ("finished", FOUND[0], [])


@pytest.mark.skipif("cuda" not in FOUND, reason="only CUDA has deterministic algorithms")
@pytest.mark.parametrize("key", STEPPED)
def test_two_runs_agree_to_the_bit(pictures: Path, key: str):
    """In one precision: a trial may choose now this, now that."""
    first, second = (weights(steps(key, pictures, "cuda", precision="bfloat16")) for _ in range(2))
    assert all(value.equal(second[name]) for name, value in first.items())


@pytest.mark.parametrize("key", STEPPED)
def test_it_comes_near_the_cpu(pictures: Path, key: str):
    """The same images, order and noise: after two steps, in float32, totals are apart by rounding alone."""
    there, here = (steps(key, pictures, device, 2, precision="float32") for device in (FOUND[0], "cpu"))
    ends = [run.metrics().full[-1].total for run in (there, here)]
    assert ends[0] == pytest.approx(ends[1], rel=0.02)
    assert torch.isfinite(torch.tensor(ends)).all()
