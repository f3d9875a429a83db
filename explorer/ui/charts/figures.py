"""Figures that stand still, each with its picture and its numbers to take away."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer.analysis import sheets
from explorer.ui.components import downloads

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDTH = 960  # pixels of a saved picture before `SCALE`, whatever the window's width
SCALE = 2
_LOOK = {  # title, drawing, legend under each other; room at the edges, which a saved picture has nowhere else
    "margin": {"l": 16, "r": 16, "t": 44, "b": 16},
    "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "title_text": ""},
    "dragmode": False,
}


def show_figure(name: str, figure: Figure, table: Mapping[str, Sequence[Any]], key: str, alt: str = "") -> None:
    """A Plotly figure with the buttons PNG and CSV below it.

    Parameters
    ----------
    name : str
        Of the files, without a suffix: "sharpness-by-rate".
    figure : Figure
        With a height and, since the picture travels alone, a title. Margins and the place of the legend are set here.
    table : mapping of str to sequences of one length
        Its numbers, a column each: the name with the unit to its values; None where there is none.
    key : str
        Of this place on the page, whatever is shown there.
    alt : str
        What the figure shows, for those who don't see it; its title if left out.
    """
    figure.update_layout(_LOOK)
    version = hashlib.sha1(figure.to_json().encode(), usedforsecurity=False).hexdigest()[:16]
    figure.update_layout(meta=version)
    config = {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"filename": name, "width": WIDTH, "height": figure.layout.height, "scale": SCALE},
    }
    with st.container(key=f"figure-{key}", gap="xsmall"):
        st.plotly_chart(figure, key=key, config=config, alt=alt or figure.layout.title.text)
        with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            downloads.button(
                "PNG", f"{name}.png", lambda: downloads.DrawnFigure(f"figure-{key}", version), f"{key}-png",
                icon="picture", kind="tertiary", help="This figure as a picture.", spoken=f"{name} as PNG",
            )  # fmt: skip
            save_table(name, table, f"{key}-csv")


def save_rows(
    name: str,
    rows: list[tuple[str, np.ndarray]],
    columns: Sequence[str],
    title: str,
    table: Mapping[str, Sequence[Any]],
) -> None:
    """The buttons PNG and CSV below rows of pictures.

    Parameters
    ----------
    name : str
        Of the files, without a suffix.
    rows, columns, title
        As `explorer.analysis.sheets.labelled_png` takes them.
    table
        As `show_figure` takes it.
    """
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        downloads.button(
            "PNG", f"{name}.png", partial(sheets.labelled_png, rows, columns, title), f"{name}-png", icon="picture",
            kind="tertiary", help="These pictures, enlarged.", spoken=f"{name} as PNG",
        )  # fmt: skip
        save_table(name, table, f"{name}-csv")


def save_table(name: str, table: Mapping[str, Sequence[Any]], key: str) -> None:
    """The button CSV; `table` as `show_figure` takes it."""
    downloads.button(
        "CSV", f"{name}.csv", partial(to_csv, table), key, icon="table", kind="tertiary",
        help="The numbers of this figure.", spoken=f"{name} as CSV",
    )  # fmt: skip


def to_csv(table: Mapping[str, Sequence[Any]]) -> bytes:
    """A header with the names of the columns, then a line a row; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue().encode()
