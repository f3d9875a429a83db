from __future__ import annotations

import errno
import io
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import numpy as np
import psutil
import pytest
from PIL import Image

from explorer.data import archive, folder, reader
from explorer.data.imageset import SPLITS, ImageSet
from explorer.errors import ExplorerError


def picture(seed: int, kind: str = "PNG") -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


PETS = {f"{kind}/{k:02}.png": picture(k + 100 * (kind == "dogs")) for kind in ("cats", "dogs") for k in range(20)}


def write(place: Path, files: dict[str, bytes]) -> str:
    """As a zip file if it is called so, else as a folder."""
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as written:
            for name, content in files.items():
                written.writestr(name, content)
        return str(place)
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return str(place)


@pytest.fixture(params=["pets", "pets.zip"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def classes(images: ImageSet) -> dict[str, int]:
    return dict(zip(images.class_names, np.bincount(images.labels).tolist(), strict=True))


def test_sub_folders_are_classes(place: Path) -> None:
    images = folder.load(write(place, PETS))
    assert images.source == "folder"
    assert images.name == place.name
    assert classes(images) == {"cats": 20, "dogs": 20}
    expected = np.asarray(Image.open(io.BytesIO(PETS["dogs/03.png"]))).transpose(2, 0, 1)
    np.testing.assert_array_equal(images.images[23], expected)


def test_a_folder_and_its_zip_file_are_the_same_data_set(tmp_path: Path) -> None:
    digests = {folder.load(write(tmp_path / name, PETS), seed=4).digest for name in ("pets", "pets.zip")}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("rename", "expected"),
    [
        (lambda name: name.replace("/", "-"), {"pets": 40}),
        (lambda name: f"top/{name}", {"cats": 20, "dogs": 20}),
        (lambda name: f"top/{name.replace('/', '-')}", {"top": 40}),
        (lambda name: name.replace("/", "/deep/er/"), {"cats": 20, "dogs": 20}),
        (lambda name: name.replace("dogs/", ""), {"cats": 20, "pets": 20}),
    ],
    ids=["flat", "one folder above", "flat in one folder", "folders below", "some flat"],
)
def test_other_layouts(place: Path, rename, expected: dict[str, int]) -> None:
    files = {rename(f"{name[:-4]}-{k}.png"): content for k, (name, content) in enumerate(PETS.items())}
    assert classes(folder.load(write(place, files))) == expected


@pytest.mark.parametrize(("n", "held_out"), [(40, (4, 4)), (5, (1, 0)), (2, (1, 0))])
def test_a_tenth_validates_and_a_tenth_tests(tmp_path: Path, n: int, held_out: tuple[int, int]) -> None:
    images = folder.load(write(tmp_path / "few", {f"{k:02}.png": picture(k) for k in range(n)}))
    assert (len(images.splits["validation"]), len(images.splits["test"])) == held_out
    assert sorted(np.concatenate([images.splits[split] for split in SPLITS])) == list(range(n))


def test_the_seed_decides_the_split(tmp_path: Path) -> None:
    path = write(tmp_path / "pets", PETS)
    assert folder.load(path, seed=1).digest == folder.load(path, seed=1).digest
    assert folder.load(path, seed=1).digest != folder.load(path, seed=2).digest


def test_unreadable_files_are_counted_and_named(place: Path) -> None:
    broken = {
        "cats/notes.txt": b"my cats",
        "cats/broken.jpg": picture(1, "JPEG")[:300],
        "dogs/old.gif": picture(2, "GIF"),
        "dogs/empty.png": b"",
        "dogs/.DS_Store": b"hidden",
        "__MACOSX/._01.png": b"hidden",
    }
    images = folder.load(write(place, PETS | broken))
    assert len(images) == 40
    assert "4 files were left out: cats/broken.jpg, cats/notes.txt, dogs/empty.png, dogs/old.gif." in images.note
    assert folder.read(place).skipped["dogs/old.gif"] == "The file is not a PNG, JPEG or WebP picture: it is a GIF"


def test_of_many_unreadable_files_some_are_named(place: Path) -> None:
    images = folder.load(write(place, PETS | {f"x{k:02}.txt": b"text" for k in range(15)}))
    assert "15 files were left out: x00.txt, " in images.note
    assert images.note.endswith("x09.txt and 5 more.")


def test_nothing_readable_is_an_error_that_names_the_first(place: Path) -> None:
    with pytest.raises(ExplorerError, match=r"no readable picture .*2 files.*a\.txt: The file is not"):
        folder.load(write(place, {"a.txt": b"a", "b.txt": b"b"}))


@pytest.mark.parametrize(
    ("path", "message"),
    [(None, "No folder is given"), ("", "No folder"), ("nowhere", "neither a folder nor a zip"), ("\0", "neither")],
)
def test_paths_that_lead_nowhere(path: str | None, message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        folder.load(path)


def test_a_file_that_is_no_zip_and_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "fake.zip").write_bytes(b"PK but not really")
    with pytest.raises(ExplorerError, match="neither a folder nor a zip"):
        folder.load(str(tmp_path / "fake.zip"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExplorerError, match="no readable picture"):
        folder.load(str(tmp_path / "empty"))


def test_one_picture_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match="too few images"):
        folder.load(write(tmp_path / "one", {"a.png": picture(0)}))


def test_of_too_many_files_some_are_drawn_always_the_same(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(place, PETS | {"cats/notes.txt": b"my cats"})
    monkeypatch.setattr(folder, "MOST", 25)
    images = folder.load(path)
    assert 24 <= len(images) <= 25
    assert set(classes(images)) == {"cats", "dogs"}
    assert "Of 41 files 25 are read, drawn at random, always the same." in images.note
    assert folder.load(path).digest == images.digest


def test_more_than_there_is_memory_for_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=100_000))
    with pytest.raises(ExplorerError, match="holds 40 files, whose pictures take 0 MB of memory; 0 MB are free"):
        folder.load(write(tmp_path / "pets", PETS))


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match=r"would unpack from .* to 54,\d{3},\d{3} bytes.*100 times"):
        folder.load(write(tmp_path / "bomb.zip", PETS | {f"{k}.png": bytes(13 << 20) for k in range(4)}))


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "pets.zip", PETS)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 100_000)
    with pytest.raises(ExplorerError, match="would unpack"):
        folder.load(path)
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 1000)
    with pytest.raises(ExplorerError, match="lists too many files"):
        folder.load(path)


