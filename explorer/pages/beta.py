"""Beta: one network at every beta, under a slider; what each costs, and what it buys."""

from __future__ import annotations

import math
import random
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from explorer import frontier, runs, units
from explorer.analysis import quality, sheets
from explorer.analysis.measures.in_use import in_use
from explorer.data import SOURCES, ImageSet
from explorer.models import Model
from explorer.nets import BETA_RANGE, BETA_STOPS
from explorer.ui.charts import error_maps, pictures, rate_distortion, tables
from explorer.ui.charts.tables import beta_text
from explorer.ui.components import downloads, latent_use, tradeoff
from explorer.ui.shell import cache, frame, pickers, sidebar, upload
from explorer.ui.shell.picture_first import PictureFirst

if TYPE_CHECKING:
    from explorer.analysis.sweep import Sweep
    from explorer.frontier import Frontier

COUNT = 8  # images side by side
SAMPLES = 32  # of one image's latent: for their average and spread
SHOWN_SAMPLES = 4
PRINTED = [1e-5, 1e-4, 10**-3.5, 1e-3, 10**-2.5, 1e-2, 1e-1]  # on the sheet to take away
POLL_S = 2.0  # while something trains
SECTIONS = {"pairs": "Side by side", "draws": "Sampled or mean", "units": "Which beta is this?"}
_AT, _DOT = "at", "dot"  # in the URL
_PICTURE = "tradeoff"


class Images(NamedTuple):
    """What is looked at: uint8 (N, 3, 32, 32), N >= 1, and what each shows."""

    pixels: np.ndarray
    names: tuple[str, ...]


@st.fragment
def explore(images: ImageSet) -> None:
    with frame.explained_errors(), PictureFirst() as order:
        with st.container(horizontal=True, vertical_alignment="center"):
            frame.title("Beta", "The price of a nat: the smaller beta, the more a model may say about an image.")
            with order.later():
                model, chosen = choose_model_and_images(images)
        if model is None:
            say_there_is_no_model()
            return
        if not len(chosen.pixels):
            st.info("There are no images of this class in this split. Choose another class or split.")
            return
        first = _PICTURE not in st.session_state  # later the picture stands until the next one is there
        with st.empty(), st.spinner(f"Decoding at {len(BETA_STOPS)} betas") if first else nullcontext():
            swept = cache.sweep(model, chosen.pixels)
        told = tradeoff.show(
            sheet(model.version[:2], chosen.pixels, chosen.names, model, swept, linear_frontier(model)),
            url_beta(), st.query_params.get(_DOT, ""), key=_PICTURE,
        )  # fmt: skip
        remember(told)
        model = replace(model, beta=told.beta)
        with order.later():
            training = any(run.status().active for run in runs.list_runs())
            st.fragment(show_beside, run_every=POLL_S if training else None)(model, chosen, told.chosen)
            st.caption(trained_how(model, images, len(chosen.pixels)))
            train_at(told.beta)
            show_section(model, chosen, swept)


def choose_model_and_images(images: ImageSet) -> tuple[Model | None, Images]:
    """The widgets: behind a button, because a page opens with its picture."""
    with st.popover("Images", icon=":material/photo_library:", key=frame.popover_key("beta-images")):
        model = pickers.choose_conditional_model("Model", key="model")
        choices = st.container()
        photo = upload.uploaded_photo("Or a picture of your own: PNG, JPEG or WebP", key="photo")
        with choices:
            indices = pickers.choose_images(images, COUNT, disabled=photo is not None)
    st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle, disabled=photo is not None)
    if photo is not None:
        return model, Images(photo[None], ("your picture",))
    labels = (images.class_names[label] for label in images.labels[indices])
    return model, Images(images.images[indices], tuple(f"image {i}, {label}" for i, label in enumerate(labels, 1)))


def shuffle() -> None:
    st.session_state["seed"] = random.randrange(10_000)


