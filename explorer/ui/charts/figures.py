"""Figures that stand still, each with its picture and its numbers to take away."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st
from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90  # the browser puts the theme's colour there

from explorer.analysis import sheets
from explorer.analysis.sheets import Ramp, Row
from explorer.ui.components import downloads

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDTH = 960  # pixels of a saved picture before `SCALE`, whatever the window's width
SCALE = 2
_FORMATS: dict[Literal["png", "svg"], str] = {
    "png": "This figure as a picture.",
    "svg": "This figure as a drawing, sharp at any size.",
}
_LOOK = {  # title, drawing, legend under each other; room at the edges, which a saved picture has nowhere else
    "margin": {"l": 16, "r": 16, "t": 60, "b": 16},
    "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "title_text": ""},
    # A saved picture knows no fonts but the system's: measured in another, words of the legend would be cut off there.
    "font": {"family": "Arial, Helvetica, Liberation Sans, sans-serif"},
    "dragmode": False,
}
_WORDS = {"tickfont": {"color": GRAY_90}, "title_font": {"color": GRAY_90}}  # axes: at least 4.5 to 1 in either theme


@dataclass(frozen=True)
class Finished:
    """A figure as it is shown, and its numbers. Not to be changed: all who see the same share it.

    Parameters
    ----------
    figure : Figure
    table : mapping of str to sequences
    of : tuple of str
        As of `finish`.
    version : str
        Another one whenever the figure is another.
    """

    figure: Figure
    table: Mapping[str, Sequence[Any]]
    of: tuple[str, ...]
    version: str


def finish(figure: Figure, table: Mapping[str, Sequence[Any]], of: Sequence[str] = ()) -> Finished:
    """Give a figure the look of all.

    Parameters
    ----------
    figure : Figure
        With a height and, since the picture travels alone, a title. Margins, fonts and the place of the legend are set
        here.
    table : mapping of str to sequences of one length
        Its numbers, a column each: the name with the unit to its values; None where there is none.
    of : sequence of str
        What it is of: models, steps, images. It ends the files' names and stands in the saved picture under the title;
        on the page it is said elsewhere, and style.css hides it.
    """
    figure.update_layout(_LOOK).update_xaxes(_WORDS).update_yaxes(_WORDS)
    figure.update_layout(title_subtitle={"text": "; ".join(of), "font": {"color": GRAY_90, "size": 12}})
    version = hashlib.sha1(figure.to_json().encode(), usedforsecurity=False).hexdigest()[:16]
    return Finished(figure.update_layout(meta=version), table, tuple(of), version)


def drawn(
    draw: Callable[..., tuple[Figure, Mapping[str, Sequence[Any]]]], *what: Any, of: Sequence[str] = ()
) -> Finished:
    """What `draw(*what)` returns, finished: drawn once for all who see the same, since Plotly takes 25 ms for it.

    The same is what has the same `repr`: of arrays, up to a thousand numbers go into it.
    """
    return _drawn(f"{draw.__module__}.{draw.__qualname__}", repr(what), tuple(of), draw, what)


@st.cache_resource(max_entries=128, show_spinner=False)
def _drawn(name: str, said: str, of: tuple[str, ...], _draw: Callable[..., Any], _what: tuple[Any, ...]) -> Finished:
    figure, table = _draw(*_what)
    return finish(figure, table, of)


def show_figure(
    name: str, shown: Finished, key: str, alt: str = "", on_select: Callable[[], None] | None = None
) -> None:
    """A Plotly figure with the buttons PNG, SVG and CSV below it.

    Parameters
    ----------
    name : str
        What it shows, for the files and the buttons: "sharpness-by-rate".
    shown : Finished
    key : str
        Of this place on the page, whatever is shown there.
    alt : str
        What the figure shows, for those who don't see it; its title if left out.
    on_select : callable, optional
        Called when a point is clicked on: `st.session_state[key].selection` says which.
    """
    figure, version, of = shown.figure, shown.version, shown.of
    saved = downloads.file_name(name, *of)
    config = {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"filename": saved, "width": WIDTH, "height": figure.layout.height, "scale": SCALE},
    }
    with st.container(key=f"figure-{key}", gap="xsmall"):
        st.plotly_chart(
            figure, key=key, config=config, alt=alt or figure.layout.title.text,
            on_select=on_select or "ignore", selection_mode="points",
        )  # fmt: skip
        with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            for format_, help_ in _FORMATS.items():
                downloads.button(
                    format_.upper(), f"{saved}.{format_}",
                    partial(downloads.DrawnFigure, f"figure-{key}", version, format_), f"{key}-{format_}",
                    icon="picture", kind="tertiary", help=help_, spoken=f"{name} as {format_.upper()}",
                )  # fmt: skip
            save_table(name, shown.table, f"{key}-csv", of)


def save_rows(
    name: str,
    rows: Sequence[Row],
    columns: Sequence[str],
    title: str,
    table: Mapping[str, Sequence[Any]],
    of: Sequence[str] = (),
    ramps: Sequence[Ramp] = (),
) -> None:
    """The buttons PNG and CSV below rows of pictures.

    Parameters
    ----------
    name : str
        As of `show_figure`.
    rows, columns, title, ramps
        As `explorer.analysis.sheets.labelled_png` takes them.
    table, of
        As `finish` takes them.
    """
    make = partial(sheets.labelled_png, rows, columns, title, of="; ".join(of), ramps=ramps)
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        downloads.button(
            "PNG", f"{downloads.file_name(name, *of)}.png", make, f"{name}-png", icon="picture",
            kind="tertiary", help="These pictures, enlarged.", spoken=f"{name} as PNG",
        )  # fmt: skip
        save_table(name, table, f"{name}-csv", of)


def save_table(name: str, table: Mapping[str, Sequence[Any]], key: str, of: Sequence[str] = ()) -> None:
    """The button CSV; `table` and `of` as `finish` takes them."""
    downloads.button(
        "CSV", f"{downloads.file_name(name, *of)}.csv", partial(to_csv, table), key, icon="table", kind="tertiary",
        help="The numbers of this figure.", spoken=f"{name} as CSV",
    )  # fmt: skip


def to_csv(table: Mapping[str, Sequence[Any]]) -> bytes:
    """A header with the names of the columns, then a line a row; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue().encode()
