"""Sources of images. Each is one module with a `load`, and one line in `SOURCES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.data import cifar10, folder, photos, shapes
from explorer.data.imageset import SPLITS, ImageSet, Split
from explorer.errors import ExplorerError

__all__ = ["SOURCES", "SPLITS", "ImageSet", "Source", "Split", "load_image_set"]


@dataclass(frozen=True)
class Source:
    """A source of images.

    Parameters
    ----------
    key : str
        What configs, URLs and the command line call it.
    title : str
        What pages call it.
    description : str
        One sentence on what it shows.
    load : callable (path: str or None, seed: int) -> ImageSet
    takes_path : bool
        Whether `load` looks at its path.
    """

    key: str
    title: str
    description: str
    load: Callable[[str | None, int], ImageSet]
    takes_path: bool


SOURCES: dict[str, Source] = {
    source.key: source
    for source in (
        Source("cifar10", "CIFAR-10", "60,000 photographs of animals and vehicles.", cifar10.load, takes_path=True),
        Source("photos", "Photos", "Patches of eight photographs, no download.", photos.load, takes_path=False),
        Source("shapes", "Shapes", "Rendered scenes with known factors.", shapes.load, takes_path=False),
        Source("folder", "Folder", "Your own pictures, from a folder or zip file.", folder.load, takes_path=True),
    )
}


def load_image_set(source: str, path: str | None = None, seed: int = 0) -> ImageSet:
    """Load the images of one source, whole, into memory.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    path : str, optional
        Where the images lie, for sources that take a path.
    seed : int
        Decides what a source draws: splits, patches, scenes.

    Raises
    ------
    ExplorerError
        If there is no such source, or its images aren't there or aren't right.
    """
    if source not in SOURCES:
        raise ExplorerError(f"There is no source of images named {source!r}", f"Choose from {', '.join(SOURCES)}.")
    return SOURCES[source].load(path, seed)
