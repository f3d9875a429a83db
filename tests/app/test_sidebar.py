"""Where images come from: every source, and what is said where one can't be had."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from explorer import places
from explorer.data import SOURCES, ImageSet, Source, fetching, load_image_set, loading, uploads
from explorer.errors import ExplorerError
from explorer.ui.feeds import tasks
from explorer.ui.shell import cache
from tests.unit.data import small_cifar10

App = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_download_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_current", None)


@pytest.fixture
def no_cifar10_before() -> None:
    cache.forget_images("cifar10", "")


def captions(test: AppTest) -> str:
    return "\n".join(caption.value for caption in test.sidebar.caption)


def errors(test: AppTest) -> str:
    return "\n".join(error.value for error in test.sidebar.error)


def shown(test: AppTest) -> tuple[str, str]:
    return test.session_state["shown_source"]


def pictures(folder: Path, count: int = 12) -> Path:
    rng = np.random.default_rng(0)
    for k in range(count):
        path = folder / ("cats" if k % 2 else "dogs") / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    return folder


def test_photos_stand_in_and_cifar10_is_offered(app: App) -> None:
    test = app("train")
    assert shown(test) == ("photos", "")
    assert "6,400 patches" in captions(test)
    assert test.sidebar.expander[0].label == "Get CIFAR-10"
    assert "170 MB" in captions(test)


def test_cifar10_by_link_where_there_is_none(app: App) -> None:
    test = app("train", source="CIFAR-10")
    assert test.sidebar.selectbox(key="source").value == "cifar10"
    assert shown(test) == ("photos", "")
    assert "Until then: Photos" in captions(test)
    assert not errors(test)


def test_cifar10_found_is_the_default(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(small_cifar10.write_folder(tmp_path, "binary")))
    test = app("train")
    assert shown(test) == ("cifar10", "")
    assert "80 train, 20 validate, 20 test" in captions(test)
    assert not test.sidebar.text_input


def buttons(test: AppTest) -> list[str]:
    return [button.label for button in test.sidebar.button]


@pytest.mark.usefixtures("no_cifar10_before")
def test_half_a_cifar10_has_ways_out_beside_what_is_said(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_cifar10.write_folder(tmp_path, "binary")
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(folder))
    monkeypatch.setattr(places, "kept", lambda name: tmp_path / name)
    (folder / "data_batch_3.bin").unlink()
    test = app("train")
    assert "lacks data_batch_3.bin" in errors(test)
    assert "Until then: Photos" in captions(test)
    assert shown(test) == ("photos", "")
    assert "not whole here: the sidebar has ways out" in "\n".join(caption.value for caption in test.main.caption)
    again, whole = "Fetch it again, 170 MB", "Use the 80 photographs that are whole"
    assert [label for label in buttons(test) if label in (again, whole)] == [again, whole]

    other = small_cifar10.write_folder(tmp_path / "elsewhere", "python")
    test.sidebar.text_input(key="cifar10_path").set_value(str(other)).run()
    assert shown(test) == ("cifar10", str(other))
    test.sidebar.text_input(key="cifar10_path").set_value("").run()
    next(button for button in test.sidebar.button if button.label == whole).click().run()
    assert "100 of 60,000 photographs" in captions(test)
    assert "64 train, 16 validate, 20 test" in captions(test)
    source, path = shown(test)
    assert len(load_image_set(source, path)) == 100, "as a run reads it"
    assert not errors(test)


@pytest.mark.usefixtures("no_cifar10_before")
def test_a_cifar10_that_is_fetched_again_takes_the_place_of_half_of_one(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(tmp_path))
    (small_cifar10.write_folder(tmp_path, "binary") / "data_batch_3.bin").write_bytes(b"odd")

    def fetch(folder: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Path:
        (tmp_path / "cifar-10-batches-bin").rename(tmp_path / "aside")
        return small_cifar10.write_folder(folder, "binary")

    start = fetching.start
    monkeypatch.setattr(fetching, "start", lambda: start(fetch))
    test = app("train")
    next(button for button in test.sidebar.button if button.label.startswith("Fetch it again")).click().run()
    running = fetching.current()
    assert running
    running.wait(10)
    test.run()
    assert shown(test) == ("cifar10", "")
    assert not errors(test)


@pytest.mark.usefixtures("no_cifar10_before")
def test_a_viewer_reads_who_can_mend_half_a_cifar10(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(tmp_path))
    (small_cifar10.write_folder(tmp_path, "binary") / "data_batch_3.bin").unlink()
    test = app("train", viewer="anne")
    assert "The teacher can fetch it again" in captions(test)
    assert not test.sidebar.button
    assert shown(test) == ("photos", "")


def test_a_path_brings_cifar10_from_whatever_source(app: App, tmp_path: Path) -> None:
    folder = small_cifar10.write_folder(tmp_path / "elsewhere", "python")
    test = app("train", source="Shapes")
    test.sidebar.text_input(key="cifar10_path").set_value(str(folder)).run()
    assert shown(test) == ("cifar10", str(folder))
    assert "path" not in test.query_params


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/no/such/place", "nothing at /no/such/place"),
        ("~no-such-person/x", "nothing at"),
        (".", "No CIFAR-10"),
    ],
)
def test_a_wrong_path_is_said_and_photos_stand_in(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    test = app("train", source="CIFAR-10")
    if text == ".":
        text = str(tmp_path)
    test.sidebar.text_input(key="cifar10_path").set_value(text).run()
    assert said in errors(test)
    assert shown(test) == ("photos", "")


def test_a_path_in_a_link_reads_nothing(app: App, tmp_path: Path) -> None:
    folder = str(small_cifar10.write_folder(tmp_path, "binary"))
    test = app("train", source="CIFAR-10", cifar10_path=folder, path=folder)
    assert shown(test) == ("photos", "")


@pytest.mark.parametrize("source", ["CIFAR-10", "Folder"])
def test_a_viewer_is_asked_for_no_path_no_zip_and_no_download(app: App, source: str) -> None:
    test = app("train", viewer="anne", source=source)
    assert not test.sidebar.text_input
    assert not test.sidebar.button
    assert not test.sidebar.get("file_uploader")
    assert shown(test) == ("photos", "")
    assert not errors(test)
    assert "You are a viewer" in captions(test)
    assert "teacher can" in captions(test)


def test_a_source_that_is_none_falls_back(app: App) -> None:
    assert shown(app("train", source="../../etc")) == ("photos", "")


def test_a_folder_is_asked_for_read_and_kept_over_pages(app: App, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "pets")
    test = app("train", source="Folder")
    assert shown(test) == ("photos", "")
    test.sidebar.text_input(key="folder_path").set_value(str(folder)).run()
    assert shown(test) == ("folder", str(folder))
    assert "12 own pictures" in captions(test)
    test.switch_page("explorer/pages/start.py").run()
    assert shown(test) == ("folder", str(folder))
    assert not test.exception


def test_a_zip_is_kept_for_trainers_and_shown(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "folder", lambda: tmp_path / "uploads")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(pictures(tmp_path / "pets").rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
    test = app("train", source="Folder")
    test.sidebar.file_uploader(key="folder_zip").upload("../my pets.zip", packed.getvalue(), "application/zip").run()
    source, taken = shown(test)
    assert source == "folder"
    assert Path(taken).parent == tmp_path / "uploads"
    assert Path(taken).name.startswith("my-pets-")
    assert Path(taken).read_bytes() == packed.getvalue()
    assert [p.name for p in (tmp_path / "uploads").iterdir()] == [Path(taken).name]


def test_a_failed_download_says_why_and_can_be_tried_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_args: object) -> Path:
        raise ExplorerError("the server can't be reached", "Check the connection.")

    fetching.start(offline).wait(10)
    test = app("train", source="CIFAR-10")
    assert "can't be reached" in errors(test)
    assert [button.label for button in test.sidebar.button] == ["Download CIFAR-10"]


def test_a_running_download_is_followed_and_cancelled(app: App) -> None:
    def slow(folder: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Path:
        progress(34_000_000, 170_000_000)
        while not cancelled():
            time.sleep(0.01)
        raise ExplorerError("The download was cancelled")

    started = fetching.start(slow)
    test = app("train", source="CIFAR-10")
    test.sidebar.button[0].click().run()
    started.wait(10)
    assert not started.active
    test.run()
    assert "cancelled" in errors(test)


OFFER = "Fetch CIFAR-10, 170 MB"


@pytest.mark.parametrize("page", ["start", "train", "beta", "compare"])
def test_pages_offer_cifar10_where_photos_stand_in(app: App, page: str) -> None:
    assert [button.label for button in app(page).main.button].count(OFFER) == 1
    assert OFFER not in [button.label for button in app(page, source="Shapes").main.button]


def test_nothing_is_offered_where_cifar10_is(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_CIFAR10", str(small_cifar10.write_folder(tmp_path, "binary")))
    assert OFFER not in [button.label for button in app("train", source="Photos").main.button]


def test_the_offer_on_a_page_starts_the_download_that_the_sidebar_follows(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(folder: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Path:
        progress(34_000_000, 170_000_000)
        while not cancelled():
            time.sleep(0.01)
        raise ExplorerError("The download was cancelled")

    start = fetching.start
    monkeypatch.setattr(fetching, "start", lambda: start(slow))
    test = app("train")
    next(button for button in test.main.button if button.label == OFFER).click().run()
    started = fetching.current()
    assert started
    assert started.active
    assert OFFER not in [button.label for button in test.main.button]
    assert "CIFAR-10 is on its way" in "\n".join(caption.value for caption in test.main.caption)
    assert test.sidebar.expander[0].proto.expanded
    started.cancel()
    started.wait(10)
    test.run()
    assert OFFER in [button.label for button in test.main.button]
    assert "cancelled" in errors(test)


def test_a_source_that_takes_a_path_asks_for_it(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file and one line make a source: the sidebar asks what its record says."""

    def load(path: str | None, seed: int) -> ImageSet:
        return replace(load_image_set("shapes"), source="stamps", note=f"Stamps of {Path(path or '').name}.")

    monkeypatch.setitem(SOURCES, "stamps", Source("stamps", "Stamps", "A drawer of stamps.", load, takes_path=True))
    test = app("compare", source="Stamps")
    assert "Until then: Photos." in captions(test)
    test.text_input(key="stamps_path").input(str(tmp_path)).run()
    assert not test.error
    assert shown(test) == ("stamps", str(tmp_path))
    assert f"Stamps of {tmp_path.name}." in captions(test)


