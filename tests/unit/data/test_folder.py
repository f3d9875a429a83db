from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.data import archive, folder
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


def test_too_many_files_are_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_FILES", 39)
    with pytest.raises(ExplorerError, match="more than 39 files"):
        folder.load(write(place, PETS))


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


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "pets"
    write(path, PETS)
    (path / "loop").symlink_to(path)
    (path / "cats" / "dangling.png").symlink_to(tmp_path / "nowhere")
    (path / "cats" / "zero.png").symlink_to("/dev/zero")
    assert classes(folder.load(str(path))) == {"cats": 20, "dogs": 20}
