"""What files say, field by field."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from explorer import records
from explorer.errors import ExplorerError
from explorer.records import Part, Record
from explorer.runs import Control, Run, Status


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", "x.json: n is '1'. A number from 0 to 10."),
        (None, "x.json: n is None."),
        (True, "x.json: n is True."),
        (float("nan"), "x.json: n is nan."),
        (float("inf"), "x.json: n is inf."),
        (10**400, "x.json: n is a number of 401 digits."),
        ([1] * 1000, "x.json: n is a list of 1,000."),
        ({"a": 1}, "x.json: n is an object."),
        ("\ud800" * 1000, "x.json: n is '\\ud800"),
    ],
)
def test_a_number_is_one_within_its_bounds(value: Any, expected: str) -> None:
    with pytest.raises(ExplorerError) as raised:
        Record({"n": value}, "x.json").number("n", 0, 10)
    assert str(raised.value).startswith(expected)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("text", ["\ud800", "a\nb", "\0", "", " ", "x" * 11])
def test_a_text_is_a_line_that_can_be_printed(text: str) -> None:
    with pytest.raises(ExplorerError, match=r"x\.json: t "):
        Record({"t": text}, "x.json").text("t", 10)


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert records.read(path) is None
    path.symlink_to(path.name)
    with pytest.raises(ExplorerError, match=r"x\.json can't be read"):
        records.read(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ExplorerError, match=r"x\.json can't be read: it is no file"):
        records.read(path)
    path.unlink()
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(ExplorerError, match="it has 1,099,511,627,776 bytes"):
        records.read(path)
    for text in ("", "{", "[" * 100_000, "1" * 5_000, "\0"):
        path.write_text(text)
        with pytest.raises(ExplorerError, match=r"x\.json is no JSON"):
            records.read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_what_another_editor_has_saved_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"t": "käfer"}, ensure_ascii=False), encoding=encoding)
    part = Part("x.json", lambda said: said.text("t", 10))
    assert part.of(tmp_path) == "käfer"
    assert part.wrong(tmp_path) is None


def test_wishes_of_another_version_are_those_that_can_be_meant() -> None:
    assert Control.from_json({"paused": True, "speed": 3}) == Control(paused=True)
    assert Control.from_json({"beta": float("nan"), "learning_rate": 0.01}) == Control(learning_rate=0.01)
    assert Control.from_json({"stop": "no", "single_steps": -1, "beta": "0.1"}) == Control()


@pytest.mark.parametrize("pid", ["7", -1, 2**40, 1.5, [1]])
def test_a_status_with_a_process_that_can_t_be_is_a_failed_run(pid: Any) -> None:
    status = Status.from_json(Status("running", step=3).to_json() | {"pid": pid})
    assert status.state == "failed"
    assert status.error is not None
    assert "status.json: pid is" in status.error.what


def test_a_run_names_its_damaged_files(run: Run) -> None:
    assert run.damaged() == []
    for name in ("latents.json", "race.json", "prior_gap.json"):
        (run.path / name).write_text("{}")
    assert [wrong.what.partition(":")[0] for wrong in run.damaged()] == ["latents.json", "race.json", "prior_gap.json"]
    assert (run.latent_use, run.race, run.prior_gap) == ({}, [], {})
    (run.path / "checkpoints" / "step_abc").mkdir()
    (run.path / "checkpoints" / "step_3").mkdir()
    assert run.checkpoint_steps() == [2]
