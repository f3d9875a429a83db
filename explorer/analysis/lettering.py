"""Words in saved pictures: in letters of any script, by the fonts that there are.

Pillow's own font has ASCII and a few signs. Other letters are taken from a font of the system, and where that has none,
they are spelled in ASCII: "\u732b" is "Mao". A box in the place of a letter says nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from anyascii import anyascii
from PIL import ImageDraw, ImageFont, features

from explorer.printing import printable

# By their files, which Pillow looks for where the system keeps fonts: with many scripts first, then Chinese, Japanese
# and Korean, of Linux, Windows and macOS.
_SYSTEM = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "LiberationSans-Regular.ttf", "Arial Unicode.ttf"),
    *("NotoSansCJK-Regular.ttc", "msyh.ttc", "YuGothM.ttc", "malgun.ttf"),
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf"),
)
_NO_CHARACTER = "\uffff"  # what no font has: drawn as whatever stands for a letter that is missing

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Lettering:
    """Draws words at one size.

    Parameters
    ----------
    size : int
        Of the font, in pixels.
    """

    def __init__(self, size: int) -> None:
        self._size = size

    def length(self, text: str) -> float:
        """How wide it gets, in pixels."""
        words, font = lettered(text, self._size)
        return font.getlength(words)

    def draw(self, draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, ink: str, **how: Any) -> None:
        """As `ImageDraw.text`."""
        words, font = lettered(text, self._size)
        draw.text(at, words, ink, font, **how)


@lru_cache(maxsize=512)
def lettered(text: str, size: int, names: Sequence[str] = _SYSTEM) -> tuple[str, Font]:
    """What can be drawn of a text, and the font to draw it in: Pillow's own, or that which has most of its letters.

    Parameters
    ----------
    text : str
    size : int
        In pixels.
    names : sequence of str
        Files of fonts that may be there.
    """
    text = unicodedata.normalize("NFC", printable(text))
    font: Font = ImageFont.load_default(size)
    missing = _missing(text, font)
    for name in names:
        if not missing:
            break
        other = _found(name, size)
        if other and len(lacked := _missing(text, other)) < len(missing):
            font, missing = other, lacked
    return "".join(anyascii(c) if c in missing else c for c in text), font


@cache
def _found(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _missing(text: str, font: Font) -> set[str]:
    """Characters that a font doesn't have, or that can't be set in their order."""
    box, leftwards = _look(font, _NO_CHARACTER), not features.check("raqm")
    return {
        c
        for c in set(text)
        if not (c.isascii() or c.isspace())
        and (_look(font, c) == box or (leftwards and unicodedata.bidirectional(c) in ("R", "AL")))
    }


def _look(font: Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
