"""How far a run's samples are from its reconstructions, measured in its folder."""

from __future__ import annotations

import sys
from dataclasses import replace

import psutil
import pytest

from explorer import measuring, models
from explorer.__main__ import main
from explorer.analysis import prior_gap
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.nets import BETA_STOPS
from explorer.runs import Status
from tests import every_beta

FEW = (BETA_STOPS[0], BETA_STOPS[20], BETA_STOPS[-1])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three betas and judges that see sixty pictures."""
    monkeypatch.setattr(measuring, "BETA_STOPS", FEW)
    monkeypatch.setattr(prior_gap, "IMAGES", 60)


@pytest.fixture
def run():
    made = every_beta.make_run()
    made.write_environment({"digest": load_image_set("shapes").digest})
    return made


@pytest.mark.usefixtures("quick")
def test_a_run_is_measured_at_every_stop_into_its_folder(run, capsys: pytest.CaptureFixture[str]):
    model = models.get(run.id)
    assert measuring.known(model) == measuring.Known({})
    assert main(["measure", run.id]) == 0
    assert "3 of 3 betas" in capsys.readouterr().out
    found = measuring.known(model)
    assert found.whole
    assert not found.running
    assert tuple(found.gaps) == FEW
    assert found.gaps[FEW[0]] == prior_gap.measure(models.load_model(model), load_image_set("shapes"), FEW[0])
    assert measuring.known(replace(model, step=11)).gaps == {}


@pytest.mark.usefixtures("quick")
def test_what_there_is_so_far_can_be_read_while_others_are_measured(run):
    model, seen = models.get(run.id), []
    measuring.measure(model, lambda done, of: seen.append((done, of, measuring.known(model))))
    assert [(done, of, len(known.gaps), known.running) for done, of, known in seen] == [
        (1, 3, 1, True), (2, 3, 2, True), (3, 3, 3, False),
    ]  # fmt: skip


def test_too_few_images_are_said_to_be_too_few(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prior_gap, "IMAGES", prior_gap.FEWEST - 1)
    assert main(["measure", run.id]) == 1
    assert measuring.known(models.get(run.id)).error == "49 pictures for a judge to learn from"


def test_it_is_measured_in_one_process_of_its_own(run):
    model = models.get(run.id)
    measuring.start(model)
    pid, _ = run.prior_gap["process"]
    assert measuring.known(model).running
    with pytest.raises(ExplorerError, match="being measured already"):
        measuring.start(model)
    process = psutil.Process(int(pid))
    process.kill()
    process.wait(20)
    assert not measuring.known(model).running  # and may be started again


def test_a_machine_without_room_for_a_process_is_explained(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ExplorerError, match="can't be measured: No such file"):
        measuring.start(models.get(run.id))
    assert measuring.known(models.get(run.id)) == measuring.Known({})


def test_neither_an_active_run_nor_one_of_a_single_beta_is_measured(run):
    run.write_status(Status("queued"))
    with pytest.raises(ExplorerError, match="still being trained"):
        measuring.start(models.get(run.id))
    single = every_beta.make_single_run("Single", beta=0.003)
    with pytest.raises(ExplorerError, match="has no card"):
        measuring.start(models.get(single.id))
