"""The command line, in this process: help, mistakes, download. Training from a terminal: training/test_process.py."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from explorer import runs
from explorer.__main__ import main, parser
from explorer.config import TrainConfig
from explorer.data import download
from explorer.errors import ExplorerError
from explorer.presets import PRESETS


def test_help_says_it_all(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    text = capsys.readouterr().out
    for field in fields(TrainConfig):
        assert f"--{field.name.replace('_', '-')}" in text
        assert field.metadata["help"] in text
        assert f"{field.metadata['group']}:" in text
    for key, preset in PRESETS.items():
        assert f"{key}: {preset.description}" in text
    for option in ("--preset", "--run-dir", "--begin", "--resume", "--title"):
        assert option in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--beta", "-1"], "beta is -1.0. Choose a number from 0.0 to 100.0."),
        (["--preset", "quick", "--latent-dim", "600"], "latent_dim is 600. Choose a whole number from 2 to 512."),
        (["--start-from", "20200101-000000-abcd@5"], "there is no run '20200101-000000-abcd'"),
        (["--resume", "/nowhere"], "/nowhere holds no run"),
        (["--start-from", "nothing"], "there is no model 'nothing'"),
        (
            ["--start-from", "cifar10-beta-1e-3", "--latent-dim", "64"],
            "set family to residual_vae and latent_dim to 128",
        ),
        (["--begin", "/nowhere"], "/nowhere holds no run"),
        (["--begin", "/nowhere", "--resume", "/nowhere"], "Leave the other options out"),
        (["--resume", "/nowhere", "--beta", "1"], "Leave the other options out"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]):
    assert main(["train", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ")
    assert words in printed.err
    assert runs.list_runs() == []


def test_only_runs_are_exported(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert main(["export", str(tmp_path / "empty"), "name"]) == 1
    assert "holds no run" in capsys.readouterr().err


def test_download_says_the_size_first_and_shows_its_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """The network's part is tested in data/; here a source of three chunks stands in for it."""

    def fetch(folder, progress, cancelled):
        assert not cancelled()
        for done in (0, 50_000_000, 100_000_000):
            progress(done, 100_000_000)
        return folder / "cifar-10-batches-bin"

    monkeypatch.setattr(download, "size", lambda: 100_000_000)
    monkeypatch.setattr(download, "download", fetch)
    assert main(["download", "--to", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("100 MB")
    assert said[-1] == f"ready in {tmp_path / 'cifar-10-batches-bin'}"
    assert f"[{'#' * 40}] 100.0 MB" in said


def test_a_download_that_fails_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    def unreachable() -> int:
        raise ExplorerError("the site can't be reached", "Check the connection.")

    monkeypatch.setattr(download, "size", unreachable)
    assert main(["download", "--to", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "error: the site can't be reached. Check the connection.\n"


def test_names_of_any_script_are_printed_in_any_locale(tmp_path: Path):
    """In the C locale, without Python's own way around it, a terminal has ASCII alone."""
    told = subprocess.run(
        [sys.executable, "-m", "explorer", "train", "--begin", str(tmp_path / "\u732b")],
        capture_output=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert told.returncode == 1
    assert told.stderr.startswith(b"error: ")
    assert b"\\u732b holds no run" in told.stderr
    assert b"Traceback" not in told.stderr


def test_what_stands_behind_app_is_streamlits():
    """Its own options too, which a second -- parts from those."""
    behind = ["--server.port", "8502", "--", "--ask-everyone"]
    assert parser().parse_args(["app", *behind]).options == behind
    assert parser().parse_args(["app", "--help"]).options == ["--help"]
