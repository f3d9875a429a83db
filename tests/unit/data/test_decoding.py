from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.data import decoded, decoding, listing, reader
from explorer.data.decoding import Decoded, decode, unwatched
from explorer.data.listing import File, Listing
from explorer.data.reader import Notes, ReaderProcess

COUNT = 12


def write(place: Path, count: int = COUNT) -> Listing:
    """Pictures of one colour each, the k-th of value k, and a text; modified long ago."""
    place.mkdir(exist_ok=True)
    for k in range(count):
        Image.new("RGB", (32, 32), (k, k, k)).save(place / f"{k:02}.png")
    (place / "text.png").write_bytes(b"text")
    for path in place.iterdir():
        os.utime(path, (1e9, 1e9))
    return listing.look(place)


def values(found: Decoded) -> list[int]:
    return [int(pixels.max()) for i, pixels in enumerate(found.pixels) if i not in found.notes.bad]


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[ReaderProcess]:
    """Even a few files are read by processes, in parts of one or two; those that were started."""
    started: list[ReaderProcess] = []

    class Told(ReaderProcess):
        def __init__(self, place: Path, packed: bool) -> None:
            super().__init__(place, packed)
            started.append(self)

    monkeypatch.setattr(decoding, "ReaderProcess", Told)
    monkeypatch.setattr(decoding, "FEW", 0)
    monkeypatch.setattr(decoding, "_LARGEST_PART", 2)
    monkeypatch.setattr(decoding.cores, "allowed", lambda: 1)
    return started


def read(found: Listing) -> Decoded:
    return decode(found, np.arange(len(found.files)), unwatched)


