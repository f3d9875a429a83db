"""The images under each model, with the loupe over them; what is looked at stands in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from explorer.analysis import quality
from explorer.analysis.measures import MEASURES
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur.styles import told_apart
from explorer.ui.charts import figures, pictures, tables
from explorer.ui.components import microscope
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.shell import address, cache, frame

_IMAGE, _VIEW, _LOUPE = "image", "view", "loupe"  # in the address
_KEY, _MOVED = "microscope", "microscope-moved"


def reconstructed(chosen: list[Model], pixels: np.ndarray) -> tuple[list[Model], list[microscope.Column]]:
    """The models whose weights can be had, and a column for each; pixels are uint8 (N, 3, 32, 32)."""
    shown, columns = [], []
    for model, style in zip(chosen, told_apart(chosen), strict=True):
        with frame.explained_errors():
            family, made = FAMILIES[model.family], cache.reconstruction(model, pixels)
            columns.append(
                microscope.Column(
                    model.title, family.title, style.colour, pictures.to_uint8(made.images),
                    quality.error(made.originals, made.images), tables.facts(made), style.border, tables.slots(made),
                )
            )  # fmt: skip
            shown.append(model)
    return shown, columns


@frame.fragment
def show(
    pixels: np.ndarray, names: list[str], columns: list[microscope.Column], shown_elsewhere: Callable[[], bool]
) -> None:
    """Originals, uint8 (N, 3, 32, 32), and columns; if the image is shown elsewhere, another runs the page again."""
    made, said = [c.images for c in columns], [(c.label, c.detail, c.colour, c.border, c.facts) for c in columns]
    sheet = _sheet(pixels, names, made, said, columns)
    microscope.show(sheet, view(len(pixels)), _KEY, _keep)
    if st.session_state.pop(_MOVED, False) and shown_elsewhere():
        st.rerun()


@st.cache_resource(max_entries=32, show_spinner=False)
def _sheet(
    pixels: np.ndarray, names: list[str], made: list[np.ndarray], said: list[Any], _columns: list[microscope.Column]
) -> Shelved:
    """Made once for all who see the same; of columns, `said` and pictures `made` tell them apart."""
    return shelve(microscope.sheet(pixels.transpose(0, 2, 3, 1), names, _columns))


def _keep() -> None:
    told = microscope.looked_at(_KEY)
    if told is None:
        return
    number = str(told.image + 1) if told.image else None
    st.session_state[_MOVED] = (number or "") != address.asked(_IMAGE)
    name = told.view if told.view != microscope.VIEWS[0] else None
    at = ",".join(str(place) for place in told.loupe) if told.loupe else None
    address.write(**{_IMAGE: number, _VIEW: name, _LOUPE: at})


def view(count: int) -> microscope.View:
    """What the address says is looked at, of `count` images, as far as it makes sense."""
    image = address.asked_number(_IMAGE, "image", 1, count, 1) - 1
    address.choice(_VIEW, "view", microscope.VIEWS, microscope.VIEWS[0])
    loupe = address.asked(_LOUPE).split(",")
    inside = [str(place) for place in range(microscope.SIDE - microscope.LOUPE + 1)]
    at = (int(loupe[0]), int(loupe[1])) if len(loupe) == 2 and all(place in inside for place in loupe) else None
    if at is None and loupe != [""]:
        address.refuse(_LOUPE, "place of the loupe", "where texture is", "which isn't in the image")
    return microscope.View(image, address.asked(_VIEW) or microscope.VIEWS[0], at)


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
        rows.append(pictures.Row(model.title, column.images, captions, model.as_of))
        measured.append(tables.Measured(model.title, made, model.step))
    figures.save_rows(
        "blur", rows, short, "The same images under each model, decoded from the mean",
        tables.columns(measured, names), (told_of(shown), of),
    )  # fmt: skip


def told_of(shown: list[Model]) -> str:
    """What a file of these models is called: one by its title and step, several by their number."""
    return tables.of_model(shown[0]) if len(shown) == 1 else f"{len(shown)} models"
