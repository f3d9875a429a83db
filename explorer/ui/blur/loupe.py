"""The images under each model, with the loupe over them; what is looked at stands in the URL."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from explorer.analysis import quality
from explorer.analysis.measures import MEASURES
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur.styles import told_apart
from explorer.ui.charts import figures, pictures, tables
from explorer.ui.components import microscope
from explorer.ui.shell import cache, frame

_IMAGE, _VIEW, _LOUPE = "image", "view", "loupe"  # in the URL


def reconstructed(chosen: list[Model], pixels: np.ndarray) -> tuple[list[Model], list[microscope.Column]]:
    """The models whose weights can be had, and a column for each; pixels are uint8 (N, 3, 32, 32)."""
    shown, columns = [], []
    for model, style in zip(chosen, told_apart(chosen), strict=True):
        with frame.explained_errors():
            family, made = FAMILIES[model.family], cache.reconstruction(model, pixels)
            columns.append(
                microscope.Column(
                    model.title, family.title, style.colour, pictures.to_uint8(made.images),
                    quality.error(made.originals, made.images), tables.facts(made), style.border,
                )
            )  # fmt: skip
            shown.append(model)
    return shown, columns


@st.fragment
def show(
    pixels: np.ndarray, names: list[str], columns: list[microscope.Column], shown_elsewhere: Callable[[], bool]
) -> None:
    """Originals, uint8 (N, 3, 32, 32), and columns; if the image is shown elsewhere, another runs the page again."""
    before = view(len(pixels))
    told = microscope.show(microscope.sheet(pixels.transpose(0, 2, 3, 1), names, columns), before, key="microscope")
    if told == before:
        return
    st.query_params.update({_IMAGE: str(told.image + 1), _VIEW: told.view})
    if told.loupe:
        st.query_params[_LOUPE] = ",".join(str(place) for place in told.loupe)
    if told.image != before.image and shown_elsewhere():
        st.rerun()


def view(count: int) -> microscope.View:
    """What the URL says is looked at, of `count` images, as far as it makes sense."""
    query = st.query_params
    number, name, loupe = query.get(_IMAGE, ""), query.get(_VIEW, ""), query.get(_LOUPE, "").split(",")
    image = int(number) - 1 if number.isascii() and number.isdecimal() and 1 <= int(number) <= count else 0
    inside = [str(place) for place in range(microscope.SIDE - microscope.LOUPE + 1)]
    at = (int(loupe[0]), int(loupe[1])) if len(loupe) == 2 and all(place in inside for place in loupe) else None
    return microscope.View(image, name if name in microscope.VIEWS else microscope.VIEWS[0], at)


def save_columns(
    shown: list[Model], pixels: np.ndarray, names: list[str], columns: list[microscope.Column], of: str
) -> None:
    """All images, which are `of` something, under all models to take away: a picture, and its numbers."""
    short = [name.partition(", ")[2] or name for name in names]
    mse, measured = MEASURES["mse"], list[tables.Measured]()
    rows = [pictures.Row("Original", pixels.transpose(0, 2, 3, 1))]
    for model, column in zip(shown, columns, strict=True):
        made = cache.reconstruction(model, pixels)
        captions = [f"{mse.title} {mse.write(value)}" for value in made.mse.tolist()]
        rows.append(pictures.Row(model.title, column.images, captions, f"step {model.step:,}"))
        measured.append(tables.Measured(model.title, made, model.step))
    figures.save_rows(
        "blur", rows, short, "The same images under each model, decoded from the mean",
        tables.columns(measured, names), (told_of(shown), of),
    )  # fmt: skip


def told_of(shown: list[Model]) -> str:
    """What a file of these models is called: one by its title and step, several by their number."""
    return tables.of_model(shown[0]) if len(shown) == 1 else f"{len(shown)} models"
