"""A square of a photograph that comes with an installed package, brought to 32x32 pixels."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from PIL import Image

SIDE = 32
_DISTRIBUTIONS = {"skimage": "scikit-image", "sklearn": "scikit-learn"}


@dataclass(frozen=True)
class Patch:
    """A square of a photograph: x and y of its upper left pixel and its side, in pixels."""

    x: int
    y: int
    side: int


def read_photograph(file: str) -> Image.Image:
    """A photograph in RGB.

    Parameters
    ----------
    file : str
        Its path, beginning with the package, which isn't imported: "skimage/data/chelsea.png".

    Raises
    ------
    ExplorerError
        If it isn't in the installed package.
    """
    from PIL import Image  # here, so that the app's start doesn't wait for it

    package, _, inside = file.partition("/")
    spec = find_spec(package)
    try:
        if spec is None or spec.origin is None:
            raise FileNotFoundError(package)
        with Image.open(Path(spec.origin).parent / inside) as image:
            return image.convert("RGB")
    except FileNotFoundError as error:
        distribution = _DISTRIBUTIONS[package]
        raise ExplorerError(
            f"The photograph {Path(file).name} of {distribution} is missing", f"Install {distribution} again."
        ) from error


def cut(photograph: Image.Image, patch: Patch) -> np.ndarray:
    """A patch brought to 32x32, anti-aliased without a look beyond its edge: uint8 (32, 32, 3)."""
    from PIL import Image

    # Cropped first: `resize(box=...)` would let the filter reach over the edge of the box.
    square = photograph.crop((patch.x, patch.y, patch.x + patch.side, patch.y + patch.side))
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.HAMMING))
