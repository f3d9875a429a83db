"""CIFAR-10 (Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", chapter 3).

60,000 photographs of 32x32 pixels in ten classes, from https://www.cs.toronto.edu/~kriz/cifar.html, in either of the
two layouts offered there (`cifar10_batches`), in a folder or in an archive: .tar, .tar.gz or .zip.

An archive is never unpacked: its members are read by name, so links and odd paths in it have nothing to act on. Of
several copies the first that is whole is read; of one that is not, a person may ask for what is whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from explorer import files, places
from explorer.data import archive, cifar10_batches
from explorer.data.cifar10_batches import BATCHES, CLASS_NAMES, FILES, LAYOUTS, META, Batch, Layout
from explorer.data.imageset import ImageSet
from explorer.data.source import Source
from explorer.errors import ExplorerError

ENVIRONMENT_VARIABLE = "VAE_EXPLORER_CIFAR10"
OFFICIAL = 60_000  # photographs
TRAIN_SHARE = 0.8  # the seed notebook's: the first 80 % of data_batch_1..5 train, the last 20 % validate
MAX_FILE_BYTES = 64 << 20  # of a batch, beyond which it isn't read; an official one has 31 MB
MAX_ARCHIVE_BYTES = 512 << 20  # of an archive's unpacked content, at most; the official ones unpack to 186 MB
FOLDERS: dict[Layout, str] = {"python": "cifar-10-batches-py", "binary": "cifar-10-batches-bin"}
ARCHIVES: dict[Layout, str] = {"python": "cifar-10-python.tar.gz", "binary": "cifar-10-binary.tar.gz"}
WHOLE_SUFFIX = ".whole.json"  # of a file that stands for what is whole of a CIFAR-10

_LIKE_ARCHIVES = re.compile(r"cifar[-_ ]?10(?!0).*\.(tar|tgz|gz|zip)", re.IGNORECASE)  # as browsers and mirrors call it
_DEPTH = 2  # levels below a place at which it is looked for
_MOST_FOLDERS = 200  # looked into: a place may be anything, and a page looks at every rerun
_MOST_REFUSED = 64


@dataclass(frozen=True)
class Location:
    """Where a CIFAR-10 lies: a folder of batches or an archive, and in which layout.

    Parameters
    ----------
    path : Path
    layout : "python" or "binary"
    whole_only : bool
        Whether it is read without what is missing or damaged.
    """

    path: Path
    layout: Layout
    whole_only: bool = False

    @property
    def is_archive(self) -> bool:
        return self.path.is_file()

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the seven files that make the set."""
        return FILES[self.layout]

    @property
    def has_all_files(self) -> bool:
        """Whether it seems to: nobody has looked into an archive yet."""
        return self.is_archive or all((self.path / name).is_file() for name in self.files)


class HalfThereError(ExplorerError):
    """A CIFAR-10 of which something is missing or damaged.

    Parameters
    ----------
    what, advice : str
    location : Location
    whole : int
        Photographs that are whole, those to test on not counted; 0 if there is nothing to train on.
    """

    def __init__(self, what: str, advice: str, location: Location, whole: int) -> None:
        super().__init__(what, advice)
        self.location, self.whole = location, whole


def find(path: str | None = None) -> Location | None:
    """Look for CIFAR-10 at `path`, else where VAE_EXPLORER_CIFAR10 points, else in data/: see `explorer.places`.

    Parameters
    ----------
    path : str, optional
        A folder of batches, one of its files, an archive of either layout, or a folder that holds one of them, up to
        two levels down.

    Returns
    -------
    Location or None
        Of several the one that `load` tries first.

    Raises
    ------
    ExplorerError
        If the place can't be looked at (no permission, no possible path).
    """
    return next(_candidates(path), None)


