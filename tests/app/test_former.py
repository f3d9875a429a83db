"""Runs, cards and links of former commits, on the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer import models
from tests import former
from tests.app.shown import html

Opened = Callable[..., AppTest]


def test_train_shows_the_run_of_every_commit_that_changed_a_format(app: Opened):
    found = [former.run(commit) for commit in former.RUNS]
    test = app("train", source="Shapes")
    for run in found:
        test.query_params["run"] = run.id
        test.run()
        assert not test.exception
        assert not test.error
        assert f"<h2>{run.title}</h2>" in html(test)
        assert 'data-state="finished"' in html(test)


def test_compare_shows_cards_of_former_commits(app: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "models")
    for commit in ("7f80633", "bb287c9"):
        former.unpack(former.FORMATS / "cards" / commit, tmp_path / "models")
    test = app("compare", source="Shapes", model="cifar10-beta-1e-3", model2="cifar10-autoencoder")
    assert not test.exception
    assert not test.error
    chosen = (test.selectbox(key=key).value for key in ("model", "model2"))
    assert list(chosen) == ["cifar10-beta-1e-3", "cifar10-autoencoder"]


def test_beta_takes_up_what_its_links_said_on_the_first_day(app: Opened):
    run = former.run("4ce7864")
    test = app("beta", source="Shapes", beta="0.01", yours=f"{run.title} (yours)", seed="5", split="test")
    assert not test.error
    assert not test.warning
    assert (test.query_params["at"], test.query_params["dot"]) == ("0.01", run.id)
    assert "yours" not in test.query_params
