"""What pages, forms and the command line know of a source of images before they load it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError


@dataclass(frozen=True)
class Upload:
    """A file that a person may hand over in place of a path: its suffix, and the field's label and help."""

    suffix: str
    label: str
    help: str


@dataclass(frozen=True)
class Source:
    """A source of images.

    Parameters
    ----------
    key : str
        What configs, URLs and the command line call it: the name of its module.
    title : str
        What pages call it.
    description : str
        One sentence on what it shows.
    load : callable (path: str or None, seed: int) -> ImageSet
        Raises ExplorerError if its images aren't there or aren't right.
    takes_path : bool
        Whether `load` looks at its path; a page asks for one, unless the images are `found` without.
    found : callable () -> bool
        Whether `load` finds the images of a source that takes a path where it looks unasked; raises ExplorerError if
        that place can't be looked at.
    upload : Upload, optional
        What may be handed over in place of a path.
    bundled : bool
        Whether its images come with the app, the same on every machine, and may be passed on.
    load_watched : callable (path: str or None, seed: int, watch: callable) -> ImageSet, optional
        As `load`, of a source that may take minutes. `watch` is told how many images are read, of how many; of 0 as
        long as they are only counted. What it raises ends the reading.
    """

    key: str
    title: str
    description: str
    load: Callable[[str | None, int], ImageSet]
    takes_path: bool = False
    found: Callable[[], bool] = lambda: False
    upload: Upload | None = None
    bundled: bool = False
    load_watched: Callable[[str | None, int, Callable[[int, int], None]], ImageSet] | None = None

    def is_here(self) -> bool:
        """Whether it is `found`; a place that may not be looked at has nothing either."""
        try:
            return self.found()
        except ExplorerError:
            return False
