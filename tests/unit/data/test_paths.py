from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from explorer.data import paths
from explorer.errors import ExplorerError

Form = Literal["NFC", "NFD"]


def test_what_is_there_becomes_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.checked(" pictures ") == tmp_path / "pictures"
    assert paths.checked("~/pictures") == tmp_path / "pictures"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a\0b",
        "a\nb",
        "x" * 2000,
        "''",
        "' '",
        '"',
        "file:",
        "file://[x",
        "~no-such-person/pictures",
        "/no/such/place",
    ],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ExplorerError) as caught:
        paths.checked(text)
    assert caught.value.what
    assert caught.value.advice


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("my cats", '"{}"'),
        ("my cats", "\u201c{}\u201d"),
        ("my cats", "  '{}' \n"),
        ("my cats", "\u202a{}"),
        ("it's here", "{}"),
        ("'quoted'", "{}"),
        ("ends in a space ", "{}"),
        ("100 % cats", "{}"),
        ("猫 и кошка", '"{}"'),
        ("one\u202fspace", "{}"),
        ("~tilde", "{}"),
    ],
)
def test_what_is_pasted_is_found(tmp_path: Path, name: str, typed: str) -> None:
    (tmp_path / name).mkdir()
    assert paths.checked(typed.format(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("address", ["file://{}", "file://localhost{}", "FILE://{}", "'file://{}'"])
def test_addresses_of_files_are_found(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "my käfer #1 100%"
    folder.mkdir()
    assert paths.checked(address.format(folder.as_uri().removeprefix("file://"))) == folder


@pytest.mark.skipif(os.name == "nt", reason="a backslash separates folders there")
def test_backslashes_of_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "my cats (1)").mkdir()
    (tmp_path / "back\\slash").mkdir()
    assert paths.checked(f"{tmp_path}/my\\ cats\\ \\(1\\)") == tmp_path / "my cats (1)"
    assert paths.checked(f"{tmp_path}/back\\slash") == tmp_path / "back\\slash"


@pytest.mark.parametrize(("written", "there"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_may_be_written_in_two_ways(tmp_path: Path, written: Form, there: Form) -> None:
    folder = tmp_path / unicodedata.normalize(there, "Käfer")
    folder.mkdir()
    assert paths.checked(str(tmp_path / unicodedata.normalize(written, "Käfer"))).samefile(folder)


def test_a_name_that_is_no_unicode_is_told_in_unicode(tmp_path: Path) -> None:
    name = os.fsdecode(b"k\xe4fer")
    with pytest.raises(ExplorerError, match=r"nothing at .*/k\\xe4fer"):
        paths.checked(str(tmp_path / name))
    (tmp_path / name).mkdir()
    assert paths.checked(str(tmp_path / name)) == tmp_path / name
