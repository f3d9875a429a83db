"""One colour a concept, on every page and in every chart; a family's stands in its record.

From Okabe and Ito 2008, "Color Universal Design": told apart by colour-blind eyes, on light and dark grounds.
"""

from explorer.nets import FAMILIES

RECONSTRUCTION = "#0072B2"
KL = "#D55E00"
BETA = "#CC79A7"
TOTAL = "#8A9097"
LATENT = "#009E73"
LINEAR = FAMILIES["linear_vae"].colour  # what other models are measured against
SPATIAL = FAMILIES["spatial_vae"].colour  # a latent that keeps the image's layout
CODES = FAMILIES["vq_vae"].colour
ERROR_HIGH = "#D55E00"  # reconstruction brighter than the original
ERROR_LOW = "#0072B2"  # darker
RUNS = ("#E69F00", "#56B4E9", "#009E73", "#9A6DD7", "#B8A000", "#7F8C99")  # runs drawn over each other
SCALE = ("#5B55D6", "#B5478E", "#DA791F")  # from small numbers to large ones, between which colours are mixed
CATEGORIES = (  # kinds of images; 10 are too many for some eyes, so names stand beside them too
    "#0072B2", "#D55E00", "#009E73", "#C6709F", "#A88700", "#2F95CF", "#7A52C7", "#858C93", "#B0503C", "#6E961F",
)  # fmt: skip

_LIGHTER, _DARKER = 0.27, 0.145  # relative luminances: at least 3:1 against the grounds of both themes


def shade(colour: str, nth: int) -> str:
    """A colour for the nth of several that share a concept: itself, one lighter, one darker, and so on again.

    The lighter and the darker one are mixed with white or black to a luminance that is seen on light and dark grounds
    alike: at least 3:1 (WCAG 2.2, 1.4.11).

    Parameters
    ----------
    colour : str
        "#RRGGBB".
    nth : int
        From 0.

    Returns
    -------
    str
        "#RRGGBB".
    """
    if nth % 3 == 0:
        return colour
    wanted = (_LIGHTER, _DARKER)[nth % 3 - 1]
    ground = 255 if luminance(colour) < wanted else 0
    mixed = (_mixed(colour, ground, share / 100) for share in range(101))
    return min(mixed, key=lambda each: abs(luminance(each) - wanted))


def category(nth: int) -> str:
    """A colour for the nth of several kinds, from 0: each of `CATEGORIES`, and then they begin again."""
    return CATEGORIES[nth % len(CATEGORIES)]


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB", 0 to 1 (WCAG 2.2)."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (b / 255 for b in _bytes(colour)))
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(colour: str, ground: int, share: float) -> str:
    return "#" + "".join(f"{round(c + share * (ground - c)):02X}" for c in _bytes(colour))


def _bytes(colour: str) -> bytes:
    return bytes.fromhex(colour.lstrip("#"))
