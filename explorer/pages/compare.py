"""Compare: originals, reconstructions and errors of one or two models on the same images."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis import quality
from explorer.analysis.measures import Reconstruction
from explorer.data import SOURCES, ImageSet
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import error_maps, figures, pictures, tables
from explorer.ui.shell import cache, frame, pickers, sidebar, upload
from explorer.ui.shell.picture_first import PictureFirst

COUNT = 8  # images side by side
SAMPLES = 16  # that the spread is measured over
_CHUNK = 125  # images ranked at a time: a few steps of the progress bar a second
_MEAN, _SAMPLE = "mean", "one sample"
_SIGNED, _ABSOLUTE = "signed", "absolute"
_WITHOUT_NOISE = {"point": "from its point: no noise", "codes": "from its codes: no noise"}


@st.fragment
def compare(images: ImageSet) -> None:
    with frame.explained_errors(), PictureFirst() as order:
        picture = st.container(gap="small")
        progress = st.empty()
        with st.container(key="compare-choices"), order.later():
            first, second, decoded, errors = st.columns([4, 4, 7, 5])
            with first:
                model = pickers.choose_model("Model", key="model")
            with second:
                other = pickers.choose_other_model("Second model", key="model2", first=model)
            with decoded, st.container(horizontal=True, vertical_alignment="top"):
                seed = choose_latent(noisy=any(each.weighs_beta for each in (model, other) if each))
            with errors:
                kind = st.segmented_control(
                    "Error", [_SIGNED, _ABSOLUTE], default=_SIGNED, required=True, key="error", bind="query-params"
                )

            def rank(indices: np.ndarray) -> np.ndarray:
                with order.now(), progress:
                    return _errors(model, images, indices)

            chosen = pickers.choose_ranked_images(images, COUNT, rank)
            st.caption(chosen.words)
        shown = [model, other] if other else [model]
        pixels = images.images[chosen.indices]
        with picture:
            if not len(pixels):
                st.info("There are no images of this class in this split. Choose another class or split.")
                return
            reconstructed = show_picture("reconstructions", pixels, shown, seed, kind == _SIGNED)
        with order.later():
            show_numbers("reconstructions", pixels, reconstructed)
            for each in shown:
                show_facts(each, images)
            own_photo(shown, seed, kind == _SIGNED)


def choose_latent(noisy: bool) -> int | None:
    """Which z is decoded: the seed of a sample, or None for the mean. Nothing to choose where no model is noisy."""
    chosen = st.segmented_control(
        "Decoded from", [_MEAN, _SAMPLE], default=_MEAN, required=True, key="from", bind="query-params",
        disabled=not noisy,
        help="The mean of the image's latent, or a z drawn from it, as in training. Autoencoders and VQ-VAEs have one "
        "latent an image and nothing to draw.",
    )  # fmt: skip
    if chosen == _MEAN:
        return None
    return int(st.number_input("Draw", 1, 999, 1, key="draw", bind="query-params", width=72))


def show_picture(
    name: str, pixels: np.ndarray, shown: list[Model], seed: int | None, signed: bool
) -> list[tuple[Model, Reconstruction]]:
    """Originals, then a model's reconstructions, errors and, if sampled, spread; returns what could be had."""
    sampled = seed is not None
    x = pixels.astype(np.float32) / 255
    rows = [pictures.Row("Original", pixels.transpose(0, 2, 3, 1))]
    reconstructed = []
    for model in shown:
        try:
            reconstruction = cache.reconstruction(model, pixels, seed)
        except ExplorerError as e:
            frame.show_error(e)
            continue
        reconstructed.append((model, reconstruction))
        x_hat = reconstruction.images
        captions = [f"MSE {value:.4f}" for value in reconstruction.mse]
        how = f"from sample {seed}" if sampled else "from the mean"
        if not model.weighs_beta:
            how = _WITHOUT_NOISE[FAMILIES[model.family].posterior]
        rows.append(pictures.Row(model.title, pictures.to_uint8(x_hat), captions, detail=how))
        if signed:
            rows.append(pictures.Row("Error", error_maps.signed(quality.error(x, x_hat))))
        else:
            error = error_maps.magnitude(quality.absolute_error(x, x_hat), error_maps.ERROR_SCALE)
            rows.append(pictures.Row("Error", error))
        if sampled and model.weighs_beta:
            spread = error_maps.magnitude(cache.spread(model, pixels, SAMPLES), error_maps.SPREAD_SCALE)
            rows.append(pictures.Row("Spread", spread, detail=f"over {SAMPLES} samples"))
    pictures.show_rows(name, rows, kind="aligned")
    legend = (
        error_maps.signed_legend()
        if signed
        else error_maps.magnitude_legend("Error", error_maps.ERROR_SCALE, "absolute, mean over channels")
    )
    if sampled and any(model.weighs_beta for model in shown):
        how = f"standard deviation over {SAMPLES} samples"
        legend += error_maps.magnitude_legend("Spread", error_maps.SPREAD_SCALE, how)
    st.html(f'<div class="scales">{legend}</div>')
    return reconstructed


