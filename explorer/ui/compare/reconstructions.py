"""Originals, reconstructions and errors below each other, and their numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.analysis import quality
from explorer.analysis.measures import MEASURES, Reconstruction
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import error_maps, figures, pictures, tables
from explorer.ui.shell import cache, frame

SAMPLES = 16  # that the spread is measured over
_WITHOUT_NOISE = {"point": "from its point: no noise", "codes": "from its codes: no noise"}


def show(
    name: str, pixels: np.ndarray, models: list[Model], seed: int | None, signed: bool
) -> list[tuple[Model, Reconstruction]]:
    """Originals, then a model's reconstructions, errors and, if sampled, spread.

    Parameters
    ----------
    name : str
        Of the picture, for tests and styles.
    pixels : uint8 array (N, 3, 32, 32)
    models : list of Model
    seed : int, optional
        Of the one sample of z that is decoded; None for the mean.
    signed : bool
        Whether errors are shown with their sign, or absolute.

    Returns
    -------
    list of (Model, Reconstruction)
        What could be had: a model whose weights are damaged is missing, and its error explained.
    """
    rows = [pictures.Row("Original", pixels.transpose(0, 2, 3, 1))]
    reconstructed = []
    for model in models:
        try:
            reconstruction = cache.reconstruction(model, pixels, seed)
        except ExplorerError as e:
            frame.show_error(e)
            continue
        reconstructed.append((model, reconstruction))
        rows += [_decoded(model, reconstruction, seed), _error(reconstruction, signed)]
        if seed is not None and model.weighs_beta:
            spread = error_maps.magnitude(cache.spread(model, pixels, SAMPLES), error_maps.SPREAD_SCALE)
            rows.append(pictures.Row("Spread", spread, detail=f"over {SAMPLES} samples"))
    pictures.show_rows(name, rows, kind="aligned")
    spread_shown = seed is not None and any(model.weighs_beta for model in models)
    st.html(f'<div class="scales">{_legend(signed, spread_shown)}</div>')
    return reconstructed


def _decoded(model: Model, reconstruction: Reconstruction, seed: int | None) -> pictures.Row:
    how = "from the mean" if seed is None else f"from sample {seed}"
    if not model.weighs_beta:
        how = _WITHOUT_NOISE[FAMILIES[model.family].posterior]
    mse = MEASURES["mse"]
    captions = [f"{mse.title} {mse.write(value)}" for value in reconstruction.mse.tolist()]
    return pictures.Row(model.title, pictures.to_uint8(reconstruction.images), captions, detail=how)


def _error(of: Reconstruction, signed: bool) -> pictures.Row:
    if signed:
        return pictures.Row("Error", error_maps.signed(quality.error(of.originals, of.images)))
    error = quality.absolute_error(of.originals, of.images)
    return pictures.Row("Error", error_maps.magnitude(error, error_maps.ERROR_SCALE))


def _legend(signed: bool, spread: bool) -> str:
    """HTML: what the colours of errors mean, and of spread if there is any."""
    legend = (
        error_maps.signed_legend()
        if signed
        else error_maps.magnitude_legend("Error", error_maps.ERROR_SCALE, "absolute, mean over channels")
    )
    if spread:
        how = f"standard deviation over {SAMPLES} samples"
        legend += error_maps.magnitude_legend("Spread", error_maps.SPREAD_SCALE, how)
    return legend


def show_numbers(name: str, pixels: np.ndarray, reconstructed: list[tuple[Model, Reconstruction]]) -> None:
    """Every measure, for each image and on average, to take away too, as `name`."""
    if not reconstructed:
        return
    thumbnails = [pictures.data_uri(image) for image in pixels.transpose(0, 2, 3, 1)]
    measured = [tables.Measured(model.title, reconstruction) for model, reconstruction in reconstructed]
    st.html(tables.quality_table(thumbnails, measured))
    rows = [("Original", pixels.transpose(0, 2, 3, 1))]
    rows += [(model.title, pictures.to_uint8(reconstruction.images)) for model, reconstruction in reconstructed]
    names = [f"image {i}" for i in range(1, len(pixels) + 1)]
    figures.save_rows(name, rows, names, "Originals and reconstructions", tables.columns(measured, names))
