from __future__ import annotations

import errno
import os
import zipfile
from pathlib import Path

import pytest

from explorer.data import listing
from explorer.data.listing import File, Listing
from explorer.errors import ExplorerError
from tests import systems


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """cats/ and dogs/ of two files each."""
    place = tmp_path / "pets"
    for kind in ("cats", "dogs"):
        (place / kind).mkdir(parents=True)
        for k in (1, 2):
            (place / kind / f"{k}.png").write_bytes(b"x" * k)
    return place


PETS = ["cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png"]


def names(found: Listing) -> list[str]:
    return [file.name for file in found.files]


def test_files_in_the_order_of_their_names(pets: Path) -> None:
    (pets / "1.png").write_bytes(b"")
    (pets / ".DS_Store").write_bytes(b"")
    (pets / "__MACOSX").mkdir()
    (pets / "__MACOSX" / "x.png").write_bytes(b"")
    found = listing.look(pets)
    assert names(found) == ["1.png", *PETS]
    assert found.files[2] == File("cats/2.png", 2, (pets / "cats" / "2.png").stat().st_mtime_ns)
    assert (found.packed, found.closed, found.links, found.followed) == (False, {}, {}, [])


def test_members_of_a_zip_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("dogs/1.png", b"123456789")
        archive.writestr("cats/1.png", b"")
    found = listing.look(tmp_path / "pets.zip")
    assert found.packed
    assert found.files == [File("cats/1.png", 0, 0), File("dogs/1.png", 9, 0xCBF43926)]


def test_linked_class_folders_are_followed(pets: Path, tmp_path: Path) -> None:
    (pets / "dogs").rename(tmp_path / "elsewhere")
    (pets / "dogs").symlink_to(tmp_path / "elsewhere")
    found = listing.look(pets)
    assert names(found) == PETS
    assert found.followed == ["dogs"]
    assert not found.links


def test_a_place_that_is_a_link_itself(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pets)
    assert names(listing.look(tmp_path / "link")) == PETS


def test_the_same_folder_is_read_once_where_it_lies_itself(pets: Path, tmp_path: Path) -> None:
    (pets / "a link").symlink_to(pets / "dogs")
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "1.png").write_bytes(b"")
    (pets / "hens").symlink_to(tmp_path / "birds")
    (pets / "geese").symlink_to(tmp_path / "birds")
    found = listing.look(pets)
    assert names(found) == [*PETS, "geese/1.png"]
    assert found.followed == ["geese"]
    assert found.links == {
        "a link": "it leads to dogs, which is read once",
        "hens": "it leads to geese, which is read once",
    }


def test_links_in_linked_folders_are_followed_and_what_lies_there_twice_is_read_once(
    pets: Path, tmp_path: Path
) -> None:
    (tmp_path / "all" / "birds").mkdir(parents=True)
    (tmp_path / "all" / "birds" / "1.png").write_bytes(b"")
    (pets / "birds").symlink_to(tmp_path / "all" / "birds")
    (pets / "more").symlink_to(tmp_path / "all")
    (tmp_path / "fish").mkdir()
    (tmp_path / "fish" / "1.png").write_bytes(b"")
    (tmp_path / "all" / "fish").symlink_to(tmp_path / "fish")
    assert names(listing.look(pets)) == ["birds/1.png", *PETS, "more/fish/1.png"]


def test_loops_are_not_followed(pets: Path, tmp_path: Path) -> None:
    (pets / "self").symlink_to(pets)
    (pets / "cats" / "up").symlink_to(tmp_path)
    (tmp_path / "away" / "birds").mkdir(parents=True)
    (tmp_path / "away" / "birds" / "back").symlink_to(tmp_path / "away")
    (pets / "birds").symlink_to(tmp_path / "away" / "birds")
    (pets / "snake").symlink_to(pets / "snake")
    found = listing.look(pets)
    assert names(found) == PETS
    assert found.links == {
        "self": "it leads to the whole folder, which is read once",
        "cats/up": "it leads to a folder around it",
        "birds/back": "it leads to a folder around it",
        "snake": "a link that leads to itself",
    }


def test_links_to_files_are_files_and_broken_ones_are_named(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "away.png").write_bytes(b"abc")
    (pets / "cats" / "3.png").symlink_to(tmp_path / "away.png")
    (pets / "cats" / "4.png").symlink_to(tmp_path / "nowhere")
    (pets / "gone").symlink_to(tmp_path / "nowhere")
    (pets / "cats" / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(pets / "cats" / "pipe.png")
    found = listing.look(pets)
    assert names(found) == [*PETS[:2], "cats/3.png", *PETS[2:]]
    assert found.files[2].size == 3
    assert found.links == {"cats/4.png": "it leads to nothing", "gone": "it leads to nothing"}
    assert found.closed == dict.fromkeys(("cats/zero.png", "cats/pipe.png"), "it is no ordinary file")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "you may not read it"),
        (errno.ESTALE, "the share where it lies has lost it, or was connected anew"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_can_not_be_looked_at_is_named_with_the_reason(
    pets: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if path.name == "cats":
            raise OSError(number, os.strerror(number))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = listing.look(pets)
    assert names(found) == PETS[2:]
    assert found.closed == {"cats/": reason}
    with pytest.raises(ExplorerError, match=f"cats can't be read: {reason}"):
        listing.look(pets / "cats")


@systems.where_folders_can_be_closed
def test_a_folder_without_permission(pets: Path) -> None:
    (pets / "cats").chmod(0)
    found = listing.look(pets)
    (pets / "cats").chmod(0o700)
    assert (names(found), found.closed) == (PETS[2:], {"cats/": "you may not read it"})


def test_more_than_are_listed(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_FILES", 3)
    with pytest.raises(ExplorerError, match="more than 3 files"):
        listing.look(pets)


def test_the_count_is_told_and_what_that_raises_ends_it(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_TELL_EVERY", 2)
    told: list[int] = []
    listing.look(pets, told.append)
    assert {2, 4} <= set(told)

    def stop(count: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        listing.look(pets, stop)


@pytest.mark.parametrize("name", ["nowhere", "\0", "fake.zip"])
def test_neither_a_folder_nor_a_zip_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "fake.zip").write_bytes(b"PK but not really")
    with pytest.raises(ExplorerError, match="neither a folder nor a zip"):
        listing.look(tmp_path / name)


def test_one_picture_is_called_so(pets: Path) -> None:
    with pytest.raises(ExplorerError, match="is one picture"):
        listing.look(pets / "cats" / "1.png")