def test_paths_in_a_zip_have_nothing_to_act_on(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("cats/link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    path = Path(write(tmp_path / "odd.zip", PETS))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../dogs/escaped.png", picture(900))
        archive.writestr("/absolute/escaped.png", picture(901))
        archive.writestr("da\x1b[31mnger/x.png", picture(902))
        archive.writestr(link, "/etc/passwd")
    images = folder.load(str(path))
    assert classes(images) == {"absolute": 1, "cats": 20, "da�[31mnger": 1, "dogs": 21}
    assert "cats/link.png" in images.note
    assert {entry.name for entry in tmp_path.iterdir()} == {"odd.zip"}


def test_damaged_and_encrypted_members_are_left_out(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "pets.zip", PETS))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        damaged = archive.getinfo("cats/00.png").header_offset + 100
    content[damaged : damaged + 20] = bytes(20)
    entry = content.rindex(b"PK\x01\x02")  # the directory's last: dogs/19.png
    content[entry + 8] |= 1
    path.write_bytes(bytes(content))
    skipped = folder.read(path).skipped
    assert set(skipped) == {"cats/00.png", "dogs/19.png"}
    assert skipped["dogs/19.png"] == "it is encrypted"


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "pets.zip", PETS))
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(ExplorerError):
        folder.load(str(path))


def test_linked_class_folders_are_followed_and_what_is_not_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pets"
    write(path, PETS)
    (path / "dogs").rename(tmp_path / "elsewhere")
    (path / "dogs").symlink_to(tmp_path / "elsewhere")
    (path / "loop").symlink_to(path)
    (path / "cats" / "dangling.png").symlink_to(tmp_path / "nowhere")
    (path / "cats" / "zero.png").symlink_to("/dev/zero")
    images = folder.load(str(path))
    assert classes(images) == {"cats": 20, "dogs": 20}
    assert "Linked folders were followed: dogs." in images.note
    assert "1 can't be opened: cats/zero.png (it is no ordinary file)." in images.note
    assert (
        "2 links are not followed: cats/dangling.png (it leads to nothing), "
        "loop (it leads to the whole folder, which is read once)." in images.note
    )