def show_numbers(name: str, pixels: np.ndarray, reconstructed: list[tuple[Model, Reconstruction]]) -> None:
    """Every measure, for each image and on average, to take away too, as `name`."""
    if not reconstructed:
        return
    thumbnails = [pictures.data_uri(image) for image in pixels.transpose(0, 2, 3, 1)]
    measured = [tables.Measured(model.title, r) for model, r in reconstructed]
    st.html(tables.quality_table(thumbnails, measured))
    rows = [("Original", pixels.transpose(0, 2, 3, 1))]
    rows += [(model.title, pictures.to_uint8(reconstruction.images)) for model, reconstruction in reconstructed]
    names = [f"image {i}" for i in range(1, len(pixels) + 1)]
    figures.save_rows(name, rows, names, "Originals and reconstructions", tables.columns(measured, names))


def show_facts(model: Model, images: ImageSet) -> None:
    """What the model was trained for and on, and how it does on a whole split."""
    words = [
        f"**{model.title}**: {tables.latent_words(model)}",
        f"trained on {SOURCES[model.source].title} {model.effort}",
    ]
    if split := model.held_out:
        how = ", one sample an image" if model.weighs_beta else ""
        words.append(
            f"on its whole {split} split{how}: MSE {model.measured[split]['recon']:.4f}, "
            f"{tables.rate_words(model, split)}"
        )
    if model.source != images.source:
        words.append(f"**it has not seen images like these, {images.name}**")
    run = None if model.shipped else runs.find(model.id)
    st.caption("; ".join(words) + ".")
    if run and run.status().active:
        st.button("Newest checkpoint", icon=":material/refresh:", key=f"newest-{model.id}", type="tertiary")


def own_photo(shown: list[Model], seed: int | None, signed: bool) -> None:
    """The same for a picture of the person's own."""
    with st.expander("Try a picture of your own", icon=":material/add_photo_alternate:"):
        pixels = upload.uploaded_photo("Picture", key="photo")
        if pixels is not None:
            show_numbers("own-photo", pixels[None], show_picture("own-photo", pixels[None], shown, seed, signed))


def _errors(model: Model, images: ImageSet, indices: np.ndarray) -> np.ndarray:
    """MSE of each image; with a progress bar where it takes a while."""
    found, bar, started = [], False, time.monotonic()
    for at in range(0, len(indices), _CHUNK):
        found.append(cache.reconstruction_mse(model, images.images[indices[at : at + _CHUNK]]))
        if bar or time.monotonic() - started > 0.3:
            share = min(1.0, (at + _CHUNK) / len(indices))
            bar = True
            st.progress(share, f"Reconstructing {len(indices):,} images to rank them")
    if bar:
        st.empty()
    return np.concatenate(found) if found else np.zeros(0)


frame.title("Compare", "What a model keeps of an image, and what it loses.")
compare(sidebar.chosen_images())