def test_a_process_a_core_reads_what_is_read_here(
    tmp_path: Path, processes: list[ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding.cores, "allowed", lambda: 2)
    found = read(write(tmp_path / "pictures"))
    assert values(found) == list(range(COUNT))
    assert found.notes.bad == {COUNT: "The file is not a PNG, JPEG or WebP picture"}
    assert 1 <= len(processes) <= 2
    assert all(process._process.poll() is not None for process in processes)


def test_what_was_decoded_is_not_decoded_again(tmp_path: Path, processes: list[ReaderProcess]) -> None:
    first = read(write(tmp_path / "pictures"))
    processes.clear()
    found = listing.look(tmp_path / "pictures")
    again = read(found)
    assert not processes
    np.testing.assert_array_equal(np.delete(again.pixels, COUNT, 0), np.delete(first.pixels, COUNT, 0))
    assert again.notes == first.notes
    Image.new("RGB", (32, 32), (99, 99, 99)).save(tmp_path / "pictures" / "03.png")
    assert values(read(listing.look(tmp_path / "pictures")))[3] == 99
    assert processes


def test_damaged_parts_are_decoded_again(tmp_path: Path, processes: list[ReaderProcess]) -> None:
    found = write(tmp_path / "pictures")
    read(found)
    kept = sorted(decoded.folder().iterdir())
    assert len(kept) >= 7
    kept[0].write_bytes(b"")
    kept[1].write_bytes(kept[1].read_bytes()[:-1])
    kept[2].write_bytes(kept[2].read_bytes() + b"x")
    kept[3].write_bytes(bytes(kept[3].stat().st_size))
    one_bit = bytearray(kept[4].read_bytes())
    one_bit[-5] ^= 4
    kept[4].write_bytes(one_bit)
    kept[5].unlink()
    kept[5].mkdir()
    kept[6].write_bytes(kept[0].with_name(kept[-1].name).read_bytes())
    assert values(read(found)) == list(range(COUNT))


def test_where_nothing_can_be_kept_it_is_read_all_the_same(
    tmp_path: Path, processes: list[ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(decoded.ENVIRONMENT_VARIABLE, str(tmp_path / "file" / "below"))
    assert values(read(write(tmp_path / "pictures"))) == list(range(COUNT))


def test_stopped_in_the_middle_it_goes_on_from_there(tmp_path: Path, processes: list[ReaderProcess]) -> None:
    found = write(tmp_path / "pictures")

    def stop(done: int, of: int) -> None:
        assert of == COUNT + 1
        if done > 4:  # more than two parts of two at the most
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode(found, np.arange(COUNT + 1), stop)
    assert all(process._process.poll() is not None for process in processes)
    kept = {path.name: path.stat().st_ino for path in decoded.folder().iterdir()}
    assert kept
    assert values(read(found)) == list(range(COUNT))
    assert kept.items() <= {path.name: path.stat().st_ino for path in decoded.folder().iterdir()}.items()


def test_a_file_that_ends_its_process_is_that_files(
    tmp_path: Path, processes: list[ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that fills memory: here each process ends at the file 05.png."""
    fatal = (
        "import os\nfrom explorer.data import reader\nread = reader.Reader._content\n"
        "reader.Reader._content = lambda self, i, name: name == '05.png' and os._exit(9) or read(self, i, name)\n"
        "reader.serve()"
    )
    monkeypatch.setattr(reader, "_COMMAND", [*reader._COMMAND[:2], fatal])
    found = read(write(tmp_path / "pictures"))
    assert found.notes.bad[5] == "it ended the process that was to read it"
    assert values(found) == [k for k in range(COUNT) if k != 5]


def test_where_no_process_can_be_started_it_is_read_here(
    tmp_path: Path, processes: list[ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_COMMAND", [str(tmp_path / "no-such-program")])
    assert values(read(write(tmp_path / "pictures"))) == list(range(COUNT))
    monkeypatch.setattr(reader, "_COMMAND", [sys.executable, "-c", "raise SystemExit(3)"])
    assert values(read(write(tmp_path / "others"))) == list(range(COUNT))


def test_names_that_are_no_text(tmp_path: Path, processes: list[ReaderProcess]) -> None:
    place = tmp_path / "käfer 猫"
    write(place)
    os.rename(place / "00.png", os.fsencode(place) + b"/\xff.png")
    found = listing.look(place)
    assert values(read(found)) == [*range(1, COUNT), 0]
    assert values(read(found)) == [*range(1, COUNT), 0]


def test_few_files_are_read_here_and_leave_nothing_behind(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = write(tmp_path / "pictures")
    decode(found, np.arange(COUNT + 1), lambda done, of: told.append((done, of)))
    assert told == [(k + 1, COUNT + 1) for k in range(COUNT + 1)]
    assert not decoded.folder().exists()
    assert threading.active_count() == 1 or not [t for t in threading.enumerate() if t.name == "reading pictures"]


def test_most_parts_stay_where_a_file_comes() -> None:
    files = [File(f"{k:05}.png", 1000, k) for k in range(4000)]
    before = {tuple(files[slice(*part)]) for part in decoding.parts(files)}
    assert 8 < len(before) < 40
    more = sorted([*files, File("01000-a.png", 1000, 1)])
    after = {tuple(more[slice(*part)]) for part in decoding.parts(more)}
    assert len(after - before) <= 3
    assert [part for of in decoding.parts(more) for part in range(*of)] == list(range(4001))


def test_large_files_make_small_parts() -> None:
    files = [File(f"{k:05}.png", 100 << 20, k) for k in range(7)]
    assert decoding.parts(files) == [(0, 3), (3, 6), (6, 7)]


# -- what is kept ----------------------------------------------------------------------------------------------------


def keep(name: str, modified: int = 0, notes: Notes | None = None) -> bool:
    pixels = np.full((1, 3, 32, 32), 7, np.uint8)
    return decoded.save(name, pixels, notes or Notes({0: 12}, {}, {}), [File("a.png", 1, modified)])


def test_a_part_comes_back_as_it_was() -> None:
    assert keep("a" * 64)
    pixels = np.zeros((1, 3, 32, 32), np.uint8)
    assert decoded.load("a" * 64, pixels) == Notes({0: 12}, {}, {})
    assert (pixels == 7).all()
    assert decoded.load("b" * 64, pixels) is None
    assert decoded.load("a" * 64, np.zeros((2, 3, 32, 32), np.uint8)) is None


def test_what_may_change_without_a_trace_is_not_kept() -> None:
    assert not keep("a" * 64, modified=time.time_ns())
    assert not keep("a" * 64, notes=Notes({}, {}, {0: "you may not read it"}))
    assert not decoded.folder().exists()


def test_a_part_is_found_by_all_that_it_depends_on(tmp_path: Path) -> None:
    file = File("a.png", 1, 2)
    others = [("b.png", 1, 2), ("a.png", 2, 2), ("a.png", 1, 3)]
    found = {decoded.name(tmp_path, [file], 0), decoded.name(tmp_path, [file], 12), decoded.name(Path("/"), [file], 0)}
    found |= {decoded.name(tmp_path, [File(*other)], 0) for other in others}
    assert len(found) == 6


def test_no_more_is_kept_than_the_most_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for i, name in enumerate("abc"):
        keep(name)
        os.utime(decoded.folder() / name, (1e9 + i, 1e9 + i))
    decoded.load("a", np.zeros((1, 3, 32, 32), np.uint8))  # used now
    monkeypatch.setattr(decoded, "MOST_BYTES", 7_000)
    decoded.prune()
    assert sorted(path.name for path in decoded.folder().iterdir()) == ["a", "c"]


def test_a_full_disk_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "LEAST_FREE_BYTES", 1 << 60)
    assert not keep("a" * 64)
