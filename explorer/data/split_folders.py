"""Folders that are named after splits: train/cat/1.png, cats/Test/2.png, pets/val2017/3.png.

Such a name alone says little: a train is also a thing that people take pictures of. What stands beside it tells. A
folder's sub-folders are splits if all of them are named so, if there are several splits among them, or if one of them
holds the same folders as stand beside it (cats, dogs, test/cats, test/dogs). And there must be two splits in all: in a
lone `train` nothing is held out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set

from explorer.data.imageset import Split

Folder = tuple[str, ...]  # names, from the outermost on

_NAMES: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "trainval"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_EITHER = ("eval", "evaluation")  # the validation split, or where there is another, the test split
_MEANINGLESS = {"set", "split", "data", "dataset", "images", "image", "imgs", "img", "pictures", "photos", "folder"}
_LETTERS = re.compile(r"[^\W\d_]+")


def find(folders: Iterable[Folder]) -> dict[Folder, tuple[Split | None, Folder]]:
    """The split of what lies in each folder, and its folders but those that are splits. Empty if none are.

    What lies beside splits, and in none, is to train on: its split is None.
    """
    known = set(folders)
    children: defaultdict[Folder, set[str]] = defaultdict(set)
    for folder in known:
        for depth, name in enumerate(folder):
            children[folder[:depth]].add(name)
    splits = {parent: _splits(parent, names, children) for parent, names in children.items()}
    found = {folder: _taken_apart(folder, splits) for folder in known}
    return found if len({split or "train" for split, _ in found.values()}) > 1 else {}


def _splits(parent: Folder, names: Set[str], children: Mapping[Folder, Set[str]]) -> dict[str, Split]:
    """Which sub-folders of a folder are splits."""
    named = _named(names)
    holding_the_same: dict[str, Split] = {
        name: split
        for name, split in named.items()
        if split != "train" and (inside := children.get((*parent, name))) and inside <= names - {name}
    }
    if holding_the_same:
        return holding_the_same
    return named if len(named) == len(names) or len(set(named.values())) > 1 else {}


def _named(names: Set[str]) -> dict[str, Split]:
    """Those of the names that are names of splits."""
    words = {name: _word(name) for name in names}
    found = {name: _NAMES[word] for name, word in words.items() if word in _NAMES}
    either: Split = "test" if "validation" in found.values() else "validation"
    return found | {name: either for name, word in words.items() if word in _EITHER}


def _word(name: str) -> str:
    """What a name comes down to: "train" of "Train", "train_images", "trainset" and "train2017"; else ""."""
    words = [word for word in _LETTERS.findall(name.casefold()) if word not in _MEANINGLESS]
    return words[0].removesuffix("set") if len(words) == 1 else ""


def _taken_apart(folder: Folder, splits: Mapping[Folder, Mapping[str, Split]]) -> tuple[Split | None, Folder]:
    split: Split | None = None
    others = []
    for depth, name in enumerate(folder):
        here = splits[folder[:depth]].get(name)
        if here is None or split not in (None, here):
            others.append(name)
        split = split or here  # train/train/cat: the same once more, as archives are packed
    return split, tuple(others)
