"""Section of Blur: what is averaged, samples of one latent and images near it; and what beta gives up first."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import models
from explorer.analysis import blur, blur_words
from explorer.analysis.blur import Averaged
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.sharpness import sharpness_ratio
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur import spectra
from explorer.ui.blur.measuring import measured
from explorer.ui.charts import figures, pictures, tables
from explorer.ui.shell import address, cache, pickers

SAMPLES = 128  # of a latent, and images near it, that are averaged
SHOWN = 8  # of them


def show(images: ImageSet, shown: list[Model], image: np.ndarray) -> None:
    """Pictures and their means, of one image, uint8 (3, 32, 32), under a model to choose; two charts."""
    model = choose_latent(shown)
    rows, means_of = averaged_rows(model, image, images)
    pictures.show_rows("averages", rows, kind="aligned")
    counts = [f"no. {i}; mean of {n}" for i, n in enumerate(means_of["nearest images"].counts, 1)]
    of = (tables.of_model(model), images.name)
    figure = figures.drawn(spectra.averages, list(means_of.items()), of=of)
    figures.save_rows("averages", rows, counts, "Pictures and their means", figure.table, of)
    left, right = st.columns(2, gap="large")
    with left:
        figures.show_figure("sharpness-of-means", figure, key="means")
    with right:
        octaves = error_by_octave(images)
    with st.expander("In words, and how it was measured"):
        st.markdown(blur_words.means_are_blurred(model.title, means_of["nearest images"], means_of.get("samples")))
        st.caption(octaves)


def averaged_rows(model: Model, image: np.ndarray, images: ImageSet) -> tuple[list[pictures.Row], dict[str, Averaged]]:
    """Rows of what is averaged and of its means, and these, by what they are means of."""
    x = image.astype(np.float32) / 255
    pool = len(images.some("train", blur.POOL))
    sources = {"samples": "drawn from q(z | x)", "nearest images": f"in latent space, of {pool:,}"}
    rows, means_of = [], {}
    for name, averaged in to_average(model, image, images).items():
        means_of[name] = means = blur.averaged(averaged, x)
        rows += _rows(name, sources[name], averaged, means, x)
    return rows, means_of


def choose_latent(shown: list[Model]) -> Model:
    """The model whose latent is looked at; at first one whose latent is drawn."""
    titles = [model.title for model in shown]
    first = next((m.title for m in shown if FAMILIES[m.family].posterior == "gaussian" and m.beta > 0), titles[0])
    of = st.segmented_control(
        "Latent of", titles, default=first, required=True, **address.choice("of", "latent of", titles, first)
    )
    return shown[titles.index(of)]


def to_average(model: Model, image: np.ndarray, images: ImageSet) -> dict[str, np.ndarray]:
    """ "samples" of the image's latent, if it is drawn, and the "nearest images" of `blur.POOL` in latent space.

    float32 (`SAMPLES`, 3, 32, 32), 0..1 each, of uint8 images; fewer if there are fewer.
    """
    with st.spinner(f"Encoding {blur.POOL:,} images to find the nearest"):
        near = images.images[cache.nearest(model, image, images, SAMPLES)].astype(np.float32) / 255
    if FAMILIES[model.family].posterior != "gaussian":
        return {"nearest images": near}
    return {"samples": cache.posterior_pictures(model, image, SAMPLES), "nearest images": near}


def _rows(name: str, source: str, averaged: np.ndarray, means: Averaged, x: np.ndarray) -> list[pictures.Row]:
    """The first of what is averaged, float32 (N, 3, 32, 32), and means of ever more; sharpness is read against x."""
    sharpness = MEASURES["sharpness"]
    first = averaged[:SHOWN]
    ratios = sharpness_ratio(np.broadcast_to(x, first.shape), first)
    of_each = [f"sharpness {sharpness.write(value)}" for value in ratios]
    of_means = [f"of {n}: {sharpness.write(value)}" for n, value in zip(means.counts, means.sharpness, strict=True)]
    return [
        pictures.Row(name.capitalize(), pictures.to_uint8(first), of_each, source),
        pictures.Row("Their mean", pictures.to_uint8(means.means), of_means),
    ]


def error_by_octave(images: ImageSet, key: str = "octaves") -> str:
    """What a rising beta gives up first, of the model that knows every beta; in words too, if there is one."""
    knows = next((model for model in models.list_models() if model.conditional), None)
    if knows is None:
        st.info("Error against beta needs a model that knows every beta: the preset Every beta on Train.")
        return ""
    blurs = measured(images, [pickers.at_beta(knows, beta) for beta in models.BLUR_BETAS])
    of = (tables.of_model(knows), images.name)
    figure = figures.drawn(spectra.octaves, models.BLUR_BETAS, blurs, knows.title, of=of)
    figures.show_figure("error-by-octave", figure, key=key)
    return blur_words.beta_gives_up_first(models.BLUR_BETAS[0], blurs[0], blurs[-1], knows.latent_dim)
