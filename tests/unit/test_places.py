"""Where things are kept, whoever has installed the app."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer import lessons, places, runs
from explorer.config import TrainConfig
from explorer.data import cifar10, uploads
from explorer.errors import ExplorerError
from tests.systems import as_nobody, as_root, refusing
from tests.unit.data.small_cifar10 import write_folder


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that has just been started, with none of the variables set."""
    for name in ("VAE_EXPLORER_RUNS", "VAE_EXPLORER_CIFAR10", "VAE_EXPLORER_LESSONS"):
        monkeypatch.delenv(name, raising=False)
    cached = (places.writable, places.own, places.lacks)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an app that an administrator has installed: root may write there all the same, so it is refused."""
    project = tmp_path / "app"
    project.mkdir()
    monkeypatch.setattr(places, "PROJECT", project)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    may_be_written = places._may_be_written
    monkeypatch.setattr(
        places, "_may_be_written", lambda folder: project not in (folder, *folder.parents) and may_be_written(folder)
    )
    return project


def test_things_are_kept_beside_an_app_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places, "PROJECT", tmp_path)
    assert runs.runs_root() == tmp_path / "runs"
    assert lessons.folder() == tmp_path / "lessons" / "own"
    assert (cifar10.data_folder(), uploads.folder()) == (tmp_path / "data", tmp_path / "data" / "uploads")
    assert places.told() == ""
    assert os.listdir(tmp_path) == []


def test_an_app_that_may_not_be_written_keeps_things_in_the_users_folder(installed: Path, tmp_path: Path):
    mine = tmp_path / "mine" / "vae-explorer"
    old = runs.create(TrainConfig(), "Of the administrator", installed / "runs" / "20250101-000000-0000")
    data = write_folder(installed / "data", "binary")
    new = runs.create(TrainConfig(), "Mine")
    assert new.path.parent == mine / "runs"
    assert runs.list_runs() == [new, old]
    assert (runs.get(old.id), runs.titled("Mine")) == (old, new)
    assert (cifar10.data_folder(), cifar10.find()) == (mine / "data", cifar10.Location(data, "binary"))
    assert uploads.keep("a.zip", b"a").parent == mine / "data" / "uploads"
    assert lessons.folder() == mine / "lessons" / "own"
    assert str(mine) in places.told()


def test_variables_come_first(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "r"))
    runs.create(TrainConfig(), "Elsewhere", installed / "runs" / "20250101-000000-0000")
    assert (runs.runs_root(), runs.list_runs()) == (tmp_path / "r", [])
    assert "downloads are kept" in places.told()
    assert "runs" not in places.told()
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(tmp_path / "d"))
    assert (cifar10.data_folder(), places.told()) == (tmp_path / "d", "")


@as_root
def test_who_has_no_home_keeps_things_in_a_temporary_folder_and_is_told(common: Path):
    found = as_nobody(
        "from explorer import places, runs\nbecome()\nprint(runs.runs_root(), places.told(), sep=chr(10))",
        TMPDIR=str(common),
        VAE_EXPLORER_RUNS="",
    )
    root, told = found.stdout.splitlines()
    assert root == f"{common}/vae-explorer-65534/runs", found.stderr
    assert re.search(r"kept in .*/vae-explorer-65534\. It may be emptied .*: VAE_EXPLORER_RUNS names", told)


def test_nowhere_to_write_is_told(installed: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places, "_may_be_written", lambda _: False)
    with pytest.raises(ExplorerError, match="Nothing can be kept") as told:
        runs.runs_root()
    assert "VAE_EXPLORER_RUNS" in told.value.advice


def test_what_a_share_cannot_promise_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert places.lacks(tmp_path) == ()
    places.lacks.cache_clear()
    fcntl = pytest.importorskip("fcntl")
    refusing(monkeypatch, fcntl, "flock", errno.ENOLCK, lambda *_: True)
    refusing(monkeypatch, os, "fsync", errno.EINVAL, lambda _: True)
    lock, flush = places.lacks(tmp_path / "runs")
    assert "two trainings may run in it at once" in lock
    assert "loss of power" in flush
    assert os.listdir(tmp_path) == []
