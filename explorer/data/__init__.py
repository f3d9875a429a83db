"""Sources of images: one module with a `SOURCE`, and its name in `SOURCES`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from explorer.data.imageset import SPLITS, SUBJECTS, ImageSet, Pool, PoolName, Split
from explorer.data.source import Source
from explorer.errors import ExplorerError

__all__ = ["SOURCES", "SPLITS", "SUBJECTS", "ImageSet", "Pool", "PoolName", "Source", "Split", "load_image_set"]

SOURCES: dict[str, Source] = {
    name: import_module(f"{__name__}.{name}").SOURCE
    for name in (
        "cifar10",
        "photos",
        "shapes",
        "folder",
    )
}


def load_image_set(
    source: str, path: str | None = None, seed: int = 0, watch: Callable[[int, int], None] | None = None
) -> ImageSet:
    """Load the images of one source, whole, into memory.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    path : str, optional
        Where the images lie, for sources that take a path.
    seed : int
        Decides what a source draws: splits, patches, scenes.
    watch : callable, optional
        As of `Source.load_watched`; sources that take seconds say nothing.

    Raises
    ------
    ExplorerError
        If there is no such source, or its images aren't there or aren't right.
    """
    if source not in SOURCES:
        raise ExplorerError(f"There is no source of images named {source!r}", f"Choose from {', '.join(SOURCES)}.")
    known = SOURCES[source]
    return known.load_watched(path, seed, watch) if watch and known.load_watched else known.load(path, seed)
