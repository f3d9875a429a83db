"""Files that are read while they are written."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from pathlib import Path

import pytest

from explorer.files import COARSE_NS, Kept, dumps, read_json, replacing, write_json


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
