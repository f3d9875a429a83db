"""What a person may get wrong about publishing: it is explained, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer import models
from explorer.__main__ import main
from explorer.publish import content, site
from explorer.runs import Run


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of a publication that doesn't come about."""
    assert main(["publish", *arguments]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    return told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "nothing"], "there is no model 'nothing'"),
        (["--model", "cifar10-vq-64"], "its latent has no noise"),
        (["--model", "cifar10-autoencoder"], "its latent has no noise"),
        (["--run", "nothing"], "There is no run 'nothing'"),
        (["--lesson", "nothing"], "There is no lesson"),
        (["--lesson", "why-is-it-blurry"], "can show no step"),
        (["--source", "nothing"], "no source of images named 'nothing'"),
        (["--source", "folder", "--data-path", "/nothing/at/all", "--lesson", "none"], "/nothing/at/all"),
    ],
)
def test_what_there_is_not_is_named(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert words in refused([str(tmp_path / "site"), *arguments], capsys)
    assert not list(tmp_path.glob("*site*"))


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "kept.txt").write_text("mine")
    assert "isn't empty" in refused([str(tmp_path)], capsys)
    assert "is no folder" in refused([str(tmp_path / "kept.txt")], capsys)
    assert "Nothing was published" in refused([str(tmp_path / "kept.txt" / "site"), "--lesson", "none"], capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_of_a_lesson_what_can_be_shown_is_left():
    default = models.get(models.DEFAULT)
    lesson, left = content.taught(site.LESSON, site.OPENS_ON, default, content.every_beta(default))
    assert [step.page for step in lesson.steps] == ["start", "start", "start", "interpolate", "beta"]
    assert left == ["compare", "train"]
    named = [dict(step.query).get("model") for step in lesson.steps]
    assert named == [default.id, default.id, "cifar10-beta-1e-1", default.id, None]


def test_a_damaged_run_is_explained(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    model = models.from_run(run)
    assert model
    model.weights.write_bytes(model.weights.read_bytes()[:1000])
    assert f"The run {run.id} has no weights that can be read" in refused(
        [str(tmp_path / "s"), "--run", run.id], capsys
    )
    assert not (tmp_path / "s").exists()
