"""Beta: the same images under models trained at several beta, and what each costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import models, runs, units
from explorer.analysis.quality import Reconstruction
from explorer.data import SOURCES, ImageSet
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.ui import cache, charts, choose, layout, numbers, palette, pictures, sidebar

COUNT = 8  # images side by side
NEW_BETAS = [float(f"{digits}e{power}") for power in range(-5, -1) for digits in (1, 1.5, 2, 3, 5, 7)] + [0.1]


@dataclass(frozen=True)
class Shown:
    """A model and what it makes of the images: from the mean of z, to look at, and from a sample, as in training."""

    model: Model
    mean: Reconstruction
    sampled: Reconstruction


@st.fragment
def picture(pixels: np.ndarray, all_shown: list[Shown], sheet: DeltaGenerator) -> None:
    """The slider and all that moves with it: nothing is computed here, so that it answers at once."""
    large = st.container(gap="small")
    betas = sorted({shown.model.beta for shown in all_shown})
    default = next((s.model.beta for s in all_shown if s.model.id == models.DEFAULT), betas[len(betas) // 2])
    beta = st.select_slider("Beta", betas, default, format_func=_stop_label, key="beta", bind="query-params")
    at_beta = [shown for shown in all_shown if shown.model.beta == beta]
    originals = pictures.Row("Original", pixels.transpose(0, 2, 3, 1))
    with large:
        rows = [
            pictures.Row(_name(s.model), _to_uint8(s.mean.images), [f"MSE {v:.4f}" for v in s.mean.quality.mse])
            for s in at_beta
        ]
        pictures.show_rows("beta-reconstructions", [originals, *rows], kind="aligned")
    for shown in at_beta:
        st.html(numbers.facts(_facts(shown)))
        st.caption(_trained_how(shown))
    with sheet.container():
        rows = [
            pictures.Row(_name(s.model), _to_uint8(s.mean.images), detail=_cost(s), chosen=s.model.beta == beta)
            for s in all_shown
        ]
        pictures.show_rows("beta-sheet", [originals, *rows], label_width="7rem", kind="compact")


def choose_own() -> Model | None:
    """One of the person's own models, to stand among the shipped ones."""
    own = {model.id: model for model in models.list_models() if not model.shipped}
    if not own:
        return None
    labels = {i: f"{label}, beta {numbers.beta_text(own[i].beta)}" for i, label in choose.model_labels(list(own.values())).items()}
    chosen = st.selectbox(
        "One of yours beside them", ["none", *own], format_func=lambda i: labels.get(i, i), key="yours",
        bind="query-params",
    )  # fmt: skip
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
        found.append(Shown(model, mean, sampled))
    return found


def show_chart(all_shown: list[Shown]) -> None:
    """What each beta pays in nats, and what it gets for them."""
    points = []
    for shown in all_shown:
        model = shown.model
        split, measured = _whole_split(model)
        whole = (units.nats_per_image(measured["kl"], model.latent_dim), measured["recon"]) if measured else None
        mse, nats = shown.sampled.quality.mse, shown.sampled.nats
        points.append(charts.RatePoint(numbers.beta_text(model.beta), not model.shipped, whole, split, nats, mse))
    st.plotly_chart(charts.rate_distortion(points), key="rate-distortion", config={"displayModeBar": False})
    st.caption("Every nat spent on an image buys less error. All dots: decoded from one sample of z, as in training.")


@st.fragment
def train_at_beta(latent_dim: int) -> None:
    """On to Train, with a beta of the person's choice."""
    st.subheader("Train at another beta")
    slider, button = st.columns([3, 1], vertical_alignment="bottom")
    with slider:
        beta = st.select_slider(
            "New beta", NEW_BETAS, 3e-4, format_func=lambda b: f"{numbers.beta_text(b)}  (sigma {_sigma(b, latent_dim)})",
            key="new-beta",
        )  # fmt: skip
    with button:
        if st.button(f"Train at beta {numbers.beta_text(beta)}", type="primary", width="stretch"):
            st.switch_page("explorer/pages/train.py", query_params={"beta": numbers.beta_text(beta)})


def _name(model: Model) -> str:
    return f"beta {_stop_label(model.beta)}" if model.shipped else f"{model.title}, beta {_stop_label(model.beta)}"


def _stop_label(beta: float) -> str:
    return numbers.beta_text(beta) if beta else "0 (autoencoder)"


def _sigma(beta: float, latent_dim: int) -> str:
    return f"{units.beta_to_sigma(beta, latent_dim):.3f}"


def _cost(shown: Shown) -> str:
    return f"MSE {shown.mean.quality.mse.mean():.4f}, {shown.mean.nats.mean():,.0f} nats"


def _facts(shown: Shown) -> list[tuple[str, str, str, str]]:
    model, mean = shown.model, shown.mean
    mse, nats = float(mean.quality.mse.mean()), float(mean.nats.mean())
    calibrated = numbers.beta_text(float(f"{units.calibrated_beta(mse, model.latent_dim):.1e}"))
    return [
        ("Reconstruction", f"MSE {mse:.4f}", f"{units.mse_to_psnr(mse):.1f} dB PSNR", palette.RECONSTRUCTION),
        ("KL a dimension", f"{nats / model.latent_dim:.2f} nats", f"mean of {model.latent_dim}", palette.KL),
        ("KL an image", f"{nats:,.0f} nats", f"{units.nats_to_bits(nats):,.0f} bits", palette.KL),
        (
            "Noise allowed", f"sigma {_sigma(model.beta, model.latent_dim)}",
            f"made: {math.sqrt(mse):.3f}; equal at beta {calibrated}", palette.BETA,
        ),
    ]  # fmt: skip


def _whole_split(model: Model) -> tuple[str, dict[str, float]]:
    split = next((split for split in ("test", "validation") if split in model.measured), "")
    return split, model.measured.get(split, {})


def _trained_how(shown: Shown) -> str:
    """Whether what is seen was trained at this beta."""
    model = shown.model
    on = f"on {SOURCES[model.source].title} for {model.step:,} steps"
    changes = [] if model.shipped else [
        row["value"] for row in runs.get(model.id).metrics()[0] if row["kind"] == "change" and row["what"] == "beta"
    ]  # fmt: skip
    if changes:
        way = ", then ".join(numbers.beta_text(beta) for beta in [runs.get(model.id).config.beta, *changes])
        words = f"**Not trained at this beta alone:** it was changed on the way ({way}), {on}."
    else:
        words = f"**Trained at this beta,** {on}."
    return f"{words} Pictures and numbers: the images above, decoded from the mean of z."


def _to_uint8(images: np.ndarray) -> np.ndarray:
    return np.rint(images * 255).astype(np.uint8).transpose(0, 2, 3, 1)


layout.title("Beta", "The price of a nat: the smaller beta, the more a model may say about an image.")
images: ImageSet = sidebar.chosen_images()
top = st.container()  # the picture comes first, and is filled when the images below have been chosen
sheet_column, chart_column = st.columns(2, gap="medium")
indices = choose.choose_images(images, COUNT)
own = choose_own()
chosen = [*models.shipped(), *([own] if own else [])]
pixels = images.images[indices]
with top:
    if len(pixels):
        all_shown = reconstruct(chosen, pixels)
        with sheet_column:
            sheet = st.empty()
        if all_shown:
            picture(pixels, all_shown, sheet)
            with chart_column:
                show_chart(all_shown)
    else:
        st.info("There are no images of this class in this split. Choose another class or split.")
train_at_beta(128)
