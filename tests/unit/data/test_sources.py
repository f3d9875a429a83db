from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from explorer.data import SOURCES, Source, load_image_set
from explorer.data.shapes import scenes
from explorer.errors import ExplorerError
from tests.unit.data.small_cifar10 import write_folder


def test_each_source_is_described_and_keyed() -> None:
    assert {"cifar10", "photos", "shapes", "folder"} <= set(SOURCES)
    for key, source in SOURCES.items():
        assert source.key == key
        assert source.title
        assert source.description.endswith(".")
    assert len({source.title for source in SOURCES.values()}) == len(SOURCES)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.key)
def test_each_source_loads_or_says_what_it_lacks(source: Source, tmp_path: Path) -> None:
    if source.takes_path:
        with pytest.raises(ExplorerError) as raised:
            source.load(str(tmp_path / "nowhere"), 0)
        assert raised.value.advice
        return
    images = source.load(None, 0)
    assert images.source == source.key
    assert len(images.indices("train"))
    assert len(images.indices("validation"))


def test_load_image_set_passes_path_and_seed_on(tmp_path: Path) -> None:
    images = load_image_set("cifar10", str(write_folder(tmp_path, "python")))
    assert images.source == "cifar10"
    assert load_image_set("shapes", seed=1).labels[:9].tolist() == scenes(12_000, seed=1)["shape"][:9].tolist()


def test_an_unknown_source_is_answered_with_the_known() -> None:
    with pytest.raises(ExplorerError, match=rf"no source of images named 'mnist'.*{', '.join(SOURCES)}\."):
        load_image_set("mnist")


def test_importing_the_sources_is_light() -> None:
    code = "import sys, explorer.data, explorer.data.download; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "skimage", "PIL", "requests", "scipy", "streamlit"} & set(modules)
