from __future__ import annotations

import pytest

from explorer.data import split_folders


def found(*paths: str) -> dict[str, tuple[str | None, str]]:
    apart = split_folders.find(tuple(path.split("/")) if path else () for path in paths)
    return {"/".join(folder): (split, "/".join(others)) for folder, (split, others) in apart.items()}


def splits(*paths: str) -> list[str | None]:
    """Of each path; empty if there are none."""
    apart = found(*paths)
    return [apart[path][0] for path in paths] if apart else []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["train", "test"], ["train", "test"]),
        (["Train", "VALID", "Test"], ["train", "validation", "test"]),
        (["training", "validation", "testing"], ["train", "validation", "test"]),
        (["train2017", "val2017"], ["train", "validation"]),
        (["training_set", "test_set"], ["train", "test"]),
        (["trainset", "dev-images", "eval"], ["train", "validation", "test"]),
        (["train", "eval"], ["train", "validation"]),
        (["train", "test", "eval"], ["train", "test", "validation"]),
        (["trainval", "test"], ["train", "test"]),
        (["val", "test"], ["validation", "test"]),
        (["train", "test", "unlabeled"], ["train", "test", None]),
    ],
)
def test_names_of_splits(names: list[str], expected: list[str | None]) -> None:
    assert splits(*names) == expected
    assert splits(*(f"{name}/cat" for name in names)) == expected
    assert splits(*(f"pets/v2/{name}/cat" for name in names)) == expected
    assert splits(*(f"{kind}/{name}" for kind in ("cats", "dogs") for name in names)) == expected * 2


@pytest.mark.parametrize(
    "paths",
    [
        ["car", "train", "bus"],
        ["vehicles/car", "vehicles/train", "vehicles/bus"],
        ["car", "train/steam", "train/diesel", "bus"],
        ["train"],
        ["train/cat", "train/dog"],
        ["car/old", "train/old", "bus/old"],
        ["train", ""],
        ["test", "cats"],
        ["training dogs", "testing ground"],
        ["trainer", "tester"],
        [""],
        [],
    ],
)
def test_what_is_a_class_stays_one(paths: list[str]) -> None:
    assert found(*paths) == {}


def test_trains_among_vehicles_that_are_split() -> None:
    kinds = ("car", "train", "bus")
    assert found(*(f"{split}/{kind}" for split in ("train", "test") for kind in kinds)) == {
        f"{split}/{kind}": (split, kind) for split in ("train", "test") for kind in kinds
    }
    assert found(*(f"{kind}/{split}" for split in ("train", "test") for kind in kinds)) == {
        f"{kind}/{split}": (split, kind) for split in ("train", "test") for kind in kinds
    }


def test_a_test_folder_beside_the_classes() -> None:
    expected = {"cats": (None, "cats"), "dogs": (None, "dogs"), "test/cats": ("test", "cats")}
    assert found(*expected) == expected
    trains = {"car": (None, "car"), "train": (None, "train"), "test/train": ("test", "train")}
    assert found(*trains) == trains


def test_pictures_beside_a_test_folder() -> None:
    assert found("", "test") == {"": (None, ""), "test": ("test", "")}


def test_splits_that_are_packed_twice() -> None:
    assert found("training_set/training_set/cat", "test_set/test_set/cat") == {
        "training_set/training_set/cat": ("train", "cat"),
        "test_set/test_set/cat": ("test", "cat"),
    }


def test_folders_around_splits_stay() -> None:
    apart = found("pets/train/cat/old", "pets/test/cat")
    assert apart == {"pets/train/cat/old": ("train", "pets/cat/old"), "pets/test/cat": ("test", "pets/cat")}
