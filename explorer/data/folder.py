"""Folder: a person's own pictures, in a folder or a zip file, with a class a sub-folder or all of one class.

Pictures are cropped to their centre and scaled to 32x32. Sub-folders may also be splits (`split_folders`), which are
kept as they are. What can't be read is left out, and named in the image set's note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from explorer.data import listing, split_folders
from explorer.data.decoding import Decoded, Watch, decode, unwatched
from explorer.data.imageset import SPLITS, ImageSet, Split
from explorer.data.listing import Listing
from explorer.data.reader import PIXEL_BYTES
from explorer.data.source import Source, Upload
from explorer.errors import ExplorerError

MOST = 250_000  # files that are read, 770 MB of pixels; of more, so many are drawn. CelebA has 202,599 pictures
NAMED = 10  # files left out that the note names one by one; it counts the others
HELD_OUT = 0.1  # share of the pictures that validates, and as much again that tests

_AT_ONCE = 4_096  # pictures that are moved at once: 13 MB


@dataclass(frozen=True)
class Pictures:
    """What a folder or zip file holds.

    Parameters
    ----------
    images : uint8 array (N, 3, 32, 32), RGB, 0..255
    labels : int64 array (N,), indices into `class_names`
    class_names : tuple of str, sorted
    skipped : dict from the names of files that couldn't be read to the reason
    splits : dict from "train", "validation" and "test" to int64 arrays of indices into `images`
        As its folders have it; empty if none are named after splits.
    said : list of str
        Sentences on what was done.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    skipped: dict[str, str]
    splits: dict[Split, np.ndarray] = field(default_factory=dict)
    said: Sequence[str] = ()


def load(path: str | None = None, seed: int = 0, watch: Watch = unwatched) -> ImageSet:
    """The pictures at `path`, split as its folders say, or else 80 % to train, 10 % to validate and 10 % to test.

    Parameters
    ----------
    path : str
        A folder or a zip file.
    seed : int
        Shuffles the pictures before they are split.
    watch : callable
        As of `Source.load_watched`.

    Raises
    ------
    ExplorerError
        If there is no path, no readable picture, too few to split, or more than the limits allow.
    """
    if not path:
        raise ExplorerError("No folder is given", "Give the path of a folder of pictures, or of a zip file.")
    place = Path(path).expanduser().absolute()
    pictures = read(place, watch)
    splits, said = _split(pictures, seed)
    return ImageSet(
        source="folder",
        name=_printable(place.name) or "Folder",
        images=pictures.images,
        labels=pictures.labels,
        class_names=pictures.class_names,
        splits=splits,
        note=" ".join([f"{len(pictures.images):,} own pictures, cropped to their centre.", *said, *pictures.said]),
    )


def read(place: Path, watch: Watch = unwatched) -> Pictures:
    """All pictures of a folder or zip file, in the order of their names; errors as for `load`."""
    listed = listing.look(place, lambda count: watch(count, 0))
    chosen = _chosen(len(listed.files))
    _check_memory(place, len(chosen))
    found = decode(listed, chosen, watch)
    bits = _scale_alike(listed, chosen, found, watch)
    notes = found.notes
    unread = notes.bad | notes.closed
    kept = np.array([i for i in range(len(chosen)) if i not in unread], dtype=np.int64)
    names = [listed.files[i].name for i in chosen]
    skipped = {_printable(names[i]): unread[i] for i in sorted(unread)}
    closed = listed.closed | {names[i]: why for i, why in sorted(notes.closed.items())}
    if not len(kept):
        first = next(iter((skipped | closed).items()), None)
        count = len(skipped | closed)
        which = f": {count:,} files can't be read, the first, {_printable(first[0])}: {first[1]}" if first else ""
        raise ExplorerError(
            f"There is no readable picture in {place}{which}", "PNG, JPEG and WebP are read, in sub-folders or without."
        )
    folders = [_folder(names[i]) for i in kept]
    apart = split_folders.find(folders)
    classes = _classes([apart[folder][1] for folder in folders] if apart else folders, place)
    class_names = tuple(sorted(set(classes)))
    index = {name: k for k, name in enumerate(class_names)}
    return Pictures(
        _moved_up(found.pixels, kept),
        np.array([index[c] for c in classes], dtype=np.int64),
        class_names,
        skipped,
        _kept_splits([apart[folder][0] for folder in folders]) if apart else {},
        [
            *_said_of_draw(len(chosen), len(listed.files)),
            *_said_of_bits(bits, len(notes.deep_bits.keys() - unread)),
            *_named("Linked folders were followed: {}.", listed.followed),
            *_named("{count} files were left out: {}.", (names[i] for i in sorted(notes.bad))),
            *_named("{count} can't be opened: {}.", (f"{name} ({why})" for name, why in closed.items())),
            *_named("{count} links are not followed: {}.", (f"{name} ({why})" for name, why in listed.links.items())),
        ],
    )


def _chosen(count: int) -> np.ndarray:
    """Which of so many files are read, int64 (n,): all, or `MOST`, always the same."""
    if count <= MOST:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[:MOST])


