"""Shapes: rendered 32x32 scenes of one shape before a background, every factor known and drawn independently.

Made for questions that photographs can't answer, such as whether a latent dimension follows a factor (dSprites,
Matthey et al. 2017, is the same idea in black and white). Edges are anti-aliased through signed distances: the share of
a pixel that a shape covers is 1/2 minus the distance of the pixel's centre from its edge, within 0..1.

Scenes are computed in float64 from their factors: in float32 the last digit of a sine is another on other processors
(NumPy takes other instructions with AVX-512 than without), and some 7 of 36,864,000 pixel values with it.
"""

from __future__ import annotations

import numpy as np

from explorer.data.imageset import Factor, ImageSet
from explorer.data.source import Source

SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
COUNTS = {"train": 9600, "validation": 1200, "test": 1200}
SIDE = 32
CHUNK = 1000  # scenes painted at once; all together would take too much memory
FACTORS = np.dtype(
    [
        ("shape", np.int64),  # index into SHAPES
        ("hue", np.float32),  # of the shape, 0..1 around the colour circle
        ("size", np.float32),  # radius of the circle around the shape, pixels
        ("x", np.float32),  # centre, pixels from the left edge
        ("y", np.float32),  # centre, pixels from the upper edge
        ("rotation", np.float32),  # clockwise, radians; without effect on circle and ring
        ("background", np.float32),  # hue of the background, 0..1
    ]
)
RANGES = {  # the whole shape always lies inside the picture, so the factors can be independent
    "hue": (0.0, 1.0),
    "size": (6.5, 11.0),
    "x": (11.0, 21.0),
    "y": (11.0, 21.0),
    "rotation": (0.0, 2 * np.pi),
    "background": (0.0, 1.0),
}
# What the 12,000 of seed 0 went by while they were computed in float32, with AVX-512: runs and cards say it.
FORMER = {
    "72f492f7aec1bffdea7070f3b776693eeb439e0cc99767e6fb482122cbe1b07f":
    "806ba47eaa897d33bcef24806e1d2b75684318ef7c53d66eb8e801f3a0a993d0",
}  # fmt: skip
PERIODS = {"hue": 1.0, "rotation": 2 * np.pi, "background": 1.0}
UNITS = {"size": "pixels", "x": "pixels", "y": "pixels", "rotation": "radians"}


def load(path: str | None = None, seed: int = 0) -> ImageSet:
    """12,000 scenes, as many of each shape; the class is the shape.

    Parameters
    ----------
    path : str, optional
        Not used.
    seed : int
        Draws the factors. `scenes` gives them for the same seed.
    """
    factors = scenes(sum(COUNTS.values()), seed)
    train, validation = COUNTS["train"], COUNTS["train"] + COUNTS["validation"]
    return ImageSet(
        source="shapes",
        name="Shapes",
        images=render(factors),
        labels=factors["shape"].copy(),
        class_names=SHAPES,
        splits={
            "train": np.arange(train),
            "validation": np.arange(train, validation),
            "test": np.arange(validation, len(factors)),
        },
        note=f"{len(factors):,} rendered scenes with known shape, hue, size, position, rotation and background.",
        factors=tuple(
            Factor(name, factors[name].copy(), UNITS.get(name, ""), SHAPES * (name == "shape"), PERIODS.get(name))
            for name in FACTORS.names or ()
        ),
        former=FORMER,
    )


def scenes(count: int, seed: int = 0) -> np.ndarray:
    """Factors of `count` scenes, structured array (count,) of dtype `FACTORS`: each uniform, independent of the others.

    Shapes are dealt out like cards, so that their counts differ by one at most.
    """
    rng = np.random.default_rng(seed)
    factors = np.empty(count, FACTORS)
    factors["shape"] = rng.permutation(np.arange(count) % len(SHAPES))
    for name, (low, high) in RANGES.items():
        factors[name] = rng.uniform(low, high, count)
    return factors