def say_there_is_no_model() -> None:
    low, high = map(beta_text, BETA_RANGE)
    st.info(
        f"**No model here knows every beta yet.** This page needs one that was trained at all of them at once, from "
        f"{low} to {high}: on Train, start the preset **Every beta**. It can be looked at here as soon as it has "
        "saved its first checkpoint.",
        icon=":material/tune:",
    )
    st.page_link("explorer/pages/train.py", label="To Train", icon=":material/monitoring:")


def url_beta() -> float:
    """The stop nearest to the beta in the URL; the notebook's if there is none that makes sense."""
    try:
        beta = float(st.query_params.get(_AT, ""))
    except ValueError:
        return tradeoff.NOTEBOOK_BETA
    if not math.isfinite(beta) or beta <= 0:
        return tradeoff.NOTEBOOK_BETA
    return tradeoff.nearest_stop(beta)


def remember(told: tradeoff.Told) -> None:
    """What the person did stands in the URL."""
    if told.beta != url_beta():
        st.query_params[_AT] = beta_text(told.beta)
    if told.chosen:
        st.query_params[_DOT] = told.chosen
    elif _DOT in st.query_params:
        del st.query_params[_DOT]


# -- the curve and what stands beside it -------------------------------------------------------------------------------


@st.cache_data(max_entries=32, show_spinner=False)
def sheet(
    version: tuple[str, int], pixels: np.ndarray, names: tuple[str, ...],
    _model: Model, _swept: Sweep, _linear: Frontier | None,
) -> dict[str, Any]:  # fmt: skip
    """What the component takes."""
    curve = rate_distortion.curve(_model, _swept)
    return tradeoff.sheet(
        pixels.transpose(0, 2, 3, 1), names, _swept, curve,
        lessons(_swept, curve, _model.latent_dim), _linear, rate_distortion.floor(_model.source),
        frontier.calibrated_beta(curve.beta, curve.mse, _model.latent_dim),
    )  # fmt: skip


def lessons(swept: Sweep, curve: rate_distortion.Curve, latent_dim: int) -> list[tradeoff.Lesson]:
    """Stops worth a look, in words that are measured: on the images shown, or where the curve was."""
    used, sharpness = in_use(swept.kl_per_dim), swept.sharpness
    first, last = (f"{used[i]} of {latent_dim} dimensions" for i in (0, -1))
    low, high, notebook = BETA_STOPS[0], BETA_STOPS[-1], tradeoff.NOTEBOOK_BETA
    weight, error = low * swept.nats[0] / latent_dim, swept.mse[0].mean()
    found = [
        tradeoff.Lesson(
            "All detail, no prior", low,
            f"{first} are in use for {swept.nats[0]:,.0f} nats an image, and the objective hardly counts them: "
            f"{weight:.5f} beside an MSE of {error:.4f}. Then look under {SECTIONS['draws']} at what draws of the "
            "prior become at this beta.",
        )
    ]  # fmt: skip
    calibrated = frontier.calibrated_beta(curve.beta, curve.mse, latent_dim)
    if calibrated is not None:
        found.append(
            tradeoff.Lesson(
                "Calibrated", tradeoff.nearest_stop(calibrated),
                f"At beta {beta_text(float(f'{calibrated:.2g}'))} the noise that beta stands for, sigma "
                f"{units.beta_to_sigma(calibrated, latent_dim):.3f}, is the error that is made ({curve.where}); this "
                "is the nearest stop. Further left less noise is assumed than is made, further right more.",
            )
        )  # fmt: skip
    sigma = units.beta_to_sigma(notebook, latent_dim)
    made = float(np.sqrt(curve.at([notebook])[1][0]))
    stop = BETA_STOPS.index(notebook)
    found.append(
        tradeoff.Lesson(
            "The notebook's", notebook,
            f"{beta_text(notebook)} stands for a noise of sigma {sigma:.3f}, {sigma / made:.1f} times the error that "
            f"is made, {made:.3f} ({curve.where}). Look at fine texture: sharpness is {sharpness[stop]:.2f} of the "
            f"originals', at beta {beta_text(low)} it is {sharpness[0]:.2f}.",
        )
    )  # fmt: skip
    found.append(
        tradeoff.Lesson(
            "Collapsed", high,
            f"{last} are left, for {swept.nats[-1]:,.0f} nats an image; the others say next to nothing about any "
            f"image. Look at what survives: sharpness is {sharpness[-1]:.2f} of the originals'.",
        )
    )  # fmt: skip
    return found


