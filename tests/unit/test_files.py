"""Files that are read while they are written."""

from __future__ import annotations

import errno
import json
import math
import os
import threading
import time
from itertools import count
from pathlib import Path

import pytest

from explorer import files
from explorer.errors import ExplorerError
from explorer.files import COARSE_NS, Kept, dumps, read_json, replacing, write_json
from tests.systems import as_nobody, as_root, refusing, windows


def test_json_has_no_nan():
    """Python would write NaN, which browsers and other languages refuse."""
    assert json.loads(dumps({"a": [math.nan, math.inf, 1.0], "b": {"c": -math.inf}})) == {
        "a": [None, None, 1.0],
        "b": {"c": None},
    }


def test_what_goes_wrong_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def fail_halfway() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail_halfway()
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert read_json(path) == {"a": 1}


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"3", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_reads_as_none(tmp_path: Path, text: bytes):
    (tmp_path / "a.json").write_bytes(text)
    assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "nothing") is None
    assert read_json(tmp_path) is None


def settled(path: Path, text: str) -> None:
    """Write a file as if that had been long ago."""
    path.write_text(text)
    ns = time.time_ns() - 10 * COARSE_NS
    os.utime(path, ns=(ns, ns))


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path: Path):
    reads: list[Path] = []

    def read(path: Path) -> str:
        reads.append(path)
        return path.read_text() if path.exists() else "none"

    kept, path = Kept(read), tmp_path / "a"
    assert kept(path) == kept(path) == "none"
    settled(path, "first")
    reads.clear()
    assert [kept(path) for _ in range(3)] == ["first"] * 3
    assert len(reads) == 1
    settled(path, "and more")
    assert kept(path) == "and more"
    path.unlink()
    assert kept(path) == "none"
    (tmp_path / "b").write_text("and more")
    (tmp_path / "b").rename(path)
    assert kept(path) == "and more"


def test_two_writes_within_a_tick_of_the_clock_are_told_apart(tmp_path: Path):
    kept, path = Kept(lambda path: path.read_text()), tmp_path / "a"
    path.write_text("old")
    now = path.stat().st_mtime_ns
    assert kept(path) == "old"
    path.write_text("new")
    os.utime(path, ns=(now, now))
    assert kept(path) == "new"


def test_files_beside_it_count_too(tmp_path: Path):
    path, other = tmp_path / "a", tmp_path / "b"
    kept = Kept(lambda path: path.read_text() + (other.read_text() if other.exists() else ""))
    settled(path, "a")
    for text in ("", "one", "two and three"):
        if text:
            settled(other, text)
        assert kept(path, beside=[str(other)]) == f"a{text}"
    other.unlink()
    assert kept(path, beside=[str(other)]) == "a"


def test_the_file_that_was_asked_for_longest_ago_goes_first(tmp_path: Path):
    reads: list[str] = []
    kept = Kept(lambda path: reads.append(path.name), most=2)
    for name in "abc":
        settled(tmp_path / name, name)
    for name in "abacab":
        kept(tmp_path / name)
    assert reads == ["a", "b", "c", "b"]


def test_many_threads_see_what_is_written(tmp_path: Path):
    kept, path, found = Kept(read_json), tmp_path / "a.json", set()
    write_json(path, {"n": 0})
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            found.add(json.dumps(kept(path)))

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for n in range(200):
        write_json(path, {"n": n})
        assert kept(path) == {"n": n}
    done.set()
    for reader in readers:
        reader.join()
    assert found <= {json.dumps({"n": n}) for n in range(200)}


def test_windows_refuses_what_somebody_has_open_and_it_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    refused = windows(monkeypatch)
    for n in range(10):
        write_json(tmp_path / "a.json", {"n": n}, news=n % 2 == 0)
        assert read_json(tmp_path / "a.json") == {"n": n}
        (tmp_path / "folder").mkdir()
        files.rename(tmp_path / "folder", tmp_path / "named")
        files.remove_folder(tmp_path / "named")
    files.link_or_copy(tmp_path / "a.json", tmp_path / "b.json")
    files.write_text(tmp_path / "lasting", "a\nb", lasting=True)
    assert not files.sync_folder(tmp_path)
    files.remove(tmp_path / "lasting")
    assert {"replace", "rename", "open"} <= set(refused)
    assert files.listed(tmp_path) == ["a.json", "b.json"]


