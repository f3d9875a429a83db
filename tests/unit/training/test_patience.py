"""Early stopping: on totals as they go, and in a run that learns its few pictures by heart."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer import checkpoints, models, runs
from explorer.config import TrainConfig
from explorer.runs import Run
from explorer.runs.rows import Full
from explorer.training.patience import Patience
from tests.unit.training.trained import train, weights


def measured(epoch: int, total: float, beta: float = 0.001) -> Full:
    return Full(
        step=4 * epoch, time=0.0, epoch=float(epoch), beta=beta, learning_rate=0.1, total=total, recon=total, kl=0.0
    )


@pytest.mark.parametrize(
    ("totals", "epochs", "best", "out"),
    [
        ([3, 2, 1], 2, 3, False),
        ([3, 1, 2], 2, 2, False),
        ([3, 1, 2, 1.5], 2, 2, True),
        ([3, 1, 2, 1.5], 3, 2, False),
        ([1, 1, 1], 2, 1, True),  # as low is not lower
    ],
)
def test_when_it_is_out(totals: list[float], epochs: int, best: int, out: bool):
    patience = Patience(epochs, [measured(i, total) for i, total in enumerate(totals, start=1)])
    assert patience.best
    assert (patience.best.epoch, patience.out) == (best, out)


def test_another_beta_is_another_beginning():
    patience = Patience(1, [measured(1, 1.0)])
    assert patience.after(measured(2, 5.0, beta=0.1))
    assert not patience.out


def test_none_asked_for_is_without_end():
    patience = Patience(0, [measured(i, float(i)) for i in range(50)])
    assert patience.best is None
    assert not patience.out


@pytest.fixture
def overfits(pictures: Path) -> TrainConfig:
    """Steps that are far too large, from the fourth epoch on: the total rises."""
    return TrainConfig(
        source="folder", data_path=str(pictures), family="residual_vae", latent_dim=4, batch_size=4, epochs=30,
        learning_rate=0.01, precision="float32", patience=3,
    )  # fmt: skip


@pytest.mark.usefixtures("one_thread")
def test_a_run_that_gets_worse_ends_with_its_best_weights(overfits: TrainConfig):
    run = train(runs.create(overfits, "Run"))
    totals = [row.total for row in run.metrics().full]
    best = totals.index(min(totals)) + 1
    assert len(totals) == best + 3 < 30
    status = run.status()
    assert (status.state, status.step) == ("finished", 4 * len(totals))
    assert run.checkpoint_steps()[-1] == 4 * best
    assert run.notes == [
        f"Ended after 3 epochs without a lower validation total: its weights are the best, of step {4 * best:,} "
        f"(epoch {best})."
    ]
    assert run.summary() == run.summarised()
    (model,) = (model for model in models.list_models() if not model.shipped)
    assert (model.step, model.measured["validation"]["total"]) == (4 * best, min(totals))


@pytest.mark.usefixtures("one_thread")
def test_one_that_is_cut_off_on_its_way_down_ends_alike(overfits: TrainConfig):
    whole, cut = train(runs.create(overfits, "Whole")), runs.create(overfits, "Cut")
    while cut.status().state != "finished":
        train(cut, stop_after=7)
    assert [row.total for row in cut.metrics().full] == [row.total for row in whole.metrics().full]
    assert all(torch.equal(weights(cut)[name], value) for name, value in weights(whole).items())
    assert checkpoints.latest_readable(cut.path / "checkpoints") == cut.weights_path(cut.checkpoint_steps()[-1]).parent
    again = Run(cut.path)
    before = again.summary().full
    train(again)  # resumed, it comes to the same end
    assert (again.summary().full, len(again.notes)) == (before, 1)