class Slow:
    """A source whose images are read while `go_on` isn't set: 12,000 of 70,000 so far."""

    def __init__(self) -> None:
        self.go_on, self.at_work, self.times = threading.Event(), threading.Event(), 0

    def load(self, path: str | None, seed: int, watch: Callable[[int, int], None] = lambda done, of: None) -> ImageSet:
        self.times += 1
        while not self.go_on.wait(0.01):
            watch(12_000, 70_000)
            self.at_work.set()
        return replace(load_image_set("shapes"), source="stamps", note="Stamps.")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Slow]:
    source = Slow()
    stamps = Source("stamps", "Stamps", "Stamps.", source.load, takes_path=True, load_watched=source.load)
    monkeypatch.setitem(SOURCES, "stamps", stamps)
    yield source
    source.go_on.set()
    loading.start("stamps", str(tmp_path)).wait(10)
    loading.forget("stamps", str(tmp_path))


def reading(app: App, slow: Slow, path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A page whose images are being read."""
    test = app("compare", source="Stamps")
    monkeypatch.setattr(cache, "PATIENCE_S", 0.0)
    test.text_input(key="stamps_path").input(str(path)).run()
    slow.at_work.wait(10)
    return test.run()


def test_while_many_images_are_read_others_stand_in_and_all_wait_for_the_same(
    app: App, slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test, second = (reading(app, slow, tmp_path, monkeypatch) for _ in range(2))
    for each in (test, second):
        assert shown(each) == ("photos", "")
        assert "Until then: Photos." in captions(each)
        assert "Cancel" in buttons(each)
        assert not errors(each)
    assert slow.times == 1
    found = loading.start("stamps", str(tmp_path))
    told = tasks.look_at_reading(found.id).parts
    assert told["state"] == "reading"
    assert "Reading pictures: 12,000 of 70,000" in told["progress"]
    slow.go_on.set()
    found.wait(10)
    assert tasks.look_at_reading(found.id).parts["state"] == "over"
    for each in (test, second):
        each.run()
        assert shown(each) == ("stamps", str(tmp_path))
        assert "Read it again" in buttons(each)
    assert slow.times == 1


def test_reading_that_is_cancelled_says_so_and_goes_on_when_asked(
    app: App, slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = reading(app, slow, tmp_path, monkeypatch)
    next(button for button in test.sidebar.button if button.label == "Cancel").click().run()
    loading.start("stamps", str(tmp_path)).wait(10)
    for _ in range(2):  # and no rerun begins it anew
        test.run()
        assert "Reading was stopped at 12,000 of 70,000" in captions(test)
        assert not errors(test)
        assert shown(test) == ("photos", "")
    assert slow.times == 1
    slow.go_on.set()
    next(button for button in test.sidebar.button if button.label == "Read on").click().run()
    loading.start("stamps", str(tmp_path)).wait(10)
    test.run()
    assert shown(test) == ("stamps", str(tmp_path))
