from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest

from explorer.data import archive
from explorer.errors import ExplorerError

FAULTS = Path(__file__).parent / "faults"
FILES = {f"{kind}/{k}.png": bytes([k]) * (100 + k) for kind in ("cats", "dogs") for k in range(3)}


def write(place: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, prefix: bytes = b"") -> Path:
    with place.open("wb") as file:
        file.write(prefix)
        with zipfile.ZipFile(file, "w", method) as packed:
            for name, content in files.items():
                packed.writestr(name, content)
    return place


def renamed(place: Path, names: list[bytes], flags: int = 0) -> Path:
    """A zip file of empty files under these bytes as names."""
    entries, directory = b"", b""
    for name in names:
        head = struct.pack("<4H3I2H", flags, 0, 0, 0, 0, 0, 0, len(name), 0)
        directory += (
            b"PK\1\2" + struct.pack("<2H", 20, 20) + head + struct.pack("<3H2I", 0, 0, 0, 0, len(entries)) + name
        )
        entries += b"PK\3\4" + struct.pack("<H", 20) + head + name
    end = struct.pack("<4H2IH", 0, 0, len(names), len(names), len(directory), len(entries), 0)
    place.write_bytes(entries + directory + b"PK\5\6" + end)
    return place


def names(place: Path) -> list[str]:
    with archive.opened(place) as packed:
        return [member.name for member in packed.members]


def contents(place: Path) -> dict[str, bytes]:
    with archive.opened(place) as packed:
        return {member.name: packed.read(member) for member in packed.members}


def reasons(place: Path) -> dict[str, str]:
    found = {}
    with archive.opened(place) as packed:
        for member in packed.members:
            try:
                packed.read(member)
            except ExplorerError as error:
                found[member.name] = error.what
    return found


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_that_python_writes_is_read(tmp_path: Path, method: int) -> None:
    files = FILES | {"noise.png": random.Random(0).randbytes(200_000), "empty.png": b""}
    assert contents(write(tmp_path / "a.zip", files, method)) == files


def test_written_to_a_pipe_behind_a_program_and_with_a_comment(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, file) -> None:
            self.file = file

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            return self.file.write(data)

    with (tmp_path / "a.zip").open("wb") as file, zipfile.ZipFile(Pipe(file), "w") as packed:
        for name, content in FILES.items():
            packed.writestr(name, content)
        packed.comment = b"PK\5\6 is how an end begins"[4:]
    assert contents(tmp_path / "a.zip") == FILES
    assert contents(write(tmp_path / "b.zip", FILES, prefix=b"#!/bin/sh\n")) == FILES


def test_numbers_of_64_bits(tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w") as packed:
        for name, content in FILES.items():
            with packed.open(name, "w", force_zip64=True) as file:
                file.write(content)
    data = place.read_bytes()
    end = data.rindex(b"PK\5\6")
    count, size, offset = struct.unpack_from("<H2I", data, end + 10)
    numbers = struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<IQI", 0, end, 1)
    last = data[end : end + 10] + struct.pack("<H2I", 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) + data[end + 20 :]
    place.write_bytes(data[:end] + b"PK\6\6" + numbers + b"PK\6\7" + locator + last)
    with zipfile.ZipFile(place) as packed:
        assert packed.namelist() == list(FILES)
    assert contents(place) == FILES


def test_backslashes_are_between_folders() -> None:
    found = names(FAULTS / "backslashes-in-names.zip")
    assert {name.rpartition("/")[0] for name in found} == {"pets/cat", "pets/dog"}


def test_utf_8_is_read_without_its_flag() -> None:
    found = names(FAULTS / "utf8-names-without-the-flag.zip")
    assert {name.rpartition("/")[0] for name in found} == {"käfer", "猫"}


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp437", ["Äpfel/1.png", "käfer/1.png", "noël/1.png"]),
        ("cp1252", ["Äpfel/1.png", "käfer/1.png", "noël/1.png"]),
        ("cp932", ["ねこ/1.png", "コーヒー/1.png", "猫/1.png"]),
        ("gbk", ["小狗/1.png", "狗狗/1.png", "照片/1.png"]),
        ("cp866", ["кошки/1.png", "собаки/1.png"]),
    ],
)
@pytest.mark.parametrize("flags", [0, 1 << 11], ids=["", "said to be UTF-8"])
def test_names_in_older_encodings(tmp_path: Path, encoding: str, said: list[str], flags: int) -> None:
    found = names(renamed(tmp_path / "a.zip", [name.encode(encoding) for name in said], flags))
    if encoding == "cp866":  # not known; they stay apart
        assert len({name.partition("/")[0] for name in found}) == 2
    else:
        assert found == sorted(said)