def test_what_stays_open_is_told_and_news_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.json"
    write_json(path, {"n": 0})
    monkeypatch.setattr(files, "WAITS_S", (0.0, 0.0))
    refusing(monkeypatch, os, "replace", errno.EACCES, lambda *_: True)
    write_json(path, {"n": 1}, news=True)
    told = pytest.raises(ExplorerError, match=r"can't be said: .*a\.json is open in another program")
    with told, files.explained("It can't be said", path):
        write_json(path, {"n": 2})
    assert read_json(path) == {"n": 0}
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("name", ["EINVAL", "EIO", "ENOTSUP", "EACCES"])
def test_a_share_that_cannot_flush_folders_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    number = getattr(errno, name)
    refusing(monkeypatch, os, "fsync", number, lambda descriptor: os.path.isdir(f"/proc/self/fd/{descriptor}"))
    assert not files.sync_folder(tmp_path)
    files.write_bytes(tmp_path / "a", b"a", lasting=True)
    assert files.read_bytes(tmp_path / "a") == b"a"


def test_a_disk_that_loses_what_is_written_is_no_such_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    refusing(monkeypatch, os, "fsync", errno.EIO, lambda _: True)
    with pytest.raises(OSError, match="Input/output"):
        files.write_bytes(tmp_path / "a", b"a", lasting=True)
    assert not os.listdir(tmp_path)


def test_a_stale_handle_is_asked_for_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.json").write_text('{"n": 1}')
    once = iter([True, False] * 2)
    refusing(monkeypatch, os, "listdir", errno.ESTALE, lambda _: next(once))
    assert files.listed(tmp_path) == ["a.json"]
    refusing(monkeypatch, os, "listdir", errno.ESTALE, lambda _: True)
    assert files.listed(tmp_path) == []


@pytest.mark.parametrize("name", ["ESTALE", "EACCES"])
def test_what_is_just_being_replaced_is_opened_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    """On a share, or on Windows."""
    write_json(tmp_path / "a.json", {"n": 1})
    calls = count(1)
    refusing(monkeypatch, os, "open", getattr(errno, name), lambda *_: next(calls) % 5 == 0)
    for _ in range(10):
        assert read_json(tmp_path / "a.json") == {"n": 1}
    assert next(calls) > 12


def test_what_systems_leave_beside_files_is_not_listed(tmp_path: Path):
    for name in ("b.png", "a.png", "._a.png", ".DS_Store", "Thumbs.db", "desktop.ini", "Icon\r", "__MACOSX", "@eaDir"):
        (tmp_path / name).touch()
    assert files.listed(tmp_path) == ["a.png", "b.png"]
    assert files.listed(tmp_path, ".db") == []
    assert files.listed(tmp_path / "a.png") == files.listed(tmp_path / "nothing") == []


@pytest.mark.parametrize("name", ["con", "NUL", "com1.json", "Aux .tar.gz", "a:b", "dot.", "space ", "what?", "lpt²"])
def test_names_that_windows_reserves(name: str):
    assert files.reserved(name)


@pytest.mark.parametrize("name", ["console", "nul-1", "common", "com10", "a.con", "käfer", "猫"])
def test_names_that_every_system_takes(name: str):
    assert not files.reserved(name)


@as_root
def test_what_belongs_to_another_is_said_with_their_name(common: Path):
    (common / "theirs").mkdir()
    found = as_nobody(
        "import sys; from pathlib import Path; from explorer import files\n"
        "become()\n"
        "path = Path(sys.argv[1])\n"
        "with files.explained('It is not paused', path): files.write_text(path, 'x')",
        common / "theirs" / "control.json",
    )
    assert f"It is not paused: {common}/theirs/control.json belongs to root. Ask whom it belongs to" in found.stderr
