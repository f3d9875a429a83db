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

_LIGHTER, _DARKER = 0.42, 0.22  # shares of white and of black: told apart, and seen on light and dark grounds


def shade(colour: str, nth: int) -> str:
    """A colour for the nth of several that share a concept: itself, lighter, darker, and so on again.

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
    ground, share = ((0, 0.0), (255, _LIGHTER), (0, _DARKER))[nth % 3]
    return "#" + "".join(f"{round(c + share * (ground - c)):02X}" for c in bytes.fromhex(colour.lstrip("#")))