def test_a_unicode_path_beside_a_name_counts(tmp_path: Path) -> None:
    name, better = b"k?fer/1.png", "käfer/1.png".encode()
    field = struct.pack("<2HBI", 0x7075, 5 + len(better), 1, zlib.crc32(name)) + better
    info = zipfile.ZipInfo(name.decode())
    info.extra = struct.pack("<2H", 0x5455, 1) + b"\0" + field
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(info, b"1")
        stale = zipfile.ZipInfo("renamed/1.png")  # afterwards, by a program that doesn't know of the field
        stale.extra = field
        packed.writestr(stale, b"2")
    assert names(tmp_path / "a.zip") == ["käfer/1.png", "renamed/1.png"]


def test_names_of_every_system_become_paths_below(tmp_path: Path) -> None:
    said = {
        rb"C:\Users\me\cats\1.png": "Users/me/cats/1.png",
        b"/root/cats/2.png": "root/cats/2.png",
        b"../../cats/3.png": "cats/3.png",
        b"./cats//./4.png": "cats/4.png",
        b"cats /5.png ": "cats/5.png",
        b"cats/6.png\0.exe": "cats/6.png",
        unicodedata.normalize("NFD", "Käfer/7.png").encode(): "Käfer/7.png",
        rb"\\share\cats\8.png": "share/cats/8.png",
    }
    folders = [b"cats/", rb"dogs" + b"\\", b"/", b""]
    assert names(renamed(tmp_path / "a.zip", [*said, *folders])) == sorted(said.values())


def test_what_systems_leave_behind_is_not_listed(tmp_path: Path) -> None:
    left = ["__MACOSX/cats/._0.png", "cats/._0.png", "cats/.DS_Store", ".git/x.png", r"cats\Thumbs.db", "Desktop.ini"]
    assert names(write(tmp_path / "a.zip", FILES | dict.fromkeys(left, b"x"))) == sorted(FILES)


def patched(place: Path, name: str, local: dict[int, bytes], central: dict[int, bytes]) -> Path:
    """Bytes of a member's two headers replaced, by their offset in each."""
    data = bytearray(write(place, FILES).read_bytes())
    first = data.index(name.encode()) - 30
    second = data.rindex(name.encode()) - 46
    for at, changes in ((first, local), (second, central)):
        for offset, new in changes.items():
            data[at + offset : at + offset + len(new)] = new
    place.write_bytes(data)
    return place


@pytest.mark.parametrize(
    ("local", "central", "said"),
    [
        ({}, {8: b"\1\0"}, "it is encrypted"),
        ({}, {10: b"\x09\0"}, r"it is compressed in a way that isn't read (Deflate64)"),
        ({}, {10: b"\x5d\0"}, r"it is compressed in a way that isn't read (Zstandard)"),
        ({}, {10: b"\x33\0"}, r"it is compressed in a way that isn't read (method 51)"),
        ({}, {16: b"odd!"}, "it is damaged: its checksum is wrong"),
        ({0: b"nope"}, {}, "it is damaged: its header is missing"),
        ({}, {42: b"\xff\xff\xff\x0f"}, "it is damaged"),
        ({40: b"\xff\xff\xff"}, {}, "it is damaged"),
        ({}, {24: b"\0\0\0\x07"}, "it has 112 MB, and up to 100 are read"),
    ],
)
def test_a_member_that_cannot_be_read_says_why(
    tmp_path: Path, local: dict[int, bytes], central: dict[int, bytes], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "RATIO_SLACK", 1 << 30)
    found = reasons(patched(tmp_path / "a.zip", "cats/1.png", local, central))
    assert list(found) == ["cats/1.png"]
    assert found["cats/1.png"].startswith(said)


