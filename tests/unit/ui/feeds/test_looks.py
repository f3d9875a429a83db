"""What is found of runs that are watched: all of it once, then what is new; whatever their folders hold."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import psutil
import pytest
from PIL import Image

from explorer import runs
from explorer.config import TrainConfig
from explorer.live.hub import Feed
from explorer.live.topics import Look, Told, Topic
from explorer.runs import Run, State, Status
from explorer.runs.metrics import Metrics
from explorer.runs.rows import Full, Resumed, Row, Subset, Train
from explorer.ui.components import curves
from explorer.ui.feeds import race, run, tasks, training
from tests.rows import EACH, change, measured


def trained(steps: int = 3, state: State = "running", beta: float = 0.001) -> Run:
    """A run folder as training leaves it, whose process is this one."""
    made = runs.create(TrainConfig(source="shapes", latent_dim=8, beta=beta), f"A <run>, beta {beta:g}")
    Image.fromarray(np.zeros((32, 8 * 32, 3), np.uint8)).save(made.originals_path)
    write(made, range(1, steps + 1), state)
    return made


def write(made: Run, steps: range, state: State = "running") -> None:
    for step in steps:
        made.append_metrics(measured(Train, step, 0.1 / step))
        made.append_metrics(measured(Subset, step, 0.1 / step))
        Image.fromarray(np.full((32, 8 * 32, 3), step, np.uint8)).save(made.preview_path(step))
    made.write_latent_use({"step": steps[-1], "kl_per_dim": [0.5] * 8})
    me = psutil.Process()
    at = {"step": steps[-1], "total_steps": 20, "pid": os.getpid(), "pid_started": me.create_time()}
    made.write_status(Status(state, **at))


def looked(feed: Feed, made: Run) -> Look:
    found = feed(made.id)
    assert found
    return found


def heard(topic: Topic, told: Told) -> dict:
    letter = topic.letter(told)
    return json.loads(letter) if letter else {"parts": {}, "rows": [], "from": told.rows}


def test_a_run_that_goes_on_is_told_by_what_is_new():
    made, topic, told = trained(), Topic("run:a"), Told()
    topic.take(looked(run.look, made))
    parts = heard(topic, told)["parts"]
    assert "step 3 of 20" in parts["head"]
    assert "A &lt;run&gt;" in parts["head"]
    assert (parts["strip"]["step"], parts["pictures"]["steps"]) == (3, [1, 2, 3])
    assert parts["strip"]["srcs"][0].startswith("data:image/png;base64,")
    assert parts["latent"]["trail_step"] == 3
    assert not topic.take(looked(run.look, made))
    write(made, range(4, 5))
    topic.take(looked(run.look, made))
    parts = heard(topic, told)["parts"]
    assert "step 4 of 20" in parts["head"]
    assert (parts["strip"]["step"], parts["latent"]["trail_step"]) == (4, 4)
    assert not parts.keys() & {"wishes", "shown", "kept"}
    made.update_control(beta=0.02, paused=True)
    topic.take(looked(run.look, made))
    parts = heard(topic, told)["parts"]
    assert (parts["wishes"]["beta"], parts["wishes"]["paused"]) == (0.02, True)
    assert "will pause after this step" in parts["head"]
    assert "strip" not in parts  # pictures are sent when there are new ones


def test_pushed_rows_are_those_that_a_page_draws():
    rows: list[Row] = [row for row in EACH if not isinstance(row, Resumed)]
    tables: dict[str, list[dict]] = {}
    for row in map(curves.row_json, rows):
        if row:
            tables.setdefault(row["table"], []).append(row)
    drawn = {name: table for name, table in curves.tables(Metrics(rows)).items() if table["step"]}
    assert tables.keys() == drawn.keys()
    for name, table in drawn.items():
        assert table == {column: [row.get(column) for row in tables[name]] for column in curves.COLUMNS}


def test_a_log_is_told_row_by_row_with_the_changes_in_flight():
    made, topic, told = trained(), Topic("log:a"), Told()
    topic.take(looked(run.log, made))
    assert len(heard(topic, told)["rows"]) == 6
    made.append_metrics(change(3, "beta", 0.02))
    made.append_metrics(measured(Train, 4))
    topic.take(looked(run.log, made))
    letter = heard(topic, told)
    assert (letter["from"], [row.get("step") for row in letter["rows"]]) == (6, [None, 4])
    assert [mark["label"] for mark in letter["parts"]["marks"]] == ["beta 0.02"]


def test_a_log_that_goes_on_from_a_checkpoint_says_so():
    made, topic, told = trained(), Topic("log:a"), Told()
    topic.take(looked(run.log, made))
    assert heard(topic, told)["parts"]["begun"] == 0
    made.append_metrics(Resumed(step=1, time=9.0))
    topic.take(looked(run.log, made))
    assert heard(topic, told)["parts"]["begun"] == 1
    assert curves.begun(made.metrics()) == 1
    assert [row.get("step") for row in heard(topic, Told(0, 0))["rows"]] == [1, 1, None]


def test_what_is_damaged_or_gone_says_what_is_left():
    made = trained()
    (made.path / "metrics.jsonl").write_bytes(b"{nonsense}\n" + (made.path / "metrics.jsonl").read_bytes())
    (made.path / "config.json").unlink()
    (made.path / "status.json").write_text("nonsense")
    found = run.look(made.id)
    assert found
    assert "failed" in found.parts["head"]
    assert "1 damaged line of its metrics.jsonl is left out" in found.parts["verdict"]
    assert "latent" not in found.parts
    assert "settings unreadable" in training.describe(made)
    assert training.look("").parts["states"]
    shutil.rmtree(made.path)
    assert run.look(made.id) is None
    assert run.log(made.id) is None
    assert race.look(made.id) is None


@pytest.mark.parametrize("subject", ["", "..", "../..", "20200101-000000-abcd", "\0"])
def test_there_is_nothing_to_say_of_what_is_no_run(subject: str):
    assert run.look(subject) is None
    assert run.log(subject) is None
    assert race.look(subject) is None


def test_a_race_is_told_at_the_step_that_all_have():
    contestants = [trained(3, beta=0.001), trained(5, beta=0.1)]
    for made in contestants:
        made.write_race([other.id for other in contestants])
    found = race.look(",".join(made.id for made in contestants))
    assert found
    assert "Beta race: 0.001 and 0.1" in found.parts["head"]
    assert "steps 3 to 5 of 20" in found.parts["head"]
    assert (found.parts["strip"]["step"], found.parts["pictures"]["steps"]) == (3, [1, 2, 3])
    assert [row["measured"][-1][0] for row in found.parts["pictures"]["rows"]] == [3, 5]


def test_all_runs_are_told_by_states_and_those_that_train_by_what_they_do():
    before = training.look("").parts
    assert (before["first"], before["progress"]) == ([], "")
    made, ended = trained(), trained(2, "finished", 0.1)
    parts = training.look("").parts
    assert parts["states"] != before["states"]
    assert parts["first"] == [made.id, made.title]
    assert "running, step 3" in parts["progress"]
    assert "<span>step 3</span>" in parts[made.id]
    assert ended.id not in parts
    write(made, range(4, 5))
    later = training.look("").parts
    assert later["states"] == parts["states"]  # a number has changed, and no state
    assert "running, step 4" in later["progress"]
    made.write_status(Status("finished", step=4))
    assert training.look("").parts["states"] != parts["states"]


def test_what_nobody_does_is_over():
    assert tasks.look_at_download("").parts["state"] == "over"
    assert tasks.look_at_times("").parts["state"][0] is False


def test_full_measurements_have_a_table_of_their_own():
    assert curves.row_json(measured(Full, 7, 0.25))["table"] == "full"
