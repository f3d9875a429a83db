"""Distances between sets of pictures, in the features of a small classifier that is shipped with the app.

Never FID, whose features are Inception's: `net` says what these are good for.
"""

from explorer.analysis.features.extraction import CARD, WEIGHTS, digest, extract, load, save
from explorer.analysis.features.kept import is_kept, of_split

__all__ = ["CARD", "WEIGHTS", "digest", "extract", "is_kept", "load", "of_split", "save"]