def test_names_that_differ_in_both_headers_do_not_matter(tmp_path: Path) -> None:
    place = patched(tmp_path / "a.zip", "cats/1.png", {30: b"KATZ"}, {})
    assert contents(place) == FILES


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (gzip.compress(b"tar", mtime=0), "a gzip or tar.gz file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
        (b"Rar!\x1a\7\1\0", "a RAR file"),
        (b"\xfd7zXZ\0", "an xz or tar.xz file"),
    ],
)
def test_other_archives_are_called_by_their_name(tmp_path: Path, start: bytes, said: str) -> None:
    (tmp_path / "a.zip").write_bytes(start + bytes(1000))
    assert archive.is_archive(tmp_path / "a.zip")
    with pytest.raises(ExplorerError, match=f"{said}, not a zip file. Unpack it"), archive.opened(tmp_path / "a.zip"):
        pass


def test_a_tar_file_is_called_so(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        packed.addfile(tarfile.TarInfo("cats"), None)
    with pytest.raises(ExplorerError, match="a tar file, not a zip file"), archive.opened(tmp_path / "a.tar"):
        pass


def test_half_a_zip_file_was_cut_short_and_a_part_of_several_is_called_so(tmp_path: Path) -> None:
    data = write(tmp_path / "a.zip", FILES).read_bytes()
    (tmp_path / "half.zip").write_bytes(data[:400])
    assert archive.is_archive(tmp_path / "half.zip")
    with pytest.raises(ExplorerError, match="was cut short"), archive.opened(tmp_path / "half.zip"):
        pass
    (tmp_path / "part.zip").write_bytes(data[:-18] + b"\2\0\2\0" + data[-14:])
    with pytest.raises(ExplorerError, match="one part of several"), archive.opened(tmp_path / "part.zip"):
        pass


def test_members_that_lie_over_one_another_are_a_bomb(tmp_path: Path) -> None:
    data = write(tmp_path / "a.zip", {"a.png": bytes(5000)}, zipfile.ZIP_STORED).read_bytes()
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry = data[start:end]
    last = struct.pack("<4H2IH", 0, 0, 9, 9, 9 * len(entry), start, 0)
    (tmp_path / "bomb.zip").write_bytes(data[:start] + 9 * entry + b"PK\5\6" + last)
    with pytest.raises(ExplorerError, match="over one another"), archive.opened(tmp_path / "bomb.zip"):
        pass


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK but not really")
    assert not archive.is_archive(tmp_path / "a.zip")
    assert not archive.is_archive(tmp_path)
    assert not archive.is_archive(tmp_path / "nowhere")


def test_no_damage_raises_anything_else(tmp_path: Path) -> None:
    rng = random.Random(0)
    sound = [write(tmp_path / f"{k}", FILES, k).read_bytes() for k in (0, 8, 12, 14)]
    refused = 0
    for k in range(400):
        data = bytearray(sound[k % 4])
        for _ in range(rng.randint(1, 4)):
            at, length = rng.randrange(len(data)), rng.randint(1, 4)
            match rng.randrange(3):
                case 0:
                    data[at : at + length] = rng.randbytes(length)
                case 1:
                    data[at : at + length] = b"\xff" * length
                case _:
                    del data[at : at + length]
        (tmp_path / "odd.zip").write_bytes(data)
        try:
            if archive.is_archive(tmp_path / "odd.zip"):
                reasons(tmp_path / "odd.zip")
        except ExplorerError:
            refused += 1
    assert 50 < refused < 400
