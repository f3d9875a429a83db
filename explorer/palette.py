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
CODEC = "#8A9097"  # JPEG and its like, beside nets
ERROR_HIGH = "#D55E00"  # reconstruction brighter than the original
ERROR_LOW = "#0072B2"  # darker
# Kinds of things, as classes: at least 3:1 against the grounds of both themes, and any two of these and OTHERS a
# CIEDE2000 of 11 apart, in eyes that lack one kind of cones too (Machado et al. 2009). The ten of Petroff 2021,
# "Accessible Color Sequences for Data Visualization", have 12, but are as light as 1.5:1.
CATEGORIES = (
    "#1A95FE", "#C9790E", "#3D9B76", "#B4199B", "#E20452", "#792BFC", "#726702", "#B671B7", "#915A74", "#53704E",
)  # fmt: skip
OTHERS = "#8A9097"  # all kinds that have none of these
SCALE = ("#3158F8", "#A64FA6", "#D56A4A", "#CB7F00")  # from small numbers to large ones: colours between are mixed
CYCLE = ("#3D7BEA", "#B22A94", "#D0720A", "#2E9E6B", "#3D7BEA")  # the same of numbers that begin again, as angles do
RUNS = ("#E69F00", "#56B4E9", "#009E73", "#9A6DD7", "#B8A000", "#7F8C99")  # runs drawn over each other

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


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB", 0 to 1 (WCAG 2.2)."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (b / 255 for b in _bytes(colour)))
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(colour: str, ground: int, share: float) -> str:
    return "#" + "".join(f"{round(c + share * (ground - c)):02X}" for c in _bytes(colour))


def _bytes(colour: str) -> bytes:
    return bytes.fromhex(colour.lstrip("#"))
