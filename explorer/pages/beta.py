"""Beta: the same images under models trained at several beta, and what each costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer import models, runs, units
from explorer.analysis.frontier import Frontier
from explorer.analysis.quality import Reconstruction
from explorer.data import SOURCES, ImageSet
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui import cache, charts, choose, layout, numbers, palette, pictures, sidebar

if TYPE_CHECKING:
    pass

COUNT = 8  # images side by side
NEW_BETAS = [float(f"{digits}e{power}") for power in range(-5, -1) for digits in (1, 1.5, 2, 3, 5, 7)] + [0.1]


@dataclass(frozen=True)
class Shown:
    """A model and what it makes of the images: from the mean of z, to look at, and from a sample, as in training.

    `betas` are those that it was trained at, in their order.
    """

    model: Model
    betas: list[float]
    mean: Reconstruction
    sampled: Reconstruction


@st.fragment
def compare_betas(images: ImageSet) -> None:
    with layout.explained_errors():
        top = st.container()  # the picture comes first, and is filled when the images below have been chosen
        left, right = st.columns(2, gap="medium")
        with left:
            sheet = st.container()
            pixels = images.images[choose.choose_images(images, COUNT)]
            own = choose_own()
            train_at_beta(latent_dim=128)
        with top:
            if not len(pixels):
                st.info("There are no images of this class in this split. Choose another class or split.")
                return
            trained = [model for model in models.shipped() if not FAMILIES[model.family].closed_form]
            all_shown = reconstruct([*trained, *([own] if own else [])], pixels)
            if not all_shown:
                return
            picture(images, pixels, all_shown)
        with sheet:
            show_sheet(pixels, all_shown)
        with right:
            show_chart(all_shown)


@st.fragment
def picture(images: ImageSet, pixels: np.ndarray, all_shown: list[Shown]) -> None:
    """The slider and all that moves with it: nothing is computed here, so that it answers at once."""
    large = st.container(gap="small")
    betas = sorted({shown.model.beta for shown in all_shown})
    default = next((s.model.beta for s in all_shown if s.model.id == models.DEFAULT), betas[len(betas) // 2])
    with st.container(key="beta-slider", gap=None):
        beta = st.select_slider("Beta", betas, default, format_func=_stop_label, key="at", bind="query-params")
        st.html(f'<div class="stops">{"".join(_stop_html(stop) for stop in betas)}</div>')
    at_beta = [shown for shown in all_shown if shown.model.beta == beta]
    rows = [
        pictures.Row(_name(s.model), pictures.to_uint8(s.mean.images), [f"MSE {v:.4f}" for v in s.mean.mse])
        for s in at_beta
    ]
    with large:
        pictures.show_rows("beta-reconstructions", [_originals(pixels), *rows], kind="aligned")
    for shown in at_beta:
        st.html(numbers.facts(_facts(shown)))
        st.caption(_trained_how(shown, images))
    pictures.highlight("beta-sheet", [i for i, shown in enumerate(all_shown, 1) if shown.model.beta == beta])


def show_sheet(pixels: np.ndarray, all_shown: list[Shown]) -> None:
    """The images under every beta, small."""
    rows = [pictures.Row(_name(s.model), pictures.to_uint8(s.mean.images), detail=_cost(s)) for s in all_shown]
    pictures.show_rows("beta-sheet", [_originals(pixels), *rows], kind="compact")


def choose_own() -> Model | None:
    """One of the person's own models, to stand among the shipped ones."""
    own = {model.id: model for model in models.list_models() if not model.shipped}
    if not own:
        return None
    labels = choose.model_labels(list(own.values()))
    chosen = st.selectbox(
        "Your model", ["none", *own], format_func=lambda i: labels.get(i, i), key="yours", bind="query-params"
    )
    return own.get(chosen)


def reconstruct(shown: list[Model], pixels: np.ndarray) -> list[Shown]:
    """The images under every model, smallest beta first; a model that can't be loaded is explained and left out."""
    found = []
    for model in sorted(shown, key=lambda m: (m.beta, not m.shipped)):
        try:
            mean, sampled = (cache.reconstruction(model, pixels, seed) for seed in (None, 0))
        except ExplorerError as e:
            layout.show_error(e)
            continue
        found.append(Shown(model, _trained_at(model), mean, sampled))
    return found


def _trained_at(model: Model) -> list[float]:
    run = None if model.shipped else runs.find(model.id)
    if run is None:
        return [model.beta]
    changes = [row for row in run.metrics()[0] if row["kind"] == "change" and row["what"] == "beta"]
    return [run.config.beta, *(row["value"] for row in changes if row["step"] < model.step)]


