"""Training on an accelerator that isn't there: `tests.pretend`. Its numbers are the CPU's, so runs can be compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import checkpoints, devices
from explorer.config import TrainConfig
from explorer.nets import FAMILIES
from explorer.runs import Run
from explorer.training import process, recorder
from explorer.training.endings import DivergedError
from explorer.training.kinds import begin
from explorer.training.loop import Loop, run_training
from explorer.training.setup import Training
from tests import pretend
from tests.unit.training.trained import train, weights

STEPS = 4  # one epoch of 16 pictures
TRAINED = [key for key, family in FAMILIES.items() if family.trained and not family.closed_form]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def make(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setattr(recorder, "FIRST_STEPS", 0)

    def make_run(family: str = "conv_vae", **changes: Any) -> Run:
        settings: dict[str, Any] = {"latent_dim": max(4, FAMILIES[family].cells), "batch_size": 4, "max_steps": STEPS}
        settings |= {"codebook_size": 8, "epochs": 1000, "data_path": str(pictures), "precision": "float32"}
        return process.create(TrainConfig(source="folder", family=family, **(settings | changes)), "Test")

    return make_run


@pytest.mark.parametrize("family", TRAINED)
def test_stopped_on_a_gpu_it_goes_on_without_one(
    make: Callable[..., Run], family: str, monkeypatch: pytest.MonkeyPatch
):
    """To the bit, where both compute alike: noise, images and what is kept don't depend on the device.

    Neither training nor validation, pictures, latent use and checkpoints take float64, or draw from a GPU's generator.
    """
    optimiser = "adamw" if family == "conv_vae" else "muon"
    whole, moved = (make(family, optimiser=optimiser, max_steps=2) for _ in range(2))
    train(whole)
    with pretend.accelerator(monkeypatch):
        train(moved, stop_after=1)
        assert moved.environment["device"] == pretend.NAME
        assert moved.environment.get("notes") is None
        if family == "conv_vae":
            train(moved, stop_after=0)
            assert moved.environment.get("notes") is None
    train(moved)
    (note,) = moved.environment["notes"]
    assert note.startswith("From step 1 on it trains on the CPU: the GPU (pretend) is not to be found. Its noise goes")
    assert moved.environment["goes_on"] == {"device": "cpu", "precision": "float32"}
    expected = weights(whole)
    for name, value in weights(moved).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-7)
    assert moved.metrics().full[-1].total == pytest.approx(whole.metrics().full[-1].total)
    assert moved.latent_use.keys() == whole.latent_use.keys()


def steps_taken(run: Run, device: pretend.Device, count: int) -> list[list[str]]:
    """What each of so many steps waited for, between two rows of the log."""
    loop = Loop(begin(run), run.status(), lambda: False)
    steps = loop.train()
    waits = []
    next(steps)
    next(steps)  # whose row is logged
    for _ in range(count):
        device.waits.clear()
        next(steps)
        waits.append(list(device.waits))
    return waits


@pytest.mark.parametrize("family", ["conv_vae", "conditional_vae", "vq_vae"])
def test_between_two_rows_of_the_log_no_step_waits_for_the_device(
    make: Callable[..., Run], family: str, monkeypatch: pytest.MonkeyPatch
):
    """But a VQ-VAE's, for one number: how many codes are dead."""
    for name in ("LOG_EVERY_S", "SUBSET_EVERY_S", "PREVIEW_EVERY_S", "FIRST_CHECKPOINT_S"):
        monkeypatch.setattr(recorder, name, 1e9)
    monkeypatch.setattr(recorder, "MOST_BETWEEN_PREVIEWS_S", 1e9)
    sent = devices.send

    def send(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:  # as to CUDA
        there = torch.device(device).type == pretend.NAME
        return tensor.to(device, non_blocking=True) if there else sent(tensor, device)

    for module in ("explorer.pixels", "explorer.nets.gaussian", "explorer.nets.conditional", "explorer.nets.vq"):
        monkeypatch.setattr(f"{module}.send", send)
    with pretend.accelerator(monkeypatch) as device:
        waits = steps_taken(make(family, max_steps=100), device, 2)
    assert waits == [["_local_scalar_dense"] if FAMILIES[family].posterior == "codes" else []] * 2


def test_a_schedule_that_listens_waits_once_a_step(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """All of a step's numbers come in one."""
    for name in ("LOG_EVERY_S", "SUBSET_EVERY_S", "PREVIEW_EVERY_S", "FIRST_CHECKPOINT_S"):
        monkeypatch.setattr(recorder, name, 1e9)
    monkeypatch.setattr(recorder, "MOST_BETWEEN_PREVIEWS_S", 1e9)
    with pretend.accelerator(monkeypatch) as device:
        waits = steps_taken(make(beta_schedule="controller"), device, 2)
    assert [[wait for wait in step if wait != "_to_copy"] for step in waits] == [[], []]
    assert len({len(step) for step in waits}) == 1


def test_the_first_step_that_breaks_is_named_however_late_it_is_read(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
):
    """With its own terms; what was made of the weights after it is kept nowhere."""
    monkeypatch.setattr(recorder, "LOG_EVERY_S", 1e9)
    monkeypatch.setattr(recorder, "SUBSET_EVERY_S", 1e9)
    monkeypatch.setattr(recorder, "PREVIEW_EVERY_S", 1e9)
    monkeypatch.setattr(recorder, "MOST_BETWEEN_PREVIEWS_S", 1e9)
    run = make(max_steps=12)

    def spoil(training: Training) -> None:
        if training.step == 5:
            torch.nn.init.constant_(training.net.get_parameter("encoder.10.bias"), 1e20)

    with pytest.raises(DivergedError, match=r"step 6: reconstruction 0\.\d+, KL inf nats a dimension, gradient norm"):
        run_training(run, run.status(), watch=spoil)
    assert (run.status().state, run.status().step) == ("failed", 5)
    assert all(step <= 5 for step in [*run.checkpoint_steps(), *run.preview_steps()])
    assert all(row.step <= 5 for row in run.metrics().rows)


@pytest.mark.parametrize("family", ["conv_vae", "vq_vae"])
def test_out_of_memory_in_the_midst_keeps_all_steps_before(
    make: Callable[..., Run], family: str, monkeypatch: pytest.MonkeyPatch
):
    """After noise was drawn and batch norm's averages and codes have moved: it goes on as if they had not."""
    whole, run = train(make(family)), make(family)
    with pretend.accelerator(monkeypatch) as device:
        looks = iter(range(100))

        def fill() -> bool:
            if next(looks) == 2:
                full = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
                device.refuses = lambda name: full if name == "linalg_vector_norm" else None
            return False

        with pytest.raises(Exception, match="out of memory"):
            run_training(run, run.status(), stop_asked=fill)
    status = run.status()
    assert (status.state, status.step, run.checkpoint_steps()) == ("failed", 2, [2])
    assert status.error
    assert "GPU is out of memory" in status.error.what
    assert "smaller batch size" in status.error.advice
    train(run)
    expected = weights(whole)
    for name, value in weights(run).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-7)


def test_a_device_that_computes_otherwise_is_not_trusted(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """As MPS has done with channels last."""
    with pretend.accelerator(monkeypatch) as device:
        device.refuses = lambda name: RuntimeError("CUDA error: no kernel image") if name == "convolution" else None
        run = train(make(), stop_after=1)
        assert run.environment["device"] == "cpu"
        assert run.environment["notes"] == [
            "On the CPU: the GPU (pretend) is of a kind that the installed torch has no kernels for."
        ]
        device.refuses = lambda name: None
        device.spoils = "convolution"
        run = train(make(), stop_after=1)
    (note,) = run.environment["notes"]
    assert "failed in a trial: a step's" in note
    assert "on the CPU" in note


def test_noise_that_was_a_gpus_is_replaced_and_that_is_said(make: Callable[..., Run]):
    """Runs once kept the 16 bytes of a generator of CUDA's."""
    runs = [train(make(), stop_after=2) for _ in range(2)]
    for run in runs:
        checkpoint = checkpoints.latest_readable(run.path / "checkpoints")
        assert checkpoint
        kept, metadata = checkpoints._load(checkpoint / "resume.safetensors")
        tensors = {name: tensor.clone() for name, tensor in kept.items()}  # not a map of the file that is written
        checkpoints._save(
            checkpoint / "resume.safetensors", tensors | {"rng": torch.zeros(16, dtype=torch.uint8)}, metadata
        )
        train(run, stop_after=1)
        assert run.environment["notes"] == [
            "Its noise was a GPU's until step 2; from there on it is another, made from seed and step."
        ]
    first, second = map(weights, runs)
    assert all(value.equal(second[name]) for name, value in first.items())


def test_the_command_names_the_device_that_it_began_on(make: Callable[..., Run]):
    run = train(make(), stop_after=1)
    assert run.environment["device"] == "cpu"
    assert "--device cpu" in run.command
