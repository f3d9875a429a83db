from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer import places
from explorer.data import cifar10
from explorer.data.cifar10 import ARCHIVES, BATCHES, FOLDERS, LAYOUTS, META, HalfThereError, Layout, Location
from explorer.errors import ExplorerError
from tests.unit.data.small_cifar10 import (
    PER_BATCH,
    Members,
    archive,
    batches,
    cifar10_archive,
    cifar10_files,
    python2_pickle,
    write_folder,
)


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> Layout:
    return request.param


def test_a_folder_of_either_layout_keeps_its_images_labels_and_order(tmp_path: Path, layout: Layout) -> None:
    images = cifar10.load(str(write_folder(tmp_path, layout)))
    written = batches(layout).values()
    assert images.source == "cifar10"
    np.testing.assert_array_equal(images.images.reshape(-1, 3072), np.concatenate([rows for rows, _ in written]))
    np.testing.assert_array_equal(images.labels, np.concatenate([labels for _, labels in written]))
    assert images.class_names[3] == "cat"


def test_splits_are_the_notebooks(tmp_path: Path, layout: Layout) -> None:
    images = cifar10.load(str(write_folder(tmp_path, layout)))
    np.testing.assert_array_equal(images.splits["train"], np.arange(4 * PER_BATCH))
    np.testing.assert_array_equal(images.splits["validation"], np.arange(4 * PER_BATCH, 5 * PER_BATCH))
    np.testing.assert_array_equal(images.splits["test"], np.arange(5 * PER_BATCH, 6 * PER_BATCH))


def test_both_layouts_and_their_archives_are_the_same_data_set(tmp_path: Path) -> None:
    digests = set()
    for layout in LAYOUTS:
        digests.add(cifar10.load(str(write_folder(tmp_path, layout))).digest)
        packed = tmp_path / "archives" / ARCHIVES[layout]
        packed.parent.mkdir(exist_ok=True)
        packed.write_bytes(cifar10_archive(layout))
        digests.add(cifar10.load(str(packed)).digest)
    assert len(digests) == 1


@pytest.mark.parametrize("where", ["folder", "parent", "archive", "archive's parent", "renamed archive"])
def test_find_takes_the_folder_the_archive_or_their_parent(tmp_path: Path, layout: Layout, where: str) -> None:
    if "archive" in where:
        place = tmp_path / ("my.tgz" if "renamed" in where else ARCHIVES[layout])
        place.write_bytes(cifar10_archive(layout))
    else:
        place = write_folder(tmp_path, layout)
    given = place.parent if "parent" in where else place
    assert cifar10.find(str(given)) == Location(place, layout)


def test_find_looks_at_the_path_then_the_environment_then_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (write_folder(tmp_path / name, "binary") for name in "abc")
    monkeypatch.setattr(places, "kept", lambda name: third.parent if name == "data" else None)
    monkeypatch.delenv(cifar10.ENVIRONMENT_VARIABLE, raising=False)
    assert cifar10.find() == Location(third, "binary")
    monkeypatch.setenv(cifar10.ENVIRONMENT_VARIABLE, str(second))
    assert cifar10.find() == Location(second, "binary")
    assert cifar10.find(str(first)) == Location(first, "binary")


def test_a_complete_archive_comes_before_an_incomplete_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "python")
    (folder / "data_batch_3").unlink()
    assert cifar10.find(str(tmp_path)) == Location(folder, "python")
    (tmp_path / ARCHIVES["binary"]).write_bytes(cifar10_archive("binary"))
    assert cifar10.find(str(tmp_path)) == Location(tmp_path / ARCHIVES["binary"], "binary")


@pytest.mark.parametrize("given", ["", "nowhere", "text.txt", "\0"])
def test_nothing_there_is_none_and_loading_it_says_what_to_do(tmp_path: Path, given: str) -> None:
    (tmp_path / "text.txt").write_text("not an archive")
    path = str(tmp_path / given)
    assert cifar10.find(path) is None
    with pytest.raises(ExplorerError, match=r"No CIFAR-10 in .*explorer download` fetches it; or point to"):
        cifar10.load(path)


def test_numpy_2_names_are_read_as_numpy_1_names(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "python")
    before = cifar10.load(str(folder)).digest
    for batch in folder.glob("*_batch*"):
        content = batch.read_bytes()
        assert b"cnumpy.core.multiarray\n" in content
        batch.write_bytes(content.replace(b"cnumpy.core.multiarray\n", b"cnumpy._core.multiarray\n"))
    assert cifar10.load(str(folder)).digest == before
    rows, labels = batches("python")["test_batch"]
    (folder / "test_batch").write_bytes(pickle.dumps({"data": rows, "labels": labels.tolist()}, protocol=4))
    assert cifar10.load(str(folder)).digest == before