def show_chart(all_shown: list[Shown]) -> None:
    """What each beta pays in nats, and what it gets for them."""
    points = []
    for shown in all_shown:
        model = shown.model
        split, measured = _whole_split(model)
        whole = (units.nats_per_image(measured["kl"], model.latent_dim), measured["recon"]) if measured else None
        mse, nats = shown.sampled.mse, shown.sampled.nats
        points.append(charts.RatePoint(numbers.beta_text(model.beta), not model.shipped, whole, split, nats, mse))
    line, words = linear_reference()
    st.plotly_chart(charts.rate_distortion(points, line), key="rate-distortion", config={"displayModeBar": False})
    st.caption(f"Nats buy less error, ever less of it. Dots: decoded from one sample of z, as in training. {words}")


def linear_reference() -> tuple[Frontier | None, str]:
    """What the shipped linear VAE would cost at every beta, and a sentence on it; None and "" if it can't be loaded."""
    with layout.explained_errors():
        for model in models.shipped():
            if model.family == "linear_vae":
                return cache.linear_frontier(model), (
                    f"Line: the linear VAE on {SOURCES[model.source].title}'s training images, the best there is with "
                    f"{model.latent_dim} latent dimensions, in closed form. A net below it does better."
                )
    return None, ""


@st.fragment
def train_at_beta(latent_dim: int) -> None:
    """On to Train, with a beta of the person's choice."""
    with st.container(border=True):
        beta = st.select_slider(
            "A beta between or beyond them needs a model of its own",
            NEW_BETAS, 3e-4, format_func=numbers.beta_text, key="new-beta",
        )  # fmt: skip
        text = numbers.beta_text(beta)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(f"sigma {units.beta_to_sigma(beta, latent_dim):.3f} at {latent_dim} latent dimensions")
            with st.container(key="train-at-beta", width="content"):
                st.page_link(
                    "explorer/pages/train.py", label=f"Train at beta {text}", icon=":material/monitoring:",
                    query_params={"beta": text},
                )  # fmt: skip


def _originals(pixels: np.ndarray) -> pictures.Row:
    return pictures.Row("Original", pixels.transpose(0, 2, 3, 1))


def _name(model: Model) -> str:
    return f"beta {_stop_label(model.beta)}" if model.shipped else f"{model.title}, beta {_stop_label(model.beta)}"


def _stop_label(beta: float) -> str:
    return numbers.beta_text(beta) if beta else "0 (autoencoder)"


def _stop_html(beta: float) -> str:
    return f"<span>{numbers.beta_text(beta)}{'' if beta else '<i> (autoencoder)</i>'}</span>"


def _cost(shown: Shown) -> str:
    return f"MSE {shown.mean.mse.mean():.4f}, {shown.mean.nats.mean():,.0f} nats"


def _facts(shown: Shown) -> list[tuple[str, str, str, str]]:
    model, mean = shown.model, shown.mean
    mse, nats = float(mean.mse.mean()), float(mean.nats.mean())
    sigma = units.beta_to_sigma(model.beta, model.latent_dim)
    return [
        ("Reconstruction", f"MSE {mse:.4f}", f"{units.mse_to_psnr(mse):.1f} dB PSNR", palette.RECONSTRUCTION),
        ("KL a dimension", f"{nats / model.latent_dim:.2f} nats", f"mean over {model.latent_dim}", palette.KL),
        ("KL an image", f"{nats:,.0f} nats", f"{units.nats_to_bits(nats):,.0f} bits", palette.KL),
        ("Noise that beta stands for", f"sigma {sigma:.3f}", f"error made: {math.sqrt(mse):.3f}", palette.BETA),
    ]


def _whole_split(model: Model) -> tuple[str, dict[str, float]]:
    split = next((split for split in ("test", "validation") if split in model.measured), "")
    return split, model.measured.get(split, {})


def _trained_how(shown: Shown, images: ImageSet) -> str:
    """Whether what is seen was trained at this beta, and on images like these."""
    model = shown.model
    on = f"on {SOURCES[model.source].title} {model.effort}"
    if len(shown.betas) > 1:
        way = ", then ".join(map(numbers.beta_text, shown.betas))
        words = f"**Not trained at this beta alone:** it was changed on the way ({way}), {on}."
    else:
        words = f"**Trained at this beta,** {on}."
    if model.source != images.source:
        words += f" **It has not seen images like these, {images.name}.**"
    calibrated = units.calibrated_beta(float(shown.mean.mse.mean()), model.latent_dim)
    return (
        f"{words} Pictures and numbers are those of the {len(shown.mean.images)} images above, decoded from the mean. "
        f"Sigma would equal the error made at beta {numbers.beta_text(float(f'{calibrated:.1e}'))}."
    )


layout.title("Beta", "The price of a nat: the smaller beta, the more a model may say about an image.")
compare_betas(sidebar.chosen_images())
