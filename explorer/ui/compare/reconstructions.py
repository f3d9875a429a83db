"""Originals, reconstructions and errors below each other, and their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.analysis import quality
from explorer.analysis.measures import MEASURES, Reconstruction
from explorer.analysis.sheets import Ramp, Row
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import error_maps, figures, pictures, tables
from explorer.ui.shell import cache, frame

SAMPLES = 16  # that the spread is measured over
_WITHOUT_NOISE = {"point": "from its point: no noise", "codes": "from its codes: no noise"}


@dataclass(frozen=True)
class Shown:
    """What stands on the page, to be taken away as it stands.

    Parameters
    ----------
    name : str
        Of the picture, for tests, styles and files.
    rows : list of Row
    ramps : list of Ramp
        What the colours of its maps mean.
    pixels : uint8 array (N, 3, 32, 32)
        The originals.
    made : list of (Model, Reconstruction)
        What could be had: a model whose weights are damaged is missing, and its error explained.
    """

    name: str
    rows: list[Row]
    ramps: list[Ramp]
    pixels: np.ndarray
    made: list[tuple[Model, Reconstruction]]


def show(name: str, pixels: np.ndarray, models: list[Model], seed: int | None, signed: bool) -> Shown:
    """Originals, then a model's reconstructions, errors and, if sampled, spread; a single picture's beside each other.

    Parameters
    ----------
    name : str
    pixels : uint8 array (N, 3, 32, 32)
    models : list of Model
    seed : int, optional
        Of the one sample of z that is decoded; None for the mean.
    signed : bool
        Whether errors are shown with their sign, or absolute.
    """
    rows = [Row("Original", pixels.transpose(0, 2, 3, 1))]
    made = []
    for model in models:
        try:
            reconstruction = cache.reconstruction(model, pixels, seed)
        except ExplorerError as e:
            frame.show_error(e)
            continue
        made.append((model, reconstruction))
        rows += [_decoded(model, reconstruction, seed), _error(model, reconstruction, signed)]
        if seed is not None and model.weighs_beta:
            spread = error_maps.magnitude(cache.spread(model, pixels, SAMPLES), error_maps.SPREAD_SCALE)
            rows.append(Row(f"Spread of {model.title}", spread, detail=f"over {SAMPLES} samples"))
    ramps = _ramps(signed, seed is not None and any(model.weighs_beta for model in models))
    if len(pixels) == 1:
        pictures.show_beside(name, rows)
    else:
        pictures.show_rows(name, rows, kind="aligned above")
    st.html(f'<div class="scales">{"".join(map(error_maps.legend, ramps))}</div>')
    return Shown(name, rows, ramps, pixels, made)


def _decoded(model: Model, reconstruction: Reconstruction, seed: int | None) -> Row:
    how = "from the mean" if seed is None else f"from sample {seed}"
    if not model.weighs_beta:
        how = _WITHOUT_NOISE[FAMILIES[model.family].posterior]
    mse = MEASURES["mse"]
    captions = [f"{mse.title} {mse.write(value)}" for value in reconstruction.mse.tolist()]
    return Row(model.title, pictures.to_uint8(reconstruction.images), captions, detail=how)


def _error(model: Model, of: Reconstruction, signed: bool) -> Row:
    label = f"Error of {model.title}"
    if signed:
        return Row(label, error_maps.signed(quality.error(of.originals, of.images)))
    error = quality.absolute_error(of.originals, of.images)
    return Row(label, error_maps.magnitude(error, error_maps.ERROR_SCALE))


def _ramps(signed: bool, spread: bool) -> list[Ramp]:
    """Of errors, and of spread if there is any."""
    how = "absolute, mean over channels"
    found = [error_maps.signed_ramp() if signed else error_maps.magnitude_ramp("Error", error_maps.ERROR_SCALE, how)]
    if spread:
        how = f"standard deviation over {SAMPLES} samples"
        found.append(error_maps.magnitude_ramp("Spread", error_maps.SPREAD_SCALE, how))
    return found


def show_numbers(shown: Shown, images: str, explains: bool = True) -> None:
    """Every measure, for each image and on average; to take away too, with the pictures as they stand.

    `images` says in words which they are; `explains`, whether the table says what its measures mean.
    """
    if not shown.made:
        return
    thumbnails = [pictures.data_uri(image) for image in shown.pixels.transpose(0, 2, 3, 1)]
    measured = [tables.Measured(model.title, made, model.step) for model, made in shown.made]
    st.html(tables.quality_table(thumbnails, measured, explains))
    names = [f"image {i}" for i in range(1, len(shown.pixels) + 1)]
    figures.save_rows(
        shown.name, shown.rows, names, "What is kept of images, and what is lost", tables.columns(measured, names),
        (*(tables.of_model(model) for model, _ in shown.made), images), shown.ramps,
    )  # fmt: skip