def linear_frontier(model: Model) -> Frontier | None:
    """What the linear VAE with as many dimensions would cost; None if there is none, which is explained if it broke."""
    with frame.explained_errors():
        return latent_use.frontier(model.source, model.latent_dim)
    return None


def show_beside(model: Model, chosen: Images, dot_id: str) -> None:
    """Other models beside the curve, and the pictures of the one that was clicked on."""
    dots = rate_distortion.dots()
    dot, row = next((dot for dot in dots if dot.id == dot_id and dot.pictures), None), None
    if dot:
        with frame.explained_errors():
            found = cache.reconstruction(rate_distortion.model(dot.id), chosen.pixels)
            mse, nats = float(found.mse.mean()), float(found.nats.mean())
            beta = "" if dot.beta is None else f"beta {beta_text(dot.beta)}"
            note = f"{'' if beta in dot.title else f'{beta}, '}{nats:,.0f} nats, {units.mse_to_psnr(mse):.1f} dB"
            row = tradeoff.Row(dot.title, note, pictures.to_uint8(found.images))
    with st.container(key="beside-the-curve"):
        tradeoff.show_beside(dots, dot_id, row, model.source, key="beside")


def trained_how(model: Model, images: ImageSet, count: int) -> str:
    """What is seen, in words."""
    seen = "the image" if count == 1 else f"the {count} images"
    words = (
        f"**{model.title}**, trained on {SOURCES[model.source].title} {model.effort}, at all of these betas at once."
    )
    if model.source != images.source:
        words += f" **It has not seen images like these, {images.name}.**"
    return f"{words} Numbers in the strip and bars are means over {seen} above, decoded from the mean of z."


def train_at(beta: float) -> None:
    """On to Train, with the slider's beta."""
    text = beta_text(beta)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="train-at-beta", width="content"):
            st.page_link(
                "explorer/pages/train.py", label=f"Train at beta {text}", icon=":material/monitoring:",
                query_params={"beta": text},
            )  # fmt: skip
        st.caption(
            "A network of its own for this beta alone: while it trains its dot moves on the plane, and then stays."
        )


# -- more at this beta -------------------------------------------------------------------------------------------------