def test_files_that_may_not_be_opened_are_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = write(tmp_path / "pets", PETS), open

    def refusing(name: Path, mode: str, buffering: int) -> IO[bytes]:
        if str(name).endswith("07.png"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(name, "rb", buffering=0)

    monkeypatch.setattr(reader, "open", refusing, raising=False)
    images = folder.load(path)
    assert classes(images) == {"cats": 19, "dogs": 19}
    assert "2 can't be opened: cats/07.png (you may not read it), dogs/07.png (you may" in images.note


# -- splits ----------------------------------------------------------------------------------------------------------


def split_pets(layout: str, counts: dict[str, int]) -> dict[str, bytes]:
    """Pictures of cats and dogs, so many of each a split: "{split}/{kind}" or the other way round."""
    return {
        f"{layout.format(split=split, kind=kind)}/{k}.png": picture(1000 * i + k + 100 * (kind == "dogs"))
        for i, (split, count) in enumerate(counts.items())
        for kind in ("cats", "dogs")
        for k in range(count)
    }


def sizes(images: ImageSet) -> list[int]:
    return [len(images.splits[split]) for split in SPLITS]


@pytest.mark.parametrize("layout", ["{split}/{kind}", "{kind}/{split}", "pets/v2/{split}/{kind}"])
def test_folders_of_splits_are_kept_and_said(place: Path, layout: str) -> None:
    counts = {"Train": 5, "VAL": 2, "testing": 3}
    files = split_pets(layout, counts)
    images = folder.load(write(place, files), seed=3)
    assert classes(images) == {"cats": 10, "dogs": 10}
    assert sizes(images) == [10, 4, 6]
    assert "Split as its folders are named: 10 to train, 4 to validate, 6 to test." in images.note
    names = sorted(files)
    for split, name in zip(SPLITS, counts, strict=True):
        assert images.splits[split].tolist() == [i for i, path in enumerate(names) if f"{name}/" in path]
    assert folder.load(str(place), seed=4).digest == images.digest


def test_without_pictures_to_validate_some_of_those_to_train_do(place: Path) -> None:
    images = folder.load(write(place, split_pets("{split}/{kind}", {"train": 10, "test": 2})))
    assert sizes(images) == [18, 2, 4]
    assert all(0 <= i < 24 for i in images.splits["test"])
    assert "20 to train, 4 to test. None of them is to validate: 2 of those to train are taken for that." in images.note
    assert images.splits["test"].tolist() == [0, 1, 2, 3]  # test/ comes before train/


def test_without_pictures_to_test_none_do(place: Path) -> None:
    images = folder.load(write(place, split_pets("{split}/{kind}", {"train": 10, "dev": 2})))
    assert sizes(images) == [20, 4, 0]
    assert "20 to train, 4 to validate." in images.note


def test_without_pictures_to_train_all_are_split_anew(place: Path) -> None:
    images = folder.load(write(place, split_pets("{split}/{kind}", {"val": 10, "test": 10})))
    assert classes(images) == {"cats": 20, "dogs": 20}
    assert sizes(images) == [32, 4, 4]
    assert "none is to train: all are mixed, and split anew" in images.note


def test_a_train_among_vehicles_is_a_class(place: Path) -> None:
    files = {
        f"{kind}/{k}.png": picture(k + 100 * i) for i, kind in enumerate(("bus", "car", "train")) for k in range(10)
    }
    images = folder.load(write(place, files))
    assert classes(images) == {"bus": 10, "car": 10, "train": 10}
    assert sizes(images) == [24, 3, 3]
    assert "Split as" not in images.note


def test_pictures_without_folders_of_splits_are_the_data_set_that_they_have_been(tmp_path: Path) -> None:
    """Runs that began before can go on: their images' digests are these."""
    digest = "25f899d873487ff854f775bb9d3ebaa3ce9232d74d7017482e74c0ab6c3a756c"
    assert folder.load(write(tmp_path / "pets", PETS)).digest == digest
    assert folder.load(write(tmp_path / "all", {f"train/{name}": of for name, of in PETS.items()})).digest == digest
    vehicles = {name.replace("cats", "train"): of for name, of in PETS.items()}
    assert folder.load(write(tmp_path / "vehicles", vehicles)).digest == (
        "8de328e3c684f26b0acf6ef58b0fa1d7aa62e0a071ba141b79ecab55d1dffeb4"
    )


# -- more than 8 bits ------------------------------------------------------------------------------------------------


def deep(largest: int) -> bytes:
    """A ramp from 0 to a value, 16 bits a pixel."""
    buffer = io.BytesIO()
    Image.fromarray(np.tile(np.linspace(0, largest, 32).astype(np.uint16), (32, 1))).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_of_more_than_8_bits_are_scaled_together_by_what_they_use(place: Path) -> None:
    files = {"a.png": deep(4095), "b.png": deep(1023), "c.png": picture(1)}
    images = folder.load(write(place, files))
    assert images.images[:2, 0, 0, -1].tolist() == [255, 63]  # of 12 bits, 4 more than 8
    np.testing.assert_array_equal(
        images.images[2], np.asarray(Image.open(io.BytesIO(files["c.png"]))).transpose(2, 0, 1)
    )
    assert "2 have more than 8 bits a channel: all 2 are scaled by the 12 that are in use." in images.note


def test_one_odd_picture_among_good_ones_costs_nothing(tmp_path: Path) -> None:
    faults = Path(__file__).parent / "faults"
    images = folder.load(str(faults / "one-odd-exif-among-good.zip"))
    assert len(images) == 13
    assert "left out" not in images.note
    packed = tmp_path / "pets.zip"
    with zipfile.ZipFile(write(packed, PETS), "a") as written:
        written.writestr("cats/in-a-zip.zip", (faults / "one-odd-exif-among-good.zip").read_bytes())
    assert folder.read(packed).skipped == {
        "cats/in-a-zip.zip": "The file is not a PNG, JPEG or WebP picture: it is a zip file"
    }
