"""Names of any script in saved pictures."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.analysis.lettering import Lettering, lettered

# "cat" in German, Russian, Greek, Chinese, Japanese, Korean, Arabic, Hindi, and as a picture; "beetle" in German.
NAMES = ["Käfer", "кошка", "γάτα", "猫", "ねこ", "고양이", "قط", "बिल्ली", "🐈"]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_font_that_has_them_letters_are_spelled_in_ascii(name: str):
    words, font = lettered(name, 13, ())
    assert words.isascii()
    assert words != name
    assert font.getlength(words) > 0


@pytest.mark.parametrize("name", NAMES)
def test_no_letter_is_drawn_as_a_box(name: str):
    words, font = lettered(name, 13)
    box = bytes(font.getmask("\uffff"))
    assert all(bytes(font.getmask(c)) != box for c in words if not c.isascii())


def test_spelling_is_that_of_the_letters():
    assert lettered("猫 кошка", 13, ())[0] == "Mao koshka"
    assert lettered("k\udce4fer", 13)[0] == r"k\xe4fer"


def test_finders_decomposed_names_are_the_same():
    assert lettered(unicodedata.normalize("NFD", "Käfer"), 13) == lettered("Käfer", 13)


def test_ascii_is_set_in_one_font_on_every_machine():
    assert lettered("beta 0.001", 13)[1].getname()[0] == "Aileron"  # type: ignore[union-attr]


def test_what_is_drawn_is_as_long_as_said():
    sheet, lettering = Image.new("RGB", (200, 30), "white"), Lettering(13)
    lettering.draw(ImageDraw.Draw(sheet), (0, 5), "кошка Käfer", "black")
    inked = np.flatnonzero((np.asarray(sheet) < 128).any(axis=(0, 2)))
    assert inked.max() + 1 == pytest.approx(lettering.length("кошка Käfer"), abs=3)