def show_section(model: Model, chosen: Images, swept: Sweep) -> None:
    """One of them, so that only what is seen is computed."""
    section = st.segmented_control(
        "More at this beta", list(SECTIONS), default="pairs", required=True, format_func=SECTIONS.__getitem__,
        key="section", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if section == "pairs":
        side_by_side(model, chosen, swept)
    elif section == "draws":
        sampled_or_mean(model, chosen)
    else:
        st.html(tables.conventions(model.beta, model.latent_dim))
        st.caption(
            f"The slider's beta, {beta_text(model.beta)}, at {model.latent_dim} latent dimensions and "
            f"{units.PIXEL_VALUES:,} pixel values on a scale of 0 to 1: each line has the same minimum. Codes that "
            "scale pixels otherwise, or add up a batch instead of averaging it, differ by that factor too."
        )


def side_by_side(model: Model, chosen: Images, swept: Sweep) -> None:
    """The slider's beta and another, with what each gets wrong."""
    other = st.select_slider(
        "Second beta", BETA_STOPS, BETA_STOPS[-1], format_func=beta_text, key="other", bind="query-params"
    )
    x = chosen.pixels.astype(np.float32) / 255
    rows = [pictures.Row("Original", chosen.pixels.transpose(0, 2, 3, 1))]
    for beta in (model.beta, other):
        stop = BETA_STOPS.index(beta)
        frames, mse = swept.frames[stop], swept.mse[stop]
        captions = [f"MSE {value:.4f}" for value in mse]
        detail = f"{swept.nats[stop]:,.0f} nats, {units.mse_to_psnr(float(mse.mean())):.1f} dB"
        rows.append(pictures.Row(f"beta {beta_text(beta)}", frames, captions, detail))
        x_hat = frames.transpose(0, 3, 1, 2).astype(np.float32) / 255
        rows.append(pictures.Row("Error", error_maps.signed(quality.error(x, x_hat))))
    pictures.show_rows("side-by-side", rows, kind="aligned")
    st.html(f'<div class="scales">{error_maps.signed_legend()}</div>')
    downloads.button(
        "These images at seven betas, as PNG", "images-by-beta.png", partial(printed, model, chosen, swept),
        "images-by-beta", icon="download",
    )  # fmt: skip


def printed(model: Model, chosen: Images, swept: Sweep) -> bytes:
    """A sheet to take away: originals, and below them the same at some betas."""
    rows = [("Original", chosen.pixels.transpose(0, 2, 3, 1))]
    for i in (BETA_STOPS.index(tradeoff.nearest_stop(beta)) for beta in PRINTED):
        psnr = units.mse_to_psnr(float(swept.mse[i].mean()))
        rows.append((f"beta {beta_text(BETA_STOPS[i])}: {swept.nats[i]:,.0f} nats, {psnr:.1f} dB", swept.frames[i]))
    return sheets.labelled_png(rows, [name.partition(", ")[2] or name for name in chosen.names], model.title)


def sampled_or_mean(model: Model, chosen: Images) -> None:
    """What z holds of one image: its mean, draws of it, their average; and what draws of the prior become."""
    count = len(chosen.pixels)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.segmented_control(
            "Image", list(range(1, count + 1)), default=1, required=True, key=f"image-of-{count}", width="content"
        )
        draw = int(st.number_input("Draw", 1, 9999, 1, key="draw", bind="query-params", width=140))
        st.button("Other draws", icon=":material/shuffle:", on_click=draw_others)
    i = number - 1
    found = cache.posterior_samples(model, chosen.pixels[i], SAMPLES, draw)
    spread = error_maps.magnitude(found.spread[None], error_maps.SPREAD_SCALE)
    original = chosen.pixels[i].transpose(1, 2, 0)
    samples = found.pictures[:SHOWN_SAMPLES]
    images = np.concatenate([np.stack([original, found.from_mean]), samples, found.average[None], spread])
    captions = [
        "original",
        f"mean, MSE {found.mse_mean:.4f}",
        *(f"sample, {mse:.4f}" for mse in found.mse[:SHOWN_SAMPLES]),
        f"average, {found.mse_average:.4f}",
        "spread",
    ]
    prior = cache.prior_pictures(model, COUNT, draw)
    rows = [
        pictures.Row("One image", images, captions, f"average and spread of {SAMPLES} samples"),
        pictures.Row("The prior", prior, detail="z drawn from N(0, 1), no image"),
    ]
    pictures.show_rows("draws", rows, kind="aligned")
    how = f"standard deviation over {SAMPLES} samples"
    st.html(f'<div class="scales">{error_maps.magnitude_legend("Spread", error_maps.SPREAD_SCALE, how)}</div>')
    st.caption(
        f"At beta {beta_text(model.beta)} a sample's MSE is {found.mse.mean():.5f} on average, that of the mean's "
        f"picture {found.mse_mean:.5f}, and that of the average of {SAMPLES} samples {found.mse_average:.5f}. Samples "
        "differ by what the latent leaves open; the spread shows where."
    )


def draw_others() -> None:
    st.session_state["draw"] = random.randrange(1, 10_000)


explore(sidebar.chosen_images())
