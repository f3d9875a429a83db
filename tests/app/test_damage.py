"""One damaged folder, file, line or card takes no page down, and nothing whole along: many of them, opened at once.

`python -m tests.damage` opens every page after each of them alone.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer import models
from explorer.runs import Run
from explorer.ui.train import run_list
from tests import damage
from tests.app.shown import captions, html
from tests.damage import OLD_CONVOLUTIONAL, OLD_LINEAR, Damage

Opened = Callable[..., AppTest]
SEED = 20261126
NEWEST = "20261231-000000-0000"  # a whole one, at the head of the list
LINEAR_CARD = "cifar10-linear-1e-3"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders in which all is whole, that the app sees."""
    damage.make(tmp_path / "root", trained=False)
    damage.look_at(tmp_path / "root", monkeypatch)
    return tmp_path / "root"


def options(test: AppTest) -> list[str]:
    """Of the box of models."""
    return next(box.options for box in test.selectbox if box.label == "Model")


def do(each: Damage, path: Path) -> str:
    """Do it, and name it, with what else a failure has to tell."""
    each.do(path)
    return f"{each}, as {path.name} (seed {SEED})"


def test_damaged_runs(root: Path, app: Opened) -> None:
    done = {}
    for n, each in enumerate(damage.chosen(root, 170, SEED, "runs/2026")):
        of, _, inside = each.path.removeprefix("runs/").partition("/")
        run_id = f"20261101-{n:06}-{n:04x}"
        shutil.copytree(root / "runs" / of, root / "runs" / run_id, copy_function=os.link)
        done[run_id] = do(each, root / "runs" / run_id / inside)
    shutil.copytree(root / "runs" / OLD_LINEAR, root / "runs" / NEWEST)
    Run(root / "runs" / NEWEST).rename("Healthy")
    shutil.copytree(root / "runs" / OLD_LINEAR, root / "runs" / f"{OLD_LINEAR} (1)")
    for page in ("start", "train", "compare", "blur", "interpolate", "beta"):
        test = app(page)
        if page == "train":
            test.session_state[run_list.SHOWN] = len(done) + 3
            ticks = {box.key for box in test.run().checkbox}
            assert re.search(f"[0-9]+ runs? left out: .*{OLD_LINEAR} \\(1\\) is not called as runs are", captions(test))
            assert {f"tick-{OLD_LINEAR}", f"tick-{OLD_CONVOLUTIONAL}"} <= ticks
        elif page == "compare":
            assert "linear, old layout (yours)" in options(test)
    for n, (run_id, what) in enumerate(done.items()):
        assert not damage.heard(run_id), what
        if n % 8 == 0 and (root / "runs" / run_id).is_dir():
            test = app("train", run=run_id)
            assert f"tick-{NEWEST}" in {box.key for box in test.checkbox}, what
            assert test.button(key="delete"), what
        if n % 4 == 2 and (run := Run(root / "runs" / run_id)).path.is_dir() and not run.path.is_symlink():
            if not run.status().active:
                run.delete()
            assert not run.path.exists(), what


def test_damaged_models(root: Path, app: Opened) -> None:
    done = []
    for n, each in enumerate(damage.chosen(root, 70, SEED, f"models/{LINEAR_CARD}")):
        for suffix in ("json", "safetensors"):
            os.link(root / "models" / f"{LINEAR_CARD}.{suffix}", root / "models" / f"damaged-{n}.{suffix}")
        done.append(do(each, root / "models" / f"damaged-{n}{Path(each.path).suffix}"))
    assert models.left_out(), done
    for page in ("start", "train", "compare", "blur", "interpolate", "beta"):
        test = app(page, **({"section": "rate"} if page == "blur" else {}))
        assert not test.error, done
        assert captions(test).count("left out: ") == (page != "train")
        if page == "compare":
            assert {models.get(name).title for name in damage.SHIPPED} <= {
                each.split(" cifar10")[0] for each in options(test)
            }
    for n in range(0, len(done), 8):
        app("compare", model=f"damaged-{n}")


def test_damaged_lessons(root: Path, app: Opened) -> None:
    for n, each in enumerate(damage.chosen(root, 40, SEED, "lessons/my-own.toml")):
        shutil.copy(root / "lessons" / "my-own.toml", root / "lessons" / f"damaged-{n}.toml")
        do(each, root / "lessons" / f"damaged-{n}.toml")
    test = app("lessons")
    assert "Why is it blurry?" in html(test) + str(test.main)


@pytest.mark.parametrize(("name", "page", "count"), [("claims.json", "claims", 12), ("runs/speed.json", "train", 12)])
def test_damaged_measurements(root: Path, app: Opened, name: str, page: str, count: int) -> None:
    whole = (root / name).read_bytes()
    for each in damage.chosen(root, count, SEED, name):
        do(each, root / name)
        test = app(page)
        assert not test.error, each
        damage.remove(root / name) if os.path.lexists(root / name) else None
        (root / name).write_bytes(whole)
