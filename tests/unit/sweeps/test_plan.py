"""What a sweep is to do, as it is written in a command and kept in its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer import runs
from explorer.__main__ import main
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import RunError, Status, Trial
from explorer.sweeps import folder
from explorer.sweeps.axes import Axis, assigned, parsed
from explorer.sweeps.plan import TITLE_LENGTH, Plan, planned
from explorer.sweeps.results import best, results


def plan(*asked: str, **more) -> Plan:
    return planned(TrainConfig(source="shapes"), [assigned(each) for each in asked], **more)


def test_axes_are_read_as_they_are_written():
    assert parsed("beta", "1e-4, 1e-3").values == (1e-4, 1e-3)
    assert parsed("seed", "0:3").values == (0, 1, 2)
    assert assigned("norm=group,batch").values == ("group", "batch")
    assert parsed("learning-rate", "1e-4..1e-2") == Axis("learning_rate", (), 1e-4, 1e-2, log=True)
    assert parsed("depth", "2..30") == Axis("depth", (), 2, 30)


@pytest.mark.parametrize(
    ("asked", "more", "words"),
    [
        ("betta=1,2", {}, "there is no setting 'betta'"),
        ("beta=1,x", {}, "beta is 'x', which is no number"),
        ("beta=1,-1", {}, "beta is -1.0. Choose a number from 0.0 to 100.0"),
        ("beta=1,1.0", {}, "beta has 1 twice"),
        ("seed=3:3", {}, "which is 0 values"),
        ("norm", {}, "'norm' sets nothing"),
        ("beta=0.1", {}, "nothing varies"),
        ("learning_rate=1e-4..1e-2", {}, "a grid takes values one by one"),
        ("seed=0:1000 depth=1,2", {}, "this grid has 2,000 points"),
        ("beta=0,1 beta_schedule=controller,constant", {}, "beta is 0 and the schedule is controller"),
        ("learning_rate=1e-4,1e-3", {"trials": 3}, "as many trials as it has points"),
        ("learning_rate=1e-4..1e-3", {"sampler": "tpe"}, "choose 0 trials"),
        ("beta=1e-4..1e-3", {"sampler": "tpe", "trials": 9}, "means something else at each beta"),
        ("seed=0:5", {"sampler": "tpe", "trials": 9}, "the luckiest seed"),
    ],
)
def test_what_cannot_be_is_explained(asked: str, more: dict, words: str):
    with pytest.raises(ExplorerError) as error:
        plan(*asked.split(), **more)
    assert words in str(error.value)


def test_a_grid_has_every_point_once_and_all_of_a_seed_first():
    points = plan("beta=0.1,0.2", "seed=0:2", "norm=group,batch").points
    assert points[:3] == [
        {"beta": 0.1, "seed": 0, "norm": "group"},
        {"beta": 0.1, "seed": 0, "norm": "batch"},
        {"beta": 0.2, "seed": 0, "norm": "group"},
    ]
    assert [point["seed"] for point in points] == [0] * 4 + [1] * 4
    assert len({tuple(point.values()) for point in points}) == 8


def test_a_folder_says_what_was_planned_and_a_damaged_one_is_named():
    asked = plan("beta=0.1,0.2", "seed=0:2", "learning_rate=0.01", prune=True)
    sweep = folder.create(asked)
    assert sweep.plan == asked
    assert asked.settings.learning_rate == 0.01
    assert folder.like(asked) == sweep
    for damage in ("{", '{"axes": []}', json.dumps(asked.to_json() | {"sampler": "psychic"})):
        broken = folder.create(asked)
        (broken.path / "sweep.json").write_text(damage)
    assert folder.list_sweeps() == [sweep]
    assert len(folder.damaged()) == 3
    with pytest.raises(ExplorerError, match="there is no sweep"):
        folder.get("../..")


def trial(number: int, sweep: folder.Sweep, status: Status, **settings) -> runs.Run:
    run = runs.create(TrainConfig(source="shapes", **settings), f"Trial {number}", trial=Trial(sweep.id, number))
    run.write_status(status)
    return run


def test_trials_are_found_by_what_their_runs_say_and_damaged_ones_are_named(tmp_path: Path):
    sweep = folder.create(plan("beta=0.1,0.2", "seed=0:2"))
    done = trial(0, sweep, Status("finished"), beta=0.1)
    early = trial(1, sweep, Status("stopped", pid=1, stopped_early="Worse than the median"), beta=0.2)
    broke = trial(2, sweep, Status("failed", pid=1, error=RunError("Training broke")), beta=0.1, seed=1)
    by_hand = trial(3, sweep, Status("stopped", pid=1), beta=0.2, seed=1)
    runs.create(TrainConfig(source="shapes"), "Of no sweep")
    assert sweep.trials() == {0: done, 1: early, 2: broke, 3: by_hand}
    found, wrong = results(sweep)
    assert [each.over for each in found] == [True, True, True, False]
    assert found[1].values == {"beta": 0.2, "seed": 0}
    assert not wrong
    assert best(found) == []

    (broke.path / "config.json").write_text("{")
    (by_hand.path / "trial.json").write_text('{"sweep": "..", "number": 1}')
    found, wrong = results(sweep)
    assert [each.number for each in found] == [0, 1]
    assert "trial 2" in wrong[0].what
    assert by_hand.id in folder.damaged_trials()[0].what


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--beta", "1,2", "--resume", "20200101-000000-abcd"], "Leave the other options out"),
        (["--resume", "20200101-000000-abcd"], "there is no sweep"),
        (["--beta", "1,2", "--seed", "0,x"], "no whole number"),
        (["--start-from", "20200101-000000-abcd", "--beta", "1,2"], "there is no run"),
    ],
)
def test_mistakes_in_a_command_are_explained(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]):
    assert main(["sweep", *arguments]) == 1
    assert words in capsys.readouterr().err
    assert folder.list_sweeps() == []


def test_titles_of_trials_differ_where_what_varies_finds_no_room():
    axes = "beta=1e-4,1e-3", "learning_rate=1e-4,1e-3", "weight_decay=1e-4,1e-3", "latent_dim=64,128", "seed=0:2"
    short, long = plan(*axes[:2]), plan(*axes)
    assert short.title_of(1, short.points[1]) == "Convolutional VAE, beta 0.0001, learning rate 0.001"
    titles = [long.title_of(number, values) for number, values in enumerate(long.points)]
    assert len(set(titles)) == len(titles) == 32
    assert max(map(len, [long.title, *titles])) <= TITLE_LENGTH
    assert titles[31] == "Trial 31 of Convolutional VAE: beta 0.001, learning rate 0.001, weight decay \u2026"
