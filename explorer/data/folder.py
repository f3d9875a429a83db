"""Folder: a person's own pictures, in a folder or a zip file, with a class a sub-folder or all of one class.

Pictures are cropped to their centre and scaled to 32x32. What can't be read is left out, and named in the image set's
note.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from explorer.data import archive
from explorer.data.imageset import ImageSet
from explorer.data.picture_file import MAX_BYTES, read_square, shrink
from explorer.data.source import Source, Upload
from explorer.errors import ExplorerError
from explorer.files import stray

MAX_FILES = 20_000
WANTED_SIDE = 64  # pixels a side that a picture is decoded at, at least: enough to scale it down to 32 well
NAMED = 10  # files left out that the note names one by one; it counts the others
HELD_OUT = 0.1  # share of the pictures that validates, and as much again that tests


@dataclass(frozen=True)
class Pictures:
    """What a folder or zip file holds.

    Parameters
    ----------
    images : uint8 array (N, 3, 32, 32), RGB, 0..255
    labels : int64 array (N,), indices into `class_names`
    class_names : tuple of str, sorted
    skipped : dict from the names of files that couldn't be read to the reason
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    skipped: dict[str, str]


def load(path: str | None = None, seed: int = 0) -> ImageSet:
    """The pictures at `path`: 80 % train, 10 % validate, 10 % test.

    Parameters
    ----------
    path : str
        A folder or a zip file.
    seed : int
        Shuffles the pictures before they are split.

    Raises
    ------
    ExplorerError
        If there is no path, no readable picture, too few to split, or more than the limits allow.
    """
    if not path:
        raise ExplorerError("No folder is given", "Give the path of a folder of pictures, or of a zip file.")
    place = Path(path).expanduser().absolute()
    pictures = read(place)
    n = len(pictures.images)
    order = np.random.default_rng(seed).permutation(n)
    n_test, n_validation = round(HELD_OUT * n), max(round(HELD_OUT * n), 1)
    test, validation, train = np.split(order, [n_test, n_test + n_validation])
    return ImageSet(
        source="folder",
        name=_printable(place.name) or "Folder",
        images=pictures.images,
        labels=pictures.labels,
        class_names=pictures.class_names,
        splits={"train": np.sort(train), "validation": np.sort(validation), "test": np.sort(test)},
        note=_note(pictures),
    )


def _note(pictures: Pictures) -> str:
    note = f"{len(pictures.images):,} own pictures, cropped to their centre."
    if pictures.skipped:
        named = ", ".join(list(pictures.skipped)[:NAMED])
        more = f" and {len(pictures.skipped) - NAMED:,} more" if len(pictures.skipped) > NAMED else ""
        note += f" {len(pictures.skipped):,} files were left out: {named}{more}."
    return note


def read(place: Path) -> Pictures:
    """All pictures of a folder or zip file, in the order of their names; errors as for `load`."""
    images: list[np.ndarray] = []
    folders: list[tuple[str, ...]] = []
    skipped: dict[str, str] = {}
    for name, content in _files(place):
        if isinstance(content, str):
            skipped[_printable(name)] = content
            continue
        try:
            images.append(shrink(read_square(content, WANTED_SIDE).image))
        except ExplorerError as error:
            skipped[_printable(name)] = error.what
        else:
            folders.append(tuple(part for part in PurePosixPath(name).parts[:-1] if part not in ("/", "..")))
    if not images:
        first = next(iter(skipped.items()), None)
        found = f": {len(skipped):,} files can't be read, the first, {first[0]}: {first[1]}" if first else ""
        raise ExplorerError(
            f"There is no readable picture in {place}{found}", "PNG, JPEG and WebP are read, in sub-folders or without."
        )
    classes = _classes(folders, place)
    class_names = tuple(sorted(set(classes)))
    index = {name: k for k, name in enumerate(class_names)}
    return Pictures(np.stack(images), np.array([index[c] for c in classes], dtype=np.int64), class_names, skipped)


def _classes(folders: list[tuple[str, ...]], place: Path) -> list[str]:
    """Each picture's class: its first folder below those that all pictures share, or else the last that they share."""
    shared = folders[0]
    while any(folder[: len(shared)] != shared for folder in folders):
        shared = shared[:-1]
    top = shared[-1] if shared else place.stem
    return [_printable(folder[len(shared)] if len(folder) > len(shared) else top) for folder in folders]


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)


def _files(place: Path) -> Iterator[tuple[str, bytes | str]]:
    """Names relative to `place`, with / between folders, each with the file's content or why it isn't read."""
    try:
        if place.is_dir():
            yield from _folder_files(place)
        elif archive.is_archive(place):
            yield from _zip_files(place)
        else:
            raise ExplorerError(f"{place} is neither a folder nor a zip file", "Check the path.")
    except OSError as error:
        raise ExplorerError(f"{place} can't be read: {error.strerror}", "Choose a folder you may read.") from error


def _folder_files(place: Path) -> Iterator[tuple[str, bytes | str]]:
    names: list[str] = []
    for folder, subfolders, files in os.walk(place):
        subfolders[:] = [name for name in subfolders if not stray(name)]
        names += [
            (Path(folder) / name).relative_to(place).as_posix()
            for name in files
            if not stray(name) and (Path(folder) / name).is_file()
        ]
        _check_count(place, len(names))
    for name in sorted(names):
        try:
            with (place / name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)  # one too many is enough to be refused for its size
        except OSError as error:
            yield name, error.strerror or "it can't be read"
        else:
            yield name, content


def _zip_files(place: Path) -> Iterator[tuple[str, bytes | str]]:
    with archive.opened(place) as zip_file:
        _check_count(place, len(zip_file.members))
        for member in zip_file.members:
            try:
                content = zip_file.read(member)
            except ExplorerError as error:
                yield member.name, error.what
            else:
                yield member.name, content


def _check_count(place: Path, count: int) -> None:
    if count > MAX_FILES:
        raise ExplorerError(f"{place} holds more than {MAX_FILES:,} files", "Choose a folder with fewer.")


SOURCE = Source(
    key="folder",
    title="Folder",
    description="Your own pictures, from a folder or zip file.",
    load=load,
    takes_path=True,
    upload=Upload("zip", "Your pictures, a zip file", "PNG, JPEG and WebP, a class a sub-folder."),
)