def _check_memory(place: Path, count: int) -> None:
    need, free = count * PIXEL_BYTES, psutil.virtual_memory().available
    if need > free:
        raise ExplorerError(
            f"{place} holds {count:,} files, whose pictures take {need / 1e6:,.0f} MB of memory; "
            f"{free / 1e6:,.0f} MB are free",
            "Close other programs, or give a folder with fewer.",
        )


def _scale_alike(listed: Listing, chosen: np.ndarray, found: Decoded, watch: Watch) -> int:
    """Read pictures of more than 8 bits again that were scaled by fewer than all of them use; returns how many."""
    bits = max(found.notes.deep_bits.values(), default=0)
    again = np.array([i for i, uses in sorted(found.notes.deep_bits.items()) if uses < bits], dtype=np.int64)
    if len(again):
        second = decode(listed, chosen[again], watch, bits)
        found.pixels[again] = second.pixels
        found.notes.bad |= {int(again[i]): why for i, why in second.notes.bad.items()}
        found.notes.closed |= {int(again[i]): why for i, why in second.notes.closed.items()}
    return bits


def _moved_up(pixels: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Those that are kept, in ascending order, in the same memory: a copy would take as much again."""
    if len(kept) < len(pixels):
        for start in range(0, len(kept), _AT_ONCE):
            some = kept[start : start + _AT_ONCE]
            pixels[start : start + len(some)] = pixels[some]
    return pixels[: len(kept)]


# -- classes and splits ----------------------------------------------------------------------------------------------


def _folder(name: str) -> tuple[str, ...]:
    return tuple(part for part in name.split("/")[:-1] if part not in ("", ".", ".."))


def _classes(folders: Sequence[tuple[str, ...]], place: Path) -> list[str]:
    """Each picture's class: its first folder below those that all pictures share, or else the last that they share."""
    shared, known = folders[0], set(folders)
    while any(folder[: len(shared)] != shared for folder in known):
        shared = shared[:-1]
    top = shared[-1] if shared else place.stem
    of = {folder: _printable(folder[len(shared)] if len(folder) > len(shared) else top) for folder in known}
    return [of[folder] for folder in folders]


def _kept_splits(of: Sequence[Split | None]) -> dict[Split, np.ndarray]:
    """Indices of the pictures of each split; of those beside splits, in none, to train on."""
    number = {split: k for k, split in enumerate(SPLITS)}
    numbers = np.array([number[split or "train"] for split in of])
    return {split: np.flatnonzero(numbers == number[split]) for split in SPLITS}


def _split(pictures: Pictures, seed: int) -> tuple[dict[Split, np.ndarray], list[str]]:
    """What its folders say, and what they don't, drawn; and sentences on that."""
    rng, kept, said = np.random.default_rng(seed), pictures.splits, list[str]()
    if kept and len(kept["train"]):
        purposes = zip(SPLITS, ("train", "validate", "test"), strict=True)
        counts = ", ".join(f"{len(kept[split]):,} to {purpose}" for split, purpose in purposes if len(kept[split]))
        said.append(f"Split as its folders are named: {counts}.")
        if len(kept["validation"]):
            return kept, said
        order = rng.permutation(kept["train"])
        n_validation = max(round(HELD_OUT * len(order)), 1)
        said.append(f"None of them is to validate: {n_validation:,} of those to train are taken for that.")
        drawn: dict[Split, np.ndarray] = {
            "train": order[n_validation:], "validation": order[:n_validation], "test": kept["test"],
        }  # fmt: skip
    else:
        if kept:
            said.append("Its folders are named after splits, and none is to train: all are mixed, and split anew.")
        n = len(pictures.images)
        n_test, n_validation = round(HELD_OUT * n), max(round(HELD_OUT * n), 1)
        test, validation, train = np.split(rng.permutation(n), [n_test, n_test + n_validation])
        drawn = {"train": train, "validation": validation, "test": test}
    return {split: np.sort(indices) for split, indices in drawn.items()}, said


# -- words -----------------------------------------------------------------------------------------------------------


def _said_of_draw(count: int, of: int) -> list[str]:
    return [f"Of {of:,} files {count:,} are read, drawn at random, always the same."] if count < of else []


def _said_of_bits(bits: int, count: int) -> list[str]:
    if not bits:
        return []
    if count == 1:
        return [f"1 has more than 8 bits a channel, and is scaled by the {bits} that it uses."]
    return [f"{count:,} have more than 8 bits a channel: all {count:,} are scaled by the {bits} that are in use."]


def _named(words: str, names: Iterable[str]) -> list[str]:
    """A sentence that names the first `NAMED` in place of {}, and counts them; none if there are no names."""
    known = [_printable(name) for name in names]
    more = f" and {len(known) - NAMED:,} more" if len(known) > NAMED else ""
    return [words.format(", ".join(known[:NAMED]) + more, count=f"{len(known):,}")] if known else []


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)


SOURCE = Source(
    key="folder",
    title="Folder",
    description="Your own pictures, from a folder or zip file.",
    load=load,
    load_watched=load,
    takes_path=True,
    upload=Upload("zip", "Your pictures, a zip file", "PNG, JPEG and WebP, a class a sub-folder."),
)