class Touch:
    """Pickles as a call that leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def array_of(dtype: bytes) -> bytes:
    rows = np.zeros((PER_BATCH, 3072), np.uint8)
    return python2_pickle({"data": rows, "labels": [0] * PER_BATCH}).replace(b"U\x02u1", b"U\x02" + dtype)


POISONED = {
    "system": b"cos\nsystem\n(S'touch poisoned'\ntR.",
    "eval": b'c__builtin__\neval\n(S\'open("poisoned", "w")\'\ntR.',
    "builtins": b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93\x8c\x14open('poisoned', 'w')\x85R.",
    "numpy's load": b"cnumpy\nload\n(S'x'\ntR.",
    "numpy's tofile": b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",
    "a walk from ndarray": b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__class__\x93.",
    "old-style instance": b"(S'touch poisoned'\nios\nsystem\n.",
    "object array": array_of(b"O8"),
    "float array": array_of(b"f8"),
    "extension": b"\x80\x02\x82\x01.",
    "persistent": b"Pposix\n.",
    "state of a class": b"cnumpy\nndarray\n}S'values'\nI1\nsb.",
    "state of a dtype": b"cnumpy\ndtype\n}S'x'\nI1\nsb.",
    "no dict": b"\x80\x02]q\x00.",
    "no data": python2_pickle({"labels": [1]}),
    "text": b"these are no images",
    "empty": b"",
}


@pytest.mark.parametrize("content", POISONED.values(), ids=POISONED.keys())
def test_poisoned_pickles_are_refused_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_folder(tmp_path, "python")
    before = cifar10.load(str(folder)).digest
    for name in ("data_batch_2", META["python"]):
        good = (folder / name).read_bytes()
        (folder / name).write_bytes(content)
        with pytest.raises(ExplorerError, match=name):
            cifar10.load(str(folder))
        (folder / name).write_bytes(good)
    assert not (tmp_path / "poisoned").exists()
    assert cifar10.load(str(folder)).digest == before, "the stand-ins were changed"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_call_to_pathlib_is_refused_in_every_protocol(tmp_path: Path, protocol: int) -> None:
    folder = write_folder(tmp_path, "python")
    (folder / "test_batch").write_bytes(pickle.dumps({"data": Touch(tmp_path / "poisoned")}, protocol))
    with pytest.raises(ExplorerError, match="test_batch is refused"):
        cifar10.load(str(folder))
    assert not (tmp_path / "poisoned").exists()


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_truncated_file_is_named(tmp_path: Path, layout: Layout, share: float) -> None:
    folder = write_folder(tmp_path, layout)
    name = cifar10.BATCHES[layout][1]
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(ExplorerError, match=name):
        cifar10.load(str(folder))


def test_a_file_cut_between_two_images_is_noticed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "binary")
    file = folder / "data_batch_4.bin"
    file.write_bytes(file.read_bytes()[: 3073 * 5])
    with pytest.raises(ExplorerError, match=r"data_batch_4\.bin has 5, "):
        cifar10.load(str(folder))


def test_a_missing_file_is_named(tmp_path: Path, layout: Layout) -> None:
    folder = write_folder(tmp_path, layout)
    (folder / META[layout]).unlink()
    with pytest.raises(ExplorerError, match=f"lacks {META[layout]}"):
        cifar10.load(str(folder))


def test_a_label_out_of_range_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "binary")
    content = bytearray((folder / "test_batch.bin").read_bytes())
    content[3073] = 10
    (folder / "test_batch.bin").write_bytes(bytes(content))
    with pytest.raises(ExplorerError, match=r"test_batch\.bin has 20 labels from 0 to 10"):
        cifar10.load(str(folder))


@pytest.mark.parametrize("labels", [[0], [0] * PER_BATCH + [1], [10] * PER_BATCH, [300] * PER_BATCH, ["a"] * PER_BATCH])
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, labels: list) -> None:
    folder = write_folder(tmp_path, "python")
    rows = np.zeros((PER_BATCH, 3072), np.uint8)
    (folder / "data_batch_1").write_bytes(python2_pickle({"data": rows, "labels": labels}))
    with pytest.raises(ExplorerError, match="data_batch_1"):
        cifar10.load(str(folder))


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "python")
    rows = np.zeros((PER_BATCH, 784), np.uint8)
    (folder / "data_batch_1").write_bytes(python2_pickle({"data": rows, "labels": [0] * PER_BATCH}))
    with pytest.raises(ExplorerError, match="no matrix of 3072 columns"):
        cifar10.load(str(folder))


def test_another_data_set_in_the_same_layout_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "binary")
    (folder / META["binary"]).write_text("apple\npear\n")
    with pytest.raises(ExplorerError, match="names the classes apple, pear"):
        cifar10.load(str(folder))


@pytest.mark.parametrize("share", [0.1, 0.6, 0.98])
def test_a_truncated_archive_says_so(tmp_path: Path, layout: Layout, share: float) -> None:
    content = cifar10_archive(layout)
    packed = tmp_path / ARCHIVES[layout]
    packed.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ExplorerError, match=r"damaged or not complete|lacks"):
        cifar10.load(str(tmp_path))


def test_an_archive_that_is_none_says_so(tmp_path: Path, layout: Layout) -> None:
    (tmp_path / ARCHIVES[layout]).write_bytes(b"<html>404</html>")
    with pytest.raises(ExplorerError, match="damaged or not complete"):
        cifar10.load(str(tmp_path))


def test_links_and_odd_paths_in_an_archive_have_no_effect(tmp_path: Path, layout: Layout) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    files = cifar10_files(layout)
    name = cifar10.BATCHES[layout][0]
    link = tarfile.TarInfo(f"{FOLDERS[layout]}/{name}")
    link.type, link.linkname = tarfile.SYMTYPE, str(secret)
    device = tarfile.TarInfo(f"{FOLDERS[layout]}/device")
    device.type = tarfile.CHRTYPE
    odd: Members = {"../escaped": b"x", str(tmp_path / "absolute"): b"x", "device": device}
    inside: Members = {f"./{FOLDERS[layout]}/{n}": content for n, content in files.items()}
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / ARCHIVES[layout]).write_bytes(archive(odd | inside))
    assert len(cifar10.load(str(tmp_path / "good"))) == 6 * PER_BATCH
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / ARCHIVES[layout]).write_bytes(archive(inside | {f"./{FOLDERS[layout]}/{name}": link}))
    with pytest.raises(ExplorerError, match=f"lacks {name}"):
        cifar10.load(str(tmp_path / "bad"))
    assert {path.name for path in tmp_path.iterdir()} == {"secret", "good", "bad"}


def test_a_member_larger_than_any_official_file_is_refused_unread(tmp_path: Path, layout: Layout) -> None:
    bomb = tarfile.TarInfo(f"{FOLDERS[layout]}/{cifar10.BATCHES[layout][0]}")
    bomb.size = 1 << 40
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(bomb)
    (tmp_path / ARCHIVES[layout]).write_bytes(buffer.getvalue())
    with pytest.raises(ExplorerError, match="has 1,099,511,627,776 bytes"):
        cifar10.load(str(tmp_path))


def test_columns_first_is_read_too(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "python")
    before = cifar10.load(str(folder)).digest
    rows, _ = batches("python")["data_batch_1"]
    file = folder / "data_batch_1"
    size = b"T" + struct.pack("<i", rows.size)
    content = file.read_bytes().replace(b"\x89" + size + rows.tobytes(), b"\x88" + size + rows.tobytes(order="F"))
    assert content != file.read_bytes()
    file.write_bytes(content)
    assert cifar10.load(str(folder)).digest == before


def test_a_checksum_at_the_end_of_an_archive_counts(tmp_path: Path, layout: Layout) -> None:
    content = bytearray(cifar10_archive(layout))
    content[-8] ^= 1  # of the unpacked content, which unpacks all the same
    (tmp_path / ARCHIVES[layout]).write_bytes(content)
    with pytest.raises(ExplorerError, match="CRC"):
        cifar10.load(str(tmp_path))


@pytest.mark.parametrize(
    "name",
    ["cifar-10-python (1).tar.gz", "CIFAR10.tgz", "cifar-10-python.tar", "cifar10.zip", "cifar-10-batches.tar.gz"],
)
def test_an_archive_is_found_under_other_names_and_packed_otherwise(tmp_path: Path, layout: Layout, name: str) -> None:
    place = tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as packed:
            for file, content in cifar10_files(layout).items():
                packed.writestr(f"my cifar/{file}", content)
    else:
        content = cifar10_archive(layout)
        place.write_bytes(gzip.decompress(content) if name.endswith("tar") else content)
    assert cifar10.find(str(tmp_path)) == cifar10.find(str(place)) == Location(place, layout)
    assert len(cifar10.load(str(tmp_path))) == 6 * PER_BATCH


def test_a_folder_too_high_and_one_too_low(tmp_path: Path, layout: Layout) -> None:
    folder = write_folder(tmp_path / "downloads" / "data sets", layout)
    (tmp_path / "downloads" / "cifar-100-python.tar.gz").write_bytes(b"another")
    for given in (tmp_path / "downloads", folder / META[layout], folder / BATCHES[layout][0]):
        assert cifar10.find(str(given)) == Location(folder, layout)
    write_folder(tmp_path / "deep" / "in" / "some" / "folder", layout)
    assert cifar10.find(str(tmp_path / "deep")) is None, "so far down it may be anybody's"


def test_a_whole_copy_beside_one_that_is_not_is_used_and_said(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "binary")
    whole = cifar10.load(str(folder)).digest
    (folder / "data_batch_3.bin").write_bytes(b"x" * 3072)  # all files are there, so it is tried first
    (tmp_path / ARCHIVES["python"]).write_bytes(cifar10_archive("python"))
    for given in (tmp_path, folder):
        images = cifar10.load(str(given))
        assert images.digest == whole
        assert "read from cifar-10-python.tar.gz. cifar-10-batches-bin beside it is not whole." in images.note
    (tmp_path / ARCHIVES["binary"]).write_bytes(cifar10_archive("binary")[:9000])
    assert cifar10.load(str(tmp_path / ARCHIVES["binary"])).digest == whole


def test_single_pictures_belong_to_another_source(tmp_path: Path) -> None:
    (tmp_path / "train" / "airplane").mkdir(parents=True)
    with pytest.raises(ExplorerError, match="single pictures: choose the source Folder"):
        cifar10.load(str(tmp_path))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "kept", lambda name: tmp_path / "kept" / name)
    return tmp_path / "kept" / "data"


def half_there(path: Path) -> HalfThereError:
    with pytest.raises(HalfThereError) as caught:
        cifar10.load(str(path))
    return caught.value


def test_what_is_whole_is_used_when_asked_for(tmp_path: Path, layout: Layout, kept: Path) -> None:
    folder = write_folder(tmp_path, layout)
    whole = cifar10.load(str(folder))
    second, third = BATCHES[layout][1:3]
    missing = (folder / second).read_bytes()
    (folder / second).unlink()
    (folder / third).write_bytes(missing[:-100])
    error = half_there(folder)
    assert error.whole == 3 * PER_BATCH
    path = cifar10.stand_for_whole(error.location)
    assert path.parent == kept
    images = cifar10.load(str(path))
    assert {split: len(indices) for split, indices in images.splits.items()} == {
        "train": 48,
        "validation": 12,
        "test": 20,
    }
    assert images.note.startswith("80 of 60,000 photographs")
    assert images.note.endswith(f"without {second}, {third}.")
    np.testing.assert_array_equal(images.images[:PER_BATCH], whole.images[:PER_BATCH])
    (folder / second).write_bytes(missing)
    (folder / third).write_bytes(cifar10_files(layout)[third])
    assert cifar10.load(str(path)).digest == whole.digest, "mended meanwhile"


def test_of_a_cut_archive_what_comes_before_the_cut_is_whole(tmp_path: Path, layout: Layout, kept: Path) -> None:
    content = cifar10_archive(layout)
    place = tmp_path / ARCHIVES[layout]
    place.write_bytes(content[: len(content) // 2])
    error = half_there(place)
    assert error.whole in (2 * PER_BATCH, 3 * PER_BATCH)
    images = cifar10.load(str(cifar10.stand_for_whole(error.location)))
    assert len(images) == error.whole
    assert not len(images.splits["test"])


def test_where_nothing_is_whole_nothing_can_be_used(tmp_path: Path, layout: Layout, kept: Path) -> None:
    folder = write_folder(tmp_path, layout)
    for name in BATCHES[layout][:5]:
        (folder / name).write_bytes(b"odd")
    error = half_there(folder)
    assert error.whole == 0
    assert half_there(cifar10.stand_for_whole(error.location)).whole == 0
    (kept / "odd.whole.json").write_text('{"cifar10": 3, "layout": []}')
    assert cifar10.find(str(kept / "odd.whole.json")) is None


def counted_openings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The archives that are opened from now on."""
    opened: list[Path] = []
    real = tarfile.open

    def noted(place: Path) -> tarfile.TarFile:
        opened.append(place)
        return real(place)

    monkeypatch.setattr(tarfile, "open", noted)
    return opened


def test_a_damaged_archive_is_not_inflated_again_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / ARCHIVES["binary"]
    content = cifar10_archive("binary")
    place.write_bytes(content[:-5000])
    opened = counted_openings(monkeypatch)
    said = {str(half_there(place)) for _ in range(3)}
    assert (len(said), len(opened)) == (1, 1)
    place.write_bytes(content)
    assert len(cifar10.load(str(place))) == 6 * PER_BATCH


def test_an_archive_of_another_name_is_looked_into_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "my.tgz"
    place.write_bytes(archive({f"{k}.txt": b"text" for k in range(9)}))
    os.utime(place, (1, 1))
    opened = counted_openings(monkeypatch)
    assert [cifar10.find(str(place)) for _ in range(3)] == [None] * 3
    assert len(opened) == 1
