"""What pip installs: the files of the wheel, put down as it puts them, and used from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement

import explorer
from tests.server import PROJECT


@pytest.fixture(scope="module")
def builder() -> WheelBuilder:
    return WheelBuilder(str(PROJECT))


def test_what_was_installed_is_found_and_nothing_is_kept_in_it(builder: WheelBuilder, tmp_path: Path):
    site, own = tmp_path / "site-packages", tmp_path / "own"
    for file in builder.recurse_included_files():
        place = site / file.distribution_path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, place)
    assert [path.name for path in site.iterdir()] == ["explorer"]
    code = (
        "import explorer; from explorer import lessons, measured_codecs, models, places, runs\n"
        "from explorer.analysis import features; from explorer.claims import CLAIMS, evidence\n"
        "from explorer.ui.shell.pages import PAGES; from pathlib import Path\n"
        "print(Path(explorer.__file__).parent.parent, len(models.shipped()), len(lessons.paths()), len(CLAIMS))\n"
        "there = [*evidence.MEASURED, measured_codecs.ROWS, features.WEIGHTS, *(Path(page.path) for page in PAGES),\n"
        "         places.PROJECT / 'streamlit_app.py', places.PROJECT / '.streamlit' / 'config.toml']\n"
        "print([str(path) for path in there if not path.is_file()])\n"
        "print(runs.runs_root(), places.kept('data'), models.own(), places.told(), places.START, sep='|')"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VAE_EXPLORER")}
    environment |= {"PYTHONPATH": str(site), "XDG_DATA_HOME": str(own)}
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    counts, missing, kept = found.stdout.splitlines() or [found.stderr] * 3
    names = {path.stem for path in (PROJECT / "models").glob("*.json")}
    assert counts.split()[:3] == [str(site), str(len(names)), str(len(list((PROJECT / "lessons").glob("*.toml"))))]
    assert missing == "[]"
    mine = own / "vae-explorer"
    assert kept.split("|") == [
        str(mine / "runs"), str(mine / "data"), str(mine / "models"),
        f"Runs and downloads are kept in {mine}.", "vae-explorer app",
    ]  # fmt: skip
    assert not list(site.rglob("runs/*/config.json"))


def test_its_dependencies_are_the_requirements(builder: WheelBuilder):
    """Each with one version; what is in an extra is pinned, and stands in no other place."""
    lines = (line.partition("#")[0].strip() for line in (PROJECT / "requirements.txt").read_text().splitlines())
    asked = {str(Requirement(line)) for line in lines if line}
    assert {str(Requirement(text)) for text in builder.metadata.core.dependencies} == asked
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for text in (text for texts in extras.values() for text in texts):
        requirement = Requirement(text)
        assert str(requirement.specifier).startswith("=="), text
        assert requirement.name not in {Requirement(each).name for each in asked}
    assert builder.metadata.version == explorer.__version__
