"""Folders in a folder: what is asked of them again, and when."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from explorer.runs import index
from explorer.runs.index import RENEWED, Index

MANY = 5 * RENEWED


class Shelf:
    """Folders that hold a word each, all from an hour ago, and who was asked for it."""

    def __init__(self, root: Path) -> None:
        self.root, self.asked = root, list[str]()
        self.index = Index(lambda path: path, lambda path: (path / "moves").exists())
        for i in range(MANY):
            self.put(f"{i:03d}", "old")
        self.age()

    def put(self, name: str, word: str) -> None:
        """Write a folder's word, as a new file in place of the old one."""
        (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / name / "new").write_text(word)
        os.replace(self.root / name / "new", self.root / name / "word")

    def age(self) -> None:
        for path in (*self.root.iterdir(), self.root):
            os.utime(path, (time.time() - 3600,) * 2)

    def look(self) -> dict[str, str]:
        self.asked.clear()
        return {entry.subject.name: entry.of(self._ask) for entry in self.index.look(self.root)}

    def _ask(self, path: Path) -> str:
        self.asked.append(path.name)
        return (path / "word").read_text()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(index, "_ALL_EVERY_S", 3600.0)  # the clock of the machine has no part in these tests
    return Shelf(tmp_path / "shelf")


def test_those_that_stay_are_asked_once_but_for_some_in_turn(shelf: Shelf):
    found = shelf.look()
    assert list(found) == sorted(found, reverse=True)
    assert len(shelf.asked) == MANY
    in_turn = []
    for _ in range(MANY // RENEWED):
        assert shelf.look() == found
        assert len(shelf.asked) == RENEWED
        in_turn += shelf.asked
    assert sorted(in_turn) == sorted(found)


def test_who_comes_and_goes_is_seen_at_once(shelf: Shelf):
    shelf.look()
    shelf.put("999", "come")
    (shelf.root / "010" / "word").unlink()
    (shelf.root / "010").rmdir()
    (shelf.root / "a file").touch()
    (shelf.root / ".hidden").mkdir()
    found = shelf.look()
    assert next(iter(found.items())) == ("999", "come")
    assert len(found) == MANY
    assert "010" not in found


def test_a_change_that_is_told_is_seen_at_once_here_and_elsewhere(shelf: Shelf):
    elsewhere = Shelf(shelf.root)
    name = "000"  # the last in turn
    for one in (shelf, elsewhere):
        one.look()
    shelf.put(name, "told")
    assert shelf.look()[name] == "old"
    shelf.index.tell(shelf.root)
    assert shelf.look()[name] == elsewhere.look()[name] == "told"
    assert len(elsewhere.asked) <= RENEWED + 1


def test_a_file_that_is_written_on_is_seen_in_turn(shelf: Shelf):
    shelf.look()
    (shelf.root / "000" / "word").write_text("edited")
    looks = [shelf.look()["000"] for _ in range(MANY // RENEWED)]
    assert looks[-1] == "edited"


def test_what_moves_is_asked_each_time(shelf: Shelf):
    (shelf.root / "000" / "moves").touch()
    shelf.age()
    for word in ("one", "two", "three"):
        (shelf.root / "000" / "word").write_text(word)
        assert shelf.look()["000"] == word


def test_what_was_changed_a_moment_ago_is_asked_again(shelf: Shelf):
    """The same time of modification may come twice from a coarse clock."""
    shelf.look()
    shelf.put("000", "fresh")
    shelf.index.tell(shelf.root)
    for _ in range(3):
        shelf.look()
        assert "000" in shelf.asked


def test_a_folder_that_does_not_show_what_comes_is_gone_through_now_and_then(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    shelf.look()
    shelf.put("999", "come")
    shelf.age()
    monkeypatch.setattr(index, "_ALL_EVERY_S", 0.0)
    monkeypatch.setattr(index, "_REST", 0)
    shelf.index.tell(shelf.root)
    shelf.look()
    shelf.put("998", "come")
    shelf.age()
    assert shelf.look()["998"] == "come"


def test_a_folder_that_is_not_there_has_none_and_one_that_is_away_keeps_them(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    found = shelf.look()
    assert shelf.index.look(shelf.root / "other") == ()
    assert shelf.index.look(shelf.root / "000" / "word") == ()

    def away(path: Path) -> None:
        raise OSError(116, "Stale file handle")

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", away)
        assert shelf.look() == found
    for path in shelf.root.iterdir():
        (path / "word").unlink()
        path.rmdir()
    shelf.root.rmdir()
    assert shelf.look() == {}