def render(factors: np.ndarray) -> np.ndarray:
    """Draw scenes.

    Parameters
    ----------
    factors : structured array (N,) of dtype `FACTORS`

    Returns
    -------
    uint8 array (N, 3, 32, 32), RGB, 0..255
    """
    images = np.empty((len(factors), 3, SIDE, SIDE), np.uint8)
    for start in range(0, len(factors), CHUNK):
        images[start : start + CHUNK] = _render_chunk(factors[start : start + CHUNK])
    return images


def _render_chunk(factors: np.ndarray) -> np.ndarray:
    # Lit from above: the shape a little, the background from dark to half dark, so that any hue stands out before it.
    _, down = _offsets(factors)
    light = np.clip(1 - 0.18 * down / _exact(factors, "size"), 0, 1.1)[:, None]  # (n, 1, 32, 1)
    shape = _rgb(factors["hue"], 0.78, 0.86)[:, :, None, None] * light  # (n, 3, 32, 1)
    dusk = np.linspace(0.2, 0.44, SIDE)[:, None]
    ground = _rgb(factors["background"], 0.45, 1.0)[:, :, None, None] * dusk  # (n, 3, 32, 1)
    picture = ground + coverage(factors)[:, None] * (shape - ground)  # (n, 3, 32, 32)
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def coverage(factors: np.ndarray) -> np.ndarray:
    """Share of each pixel that the shape covers: structured array (N,) of dtype `FACTORS` -> float64 (N, 32, 32)."""
    covered = np.empty((len(factors), SIDE, SIDE))
    for index, name in enumerate(SHAPES):
        chosen = np.flatnonzero(factors["shape"] == index)
        right, down = _offsets(factors[chosen])
        rotation, size = (_exact(factors[chosen], name) for name in ("rotation", "size"))
        u = (np.cos(rotation) * right + np.sin(rotation) * down) / size  # in the shape's own frame
        v = (np.cos(rotation) * down - np.sin(rotation) * right) / size
        covered[chosen] = np.clip(0.5 - DISTANCES[name](u, v) * size, 0, 1)
    return covered


def _offsets(factors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels from a shape's centre to the right (n, 1, 32), and down (n, 32, 1)."""
    centres = np.arange(SIDE) + 0.5
    return centres - _exact(factors, "x"), centres[:, None] - _exact(factors, "y")


def _exact(factors: np.ndarray, name: str) -> np.ndarray:
    """One factor of scenes (n,), float64 (n, 1, 1)."""
    return factors[name].astype(np.float64)[:, None, None]


def _rgb(hue: np.ndarray, saturation: float, value: float) -> np.ndarray:
    """HSV to RGB, 0..1: (n,) -> (n, 3)."""
    k = (np.array([5, 3, 1]) + 6 * hue.astype(np.float64)[:, None]) % 6
    return value - value * saturation * np.clip(np.minimum(k, 4 - k), 0, 1)


# Signed distances from the edge, negative inside, for points (u, v) in units of the circle around the shape; v is down.


def _circle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.hypot(u, v) - 0.9


def _ring(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.abs(np.hypot(u, v) - 0.7) - 0.22


def _box(u: np.ndarray, v: np.ndarray, half_width: float, half_height: float) -> np.ndarray:
    return np.maximum(np.abs(u) - half_width, np.abs(v) - half_height)


def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return _box(u, v, 0.7, 0.7)


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.minimum(_box(u, v, 0.92, 0.3), _box(u, v, 0.3, 0.92))


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    slope = np.sqrt(0.75)
    return np.maximum(v, slope * np.abs(u) - 0.5 * v) - 0.5


def _star(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Five points: folded onto one edge from an outer corner at radius 1 to an inner one at radius 0.45."""
    fifth = 2 * np.pi / 5
    radius = np.hypot(u, v)
    angle = np.abs((np.arctan2(u, -v) + fifth / 2) % fifth - fifth / 2)  # 0 at an outer corner, the first one upwards
    edge = np.array([0.45 * np.cos(np.pi / 5) - 1, 0.45 * np.sin(np.pi / 5)])
    normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
    return normal[0] * (radius * np.cos(angle) - 1) + normal[1] * radius * np.sin(angle)


DISTANCES = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "ring": _ring,
}


SOURCE = Source("shapes", "Shapes", "Rendered scenes with known factors.", load, bundled=True)