def data_folder() -> Path:
    """Where it is fetched to: where VAE_EXPLORER_CIFAR10 points, or else data/ as of `explorer.places`."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if not named:
        return places.kept("data")
    place = Path(named).expanduser()
    return place.parent if place.is_file() else place


def _looked_at(path: str | None) -> list[Path]:
    named = path or os.environ.get(ENVIRONMENT_VARIABLE)
    return [Path(named).expanduser()] if named else [data_folder(), *places.read_too("data")]


def _candidates(path: str | None) -> Iterator[Location]:
    """Each CIFAR-10 at a place, as they are found; those that lack a file last."""
    known: set[Location] = set()
    lacking: list[Location] = []
    for place in _looked_at(path):
        try:
            for location in _locations(place):
                if location in known:
                    continue
                known.add(location)
                if location.has_all_files:
                    yield location
                else:
                    lacking.append(location)
        except OSError as error:
            what = f"{place} can't be read: {error.strerror}"
            raise ExplorerError(what, "Point to a folder you may read.") from error
    yield from lacking


def _locations(place: Path) -> Iterator[Location]:
    if place.name.endswith(WHOLE_SUFFIX) and place.is_file():
        yield from _stood_for(place)
    elif place.name in {name for layout in LAYOUTS for name in FILES[layout]} and place.is_file():
        yield from _locations(place.parent)  # one level too low
    elif place.is_file():
        if (layout := _archive_layout(place)) is not None:
            yield Location(place, layout)
            yield from _beside(place)
    elif place.is_dir():
        yield from _below(place)


def _below(place: Path) -> Iterator[Location]:
    """In a folder, and in those in it: level by level, so the nearest first."""
    level, looked_into = [place], 0
    for _ in range(1 + _DEPTH):
        for folder in level[: _MOST_FOLDERS - looked_into]:
            yield from _in(folder)
        looked_into += len(level)
        if looked_into >= _MOST_FOLDERS:
            return
        level = [folder / name for folder in level for name in files.listed(folder) if (folder / name).is_dir()]


def _in(folder: Path) -> Iterator[Location]:
    for layout in LAYOUTS:
        for place in (folder, folder / FOLDERS[layout]):
            if any((place / name).is_file() for name in BATCHES[layout]):
                yield Location(place, layout)
                yield from _beside(place)
    for layout in LAYOUTS:
        if (folder / ARCHIVES[layout]).is_file():
            yield Location(folder / ARCHIVES[layout], layout)
    for name in files.listed(folder):
        place = folder / name
        if not _LIKE_ARCHIVES.fullmatch(name) or name in ARCHIVES.values() or not place.is_file():
            continue
        if (layout_of_it := _archive_layout(place)) is not None:
            yield Location(place, layout_of_it)


def _beside(place: Path) -> Iterator[Location]:
    """Other copies in the folder that holds one, by their official names."""
    for layout in LAYOUTS:
        folder, packed = place.parent / FOLDERS[layout], place.parent / ARCHIVES[layout]
        if folder != place and any((folder / name).is_file() for name in BATCHES[layout]):
            yield Location(folder, layout)
        if packed != place and packed.is_file():
            yield Location(packed, layout)


def _archive_layout(place: Path) -> Layout | None:
    """The layout of an archive, by its name, else by the first file in it that belongs to a layout."""
    for layout in LAYOUTS:
        if place.name == ARCHIVES[layout]:
            return layout
    return _looked_into(place)


def _look_into(place: Path) -> Layout | None:
    layouts = {name: layout for layout in LAYOUTS for name in FILES[layout]}
    try:
        for name in _member_names(place):
            if name in layouts:
                return layouts[name]
    except (tarfile.TarError, EOFError, zlib.error, OSError, ExplorerError):
        pass
    return None


_looked_into = files.Kept(_look_into, most=_MOST_FOLDERS)


def _member_names(place: Path) -> Iterator[str]:
    if _is_zip(place):
        with archive.opened(place) as packed:
            yield from (PurePosixPath(member.name).name for member in packed.members)
        return
    with tarfile.open(place) as tar:
        for member in tar:
            yield PurePosixPath(member.name).name
            if member.offset > MAX_ARCHIVE_BYTES:
                return


# -- reading ---------------------------------------------------------------------------------------------------------


def load(path: str | None = None, seed: int = 0) -> ImageSet:
    """CIFAR-10 whole: first 80 % of data_batch_1..5 train, last 20 % validate, test_batch tests.

    Of several copies at the place, or beside it, the first that is whole.

    Parameters
    ----------
    path : str, optional
        As for `find`; or what `stand_for_whole` wrote.
    seed : int
        Not used: the split is the data set's own.

    Raises
    ------
    HalfThereError
        If a file is missing, truncated, of another size, or holds anything but images and labels.
    ExplorerError
        If it isn't there, or is another data set.
    """
    refused: list[ExplorerError] = []
    for location in _candidates(path):
        try:
            images = read(location)
        except ExplorerError as error:
            refused.append(error)
            continue
        if refused and isinstance(refused[0], HalfThereError):
            return replace(images, note=f"{images.note} {refused[0].location.path.name} beside it is not whole.")
        return images
    if refused:
        raise refused[0]
    looked_at = _looked_at(path)
    raise ExplorerError(
        f"No CIFAR-10 in {' nor in '.join(map(str, looked_at))}",
        "It holds single pictures: choose the source Folder."
        if any(_holds_pictures(place) for place in looked_at)
        else f"`python -m explorer download` fetches it; or point to {FOLDERS['python']}, {FOLDERS['binary']}, "
        "one of their archives, or the folder that holds them.",
    )


def _holds_pictures(place: Path) -> bool:
    """Whether it is a CIFAR-10 as a folder a class."""
    return any((place / above / CLASS_NAMES[0]).is_dir() for above in ("", "train", "cifar10/train"))


_refused: dict[tuple[Location, tuple[tuple[int, int], ...]], ExplorerError] = {}


def read(location: Location) -> ImageSet:
    """The set at a known place; errors as for `load`, at once if its files are still those that had one."""
    known = (location, _stamps(location))
    if known in _refused:
        raise _refused[known].with_traceback(None)
    try:
        return _read(location)
    except ExplorerError as error:
        if len(_refused) >= _MOST_REFUSED:
            _refused.clear()
        _refused[known] = error
        raise


def _stamps(location: Location) -> tuple[tuple[int, int], ...]:
    """Of each file its time of modification in ns, and its bytes; zeros of one that is missing."""
    stamps = []
    for place in [location.path] if location.is_archive else [location.path / name for name in location.files]:
        try:
            status = place.stat()
        except OSError:
            stamps.append((0, 0))
        else:
            stamps.append((status.st_mtime_ns, status.st_size))
    return tuple(stamps)


def _read(location: Location) -> ImageSet:
    batches, problems = _parts(location)
    names = [name for name in BATCHES[location.layout] if name in batches]
    if problems and not location.whole_only:
        raise _half_there(location, batches, problems[0])
    images = np.concatenate([batches[name][0] for name in names])
    labels = np.concatenate([batches[name][1] for name in names])
    n_batches = sum(len(batches[name][1]) for name in names if not _tests(name))
    n_train = int(TRAIN_SHARE * n_batches)
    count = f"{len(images):,} of {OFFICIAL:,}" if problems else f"{len(images):,}"
    left_out = ", ".join(name for name in location.files if name not in (*batches, META[location.layout]))
    return ImageSet(
        source="cifar10",
        name="CIFAR-10",
        images=images,
        labels=labels,
        class_names=CLASS_NAMES,
        splits={
            "train": np.arange(n_train),
            "validation": np.arange(n_train, n_batches),
            "test": np.arange(n_batches, len(images)),
        },
        note=f"{count} photographs in ten classes (Krizhevsky 2009), read from {location.path.name}"
        + (f" without {left_out}." if left_out else "."),
    )


def _tests(name: str) -> bool:
    return name.startswith("test")


def _half_there(location: Location, batches: dict[str, Batch], problem: ExplorerError) -> HalfThereError:
    whole = sum(len(labels) for name, (_, labels) in batches.items() if not _tests(name))
    return HalfThereError(problem.what, problem.advice, location, whole)


def _parts(location: Location) -> tuple[dict[str, Batch], list[ExplorerError]]:
    """The batches that are whole, by name, and what is wrong with the rest.

    Raises
    ------
    ExplorerError
        If it is another data set.
    HalfThereError
        If not one batch to train on is whole.
    """
    batches: dict[str, Batch] = {}
    problems: list[ExplorerError] = []
    try:
        for name, content in read_files(location):
            try:
                if name == META[location.layout]:
                    _check_names(name, cifar10_batches.class_names(content, location.layout))
                else:
                    batches[name] = cifar10_batches.batch(name, content, location.layout)
            except _OtherDataSetError:
                raise
            except ExplorerError as error:
                problems.append(error)
    except _OtherDataSetError:
        raise
    except ExplorerError as error:
        problems.append(error)
    counts = {name: len(batches[name][1]) for name in BATCHES[location.layout] if name in batches}
    if len(set(counts.values())) > 1:
        problems.append(
            ExplorerError(
                "CIFAR-10's files differ in their number of images: "
                + ", ".join(f"{name} has {count:,}" for name, count in counts.items()),
                "Officially each has 10,000. Fetch the data set again.",
            )
        )
        batches = {name: batches[name] for name, count in counts.items() if count == max(counts.values())}
    if all(_tests(name) for name in batches):
        raise _half_there(location, {}, problems[0])
    return batches, problems


class _OtherDataSetError(ExplorerError):
    pass


def _check_names(meta: str, class_names: tuple[str, ...]) -> None:
    if class_names != CLASS_NAMES:
        raise _OtherDataSetError(
            f"{meta} names the classes {', '.join(class_names) or 'not at all'}",
            f"CIFAR-10's are {', '.join(CLASS_NAMES)}. Own images go into a folder: choose the source Folder.",
        )


def read_files(location: Location) -> Iterator[tuple[str, bytes]]:
    """Name and content of the seven files of a set, from its folder or archive, in whatever order they lie there.

    Raises
    ------
    ExplorerError
        If one is missing, larger than any official file, or can't be read; if the archive is damaged.
    """
    missing = set(location.files)
    try:
        for name, content in _archive_files(location) if location.is_archive else _folder_files(location):
            missing.discard(name)
            yield name, content
    except (tarfile.TarError, EOFError, zlib.error) as error:
        said = str(error).partition("\n")[0].rstrip(":")  # tarfile adds a line for each way of unpacking
        raise ExplorerError(
            f"{location.path} is damaged or not complete: {said}",
            "Delete it and fetch it again.",
        ) from error
    except OSError as error:
        raise ExplorerError(f"{location.path} can't be read: {error}", "Check the file, or fetch it again.") from error
    if missing:
        raise ExplorerError(
            f"CIFAR-10 in {location.path} lacks {', '.join(sorted(missing))}",
            "Fetch the data set again, or point to a complete one.",
        )


def _folder_files(location: Location) -> Iterator[tuple[str, bytes]]:
    for name in location.files:
        file = location.path / name
        if file.is_file():
            _check_size(name, file.stat().st_size)
            yield name, files.read_bytes(file)


def _archive_files(location: Location) -> Iterator[tuple[str, bytes]]:
    return _zip_files(location) if _is_zip(location.path) else _tar_files(location)


def _zip_files(location: Location) -> Iterator[tuple[str, bytes]]:
    with archive.opened(location.path) as packed:
        for member in packed.members:
            name = PurePosixPath(member.name).name
            if name in location.files:
                _check_size(name, member.size)
                yield name, packed.read(member)


def _tar_files(location: Location) -> Iterator[tuple[str, bytes]]:
    wanted = set(location.files)
    with tarfile.open(location.path) as tar:
        for member in tar:
            if member.offset > MAX_ARCHIVE_BYTES:
                raise ExplorerError(
                    f"{location.path} unpacks to more than {MAX_ARCHIVE_BYTES >> 20} MB", "It can't be CIFAR-10."
                )
            name = PurePosixPath(member.name).name
            if name not in wanted or not member.isreg():
                continue
            _check_size(name, member.size)
            file = tar.extractfile(member)
            if file is not None:
                wanted.remove(name)
                yield name, file.read()
        rest = 0
        while tar.fileobj and (read := len(tar.fileobj.read(1 << 20))) and rest < MAX_ARCHIVE_BYTES:
            rest += read  # to the checksum at the end, which tells of damage that unpacks


def _is_zip(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(4) == b"PK\3\4"


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise ExplorerError(f"{name} has {size:,} bytes", f"No file of CIFAR-10 has more than {MAX_FILE_BYTES:,}.")


# -- what is whole of one that is half there -------------------------------------------------------------------------


def stand_for_whole(location: Location) -> Path:
    """Write a small file that `load` takes for what is whole of a CIFAR-10, as long as not all is: its path.

    Raises
    ------
    ExplorerError
        If it can't be written.
    """
    place = str(location.path.absolute())
    file = places.kept("data") / f"cifar-10-{hashlib.sha256(place.encode()).hexdigest()[:12]}{WHOLE_SUFFIX}"
    with files.explained("What is whole can't be used", file):
        file.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(file, {"cifar10": place, "layout": location.layout})
    return file


def _stood_for(file: Path) -> Iterator[Location]:
    said = files.read_json(file) or {}
    place, layout = said.get("cifar10"), said.get("layout")
    if isinstance(place, str) and layout in LAYOUTS:
        yield Location(Path(place), layout, whole_only=True)


SOURCE = Source(
    key="cifar10",
    title="CIFAR-10",
    description="60,000 photographs of animals and vehicles.",
    load=load,
    takes_path=True,
    found=lambda: find() is not None,
)
