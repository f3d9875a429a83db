"""Blur: the same images under every family, a loupe over all of them, and where the blur comes from."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import models
from explorer.analysis import blur, blur_words, quality, samples
from explorer.analysis.blur import Blur
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.sharpness import laplacian_variance, sharpness_ratio
from explorer.analysis.spectrum import power_spectrum
from explorer.data import SOURCES, ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur import spectra
from explorer.ui.charts import figures, pictures, tables
from explorer.ui.components import microscope
from explorer.ui.shell import cache, frame, pickers, sidebar, upload
from explorer.ui.shell.picture_first import PictureFirst
from explorer.units import beta_text

COUNT = 8  # images to look at
MOST = 6  # columns beside the original
SAMPLES = 128  # of a latent, and images near it, that are averaged
COLUMNS = ("cifar10-beta-1e-3", "cifar10-beta-1e-2", "cifar10-beta-1e-1")  # at first, with the best of other families
SECTIONS = {
    "spectrum": "Sharpness and spectrum",
    "origin": "Where blur comes from",
    "rate": "Same rate",
    "prior": "Prior samples",
}
PRIORS = {
    "normal": "z from N(0, 1)",
    "mixture": "z from a mixture fitted to encodings",
    "uniform": "each code as often as any other",
    "frequency": "each code as often as images use it",
}
ALWAYS = ("sharpness", "half_power")  # measures that are set against the rate; a third is chosen
_OWN = "your picture"
_IMAGE, _VIEW, _LOUPE = "image", "view", "loupe"  # in the URL


@st.fragment
def look(images: ImageSet) -> None:
    shown: list[Model] = []
    with frame.explained_errors(), PictureFirst() as order:
        picture = st.container()
        with st.container(key="blur-choices"), order.later():
            chosen = pickers.choose_models("Models, up to six", "models", first_columns, MOST)
            choices, foot = st.container(), st.container(horizontal=True, horizontal_alignment="distribute")
            with choices:
                pixels, names = choose_pixels(images, foot)
        with picture:
            if not len(pixels):
                st.info("There are no images of this class in this split. Choose another class or split.")
            elif not chosen:
                st.info("Choose a model below, or several.", icon=":material/biotech:")
            else:
                shown, columns = reconstructed(chosen, pixels)
        if shown:
            with picture:
                under_the_loupe(pixels, names, columns)
            with order.later():
                with foot:
                    save_columns(shown, pixels, names, columns)
                st.caption(what_is_seen(shown, _OWN if names == [_OWN] else images.name, images.source))
    if shown:
        sections(images, shown, pixels)


def what_is_seen(shown: list[Model], what: str, source: str) -> str:
    elsewhere = sorted({SOURCES[m.source].title for m in shown if m.source != source or what == _OWN})
    words = f"**Trained on {' and '.join(elsewhere)}, not on {what}.** " if elsewhere else ""
    return (
        f"{words}Decoded from the mean of z. Sharpness is the variance of the Laplacian over the original's (Pertuz et "
        "al. 2013); noise and checkerboards are sharp too, so read it beside MSE and SSIM."
    )


def first_columns(known: list[Model]) -> list[str]:
    """What stands there at first: three betas, and of families with another latent whose rate is closest to theirs."""
    here = {model.id: model for model in known}
    about = _rate(here[models.DEFAULT]) if models.DEFAULT in here else None
    closest: dict[str, Model] = {}
    for model in sorted(known, key=lambda model: _apart(_rate(model), about)):
        if model.shipped and not FAMILIES[model.family].flat:
            closest.setdefault(model.family, model)
    points = [closest.pop(family).id for family in sorted(closest) if FAMILIES[family].posterior == "point"]
    ids = [*(points or ["cifar10-beta-0"]), *COLUMNS, *(closest[family].id for family in sorted(closest))]
    return [i for i in ids if i in here][:MOST]


def _rate(model: Model) -> float | None:
    return model.card.get("blur", {}).get("nats")


def _apart(rate: float | None, other: float | None) -> float:
    return abs(math.log(rate / other)) if rate and other else 0.0


def choose_pixels(images: ImageSet, foot: DeltaGenerator) -> tuple[np.ndarray, list[str]]:
    """The widgets; returns uint8 (N, 3, 32, 32), and what each shows."""
    with foot, st.popover("Your picture", icon=":material/add_photo_alternate:", key=frame.popover_key("blur-photo")):
        photo = upload.uploaded_photo("A picture of your own: PNG, JPEG or WebP", key="photo")
    indices = pickers.choose_images(images, COUNT, disabled=photo is not None)
    if photo is not None:
        return photo[None], [_OWN]
    labels = (images.class_names[label] for label in images.labels[indices])
    return images.images[indices], [f"image {i}, {label}" for i, label in enumerate(labels, 1)]


# -- the microscope ----------------------------------------------------------------------------------------------------


def reconstructed(shown: list[Model], pixels: np.ndarray) -> tuple[list[Model], list[microscope.Column]]:
    """A column for each model whose weights can be had."""
    x = pixels.astype(np.float32) / 255
    found, columns = [], []
    for model in shown:
        with frame.explained_errors():
            made = cache.reconstruction(model, pixels)
            columns.append(
                microscope.Column(
                    model.title, FAMILIES[model.family].title, FAMILIES[model.family].colour,
                    pictures.to_uint8(made.images), quality.error(x, made.images), tables.facts(made),
                )
            )  # fmt: skip
            found.append(model)
    return found, columns


@st.fragment
def under_the_loupe(pixels: np.ndarray, names: list[str], columns: list[microscope.Column]) -> None:
    """The picture; what is looked at goes into the URL."""
    before = url_view(len(pixels))
    told = microscope.show(microscope.sheet(pixels.transpose(0, 2, 3, 1), names, columns), before, key="microscope")
    if told == before:
        return
    st.query_params.update({_IMAGE: str(told.image + 1), _VIEW: told.view})
    if told.loupe:
        st.query_params[_LOUPE] = ",".join(str(place) for place in told.loupe)
    if told.image != before.image and st.session_state.get("section") == "origin":
        st.rerun()


def url_view(count: int) -> microscope.View:
    """What the URL says is looked at, as far as it makes sense."""
    query = st.query_params
    number, view, loupe = query.get(_IMAGE, ""), query.get(_VIEW, ""), query.get(_LOUPE, "").split(",")
    image = int(number) - 1 if number.isascii() and number.isdecimal() and 1 <= int(number) <= count else 0
    inside = [str(place) for place in range(microscope.SIDE - microscope.LOUPE + 1)]
    at = (int(loupe[0]), int(loupe[1])) if len(loupe) == 2 and all(place in inside for place in loupe) else None
    return microscope.View(image, view if view in microscope.VIEWS else microscope.VIEWS[0], at)


def save_columns(shown: list[Model], pixels: np.ndarray, names: list[str], columns: list[microscope.Column]) -> None:
    """All images under all models to take away: a picture, and its numbers."""
    short = [name.partition(", ")[2] or name for name in names]
    rows = [("Original", pixels.transpose(0, 2, 3, 1)), *((column.label, column.images) for column in columns)]
    measured = [tables.Measured(model.title, cache.reconstruction(model, pixels)) for model in shown]
    figures.save_rows("blur", rows, short, "The same images under each model", tables.columns(measured, names))


# -- sections ----------------------------------------------------------------------------------------------------------


@st.fragment
def sections(images: ImageSet, shown: list[Model], pixels: np.ndarray) -> None:
    """One of them, so that only what is seen is computed."""
    with frame.explained_errors():
        section = st.segmented_control(
            "More", list(SECTIONS), default="spectrum", required=True, format_func=SECTIONS.__getitem__,
            key="section", bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
        if section == "spectrum":
            sharpness_and_spectrum(images, shown)
        elif section == "origin":
            where_blur_comes_from(images, shown, pixels[url_view(len(pixels)).image])
        elif section == "rate":
            same_rate(images, shown)
        else:
            prior_samples(images, shown)


def measured(images: ImageSet, shown: Sequence[Model]) -> list[Blur]:
    """The blur of models over many images, with a progress bar where that takes a while."""
    found, bar, started = [], st.empty(), time.monotonic()
    for i, model in enumerate(shown):
        if time.monotonic() - started > 0.3:
            bar.progress(i / len(shown), f"Measuring {model.title} over a thousand images, {i + 1} of {len(shown)}")
        found.append(cache.blur(model, images))
    bar.empty()
    return found


def sharpness_and_spectrum(images: ImageSet, shown: list[Model]) -> None:
    """How much of each frequency is left, of reconstructions and of pictures of the prior."""
    lines = spectra.lines(shown, measured(images, shown))
    left, right = st.columns(2, gap="large")
    with left:
        figures.show_figure("power-kept", *spectra.kept(lines), key="kept")
    found = [(line.model, line.blur) for line in lines]
    st.markdown(f"{blur_words.power_lost(found)} {blur_words.blur_without_kl(found)}")
    st.html(tables.models_table([tables.Rated(line.model.title, line.colour, line.blur) for line in lines]))
    st.caption(
        f"Over {lines[0].blur.images:,} images that no model was trained on, each reconstructed from one sample of z, "
        f"which is what its rate pays for; pictures of the prior are {samples.SAMPLES:,} draws. Spectra are means over "
        "directions, channels and images, under a Hann window."
    )
    with right:  # at last: drawing from priors takes a while
        figures.show_figure(
            "power-spectrum", *spectra.spectrum(lines, spectra_of_priors(images, lines)), key="spectrum"
        )


def spectra_of_priors(images: ImageSet, lines: Sequence[spectra.Line]) -> list[tuple[spectra.Line, np.ndarray]]:
    """Power spectra of what is drawn from N(0, 1), or where a model has no such prior from the last of its own."""
    found, bar = [], st.empty()
    for i, line in enumerate(lines):
        prior = "normal" if "normal" in (own := FAMILIES[line.model.family].priors) else own[-1]
        bar.progress(i / len(lines), f"Drawing {samples.SAMPLES:,} pictures from the prior of {line.model.title}")
        found.append((line, cache.prior_samples(line.model, prior, images, 0).spectrum))
    bar.empty()
    return found


def where_blur_comes_from(images: ImageSet, shown: list[Model], image: np.ndarray) -> None:
    """What is averaged: samples of one latent, images near it; and what beta gives up first."""
    titles = [model.title for model in shown]
    first = next((m.title for m in shown if FAMILIES[m.family].posterior == "gaussian" and m.beta > 0), titles[0])
    of = st.segmented_control("Latent of", titles, default=first, required=True, key="of", bind="query-params")
    model = shown[titles.index(of)]
    x = image.astype(np.float32) / 255
    rows, averages = [], []
    with st.spinner(f"Encoding {blur.POOL:,} images to find the nearest"):
        pool = images.images[images.some("train", blur.POOL)]
        near = pool[cache.nearest(model, image, pool, SAMPLES)].astype(np.float32) / 255
    sampled = FAMILIES[model.family].posterior == "gaussian"
    sources = [("samples", cache.posterior_pictures(model, image, SAMPLES))] if sampled else []
    for name, made in [*sources, ("nearest images", near)]:
        found = blur.averaged(made, x)
        each = sharpness_ratio(np.broadcast_to(x, made[:COUNT].shape), made[:COUNT])
        averages.append((name, found))
        rows += [
            pictures.Row(name.capitalize(), pictures.to_uint8(made[:COUNT]), [f"sharpness {v:.2f}" for v in each],
                         "drawn from q(z | x)" if name == "samples" else f"in latent space, of {len(pool):,}"),
            pictures.Row("Their mean", pictures.to_uint8(found.means),
                         [f"of {n}: {v:.2f}" for n, v in zip(found.counts, found.sharpness, strict=True)]),
        ]  # fmt: skip
    pictures.show_rows("averages", rows, kind="aligned")
    sheet = [(row.label, row.images) for row in rows]
    figure, table = spectra.averages(averages)
    counts = [f"no. {i}; mean of {n}" for i, n in enumerate(averages[0][1].counts, 1)]
    figures.save_rows("averages", sheet, counts, f"Pictures and their means: {model.title}", table)
    by_name = dict(averages)
    st.markdown(blur_words.means_are_blurred(model.title, by_name["nearest images"], by_name.get("samples")))
    left, right = st.columns(2, gap="large")
    with left:
        figures.show_figure("sharpness-of-means", figure, table, key="means")
    with right:
        error_by_octave(images)


def error_by_octave(images: ImageSet) -> None:
    """What a rising beta gives up first, of the model that knows every beta."""
    knows = next((model for model in models.list_models() if model.conditional), None)
    if knows is None:
        st.info("Error against beta needs a model that knows every beta: the preset Every beta on Train.")
        return
    at = [replace(knows, beta=beta, title=f"{knows.title}, at {beta_text(beta)}") for beta in models.BLUR_BETAS]
    blurs = measured(images, at)
    figures.show_figure("error-by-octave", *spectra.octaves(models.BLUR_BETAS, blurs, knows.title), key="octaves")
    low, high = blurs[0].error_by_octave, blurs[-1].error_by_octave
    st.caption(
        f"100 % is no better than a flat picture. The finest octave stands at {low[-1]:.0%} even at beta "
        f"{beta_text(models.BLUR_BETAS[0])}: {knows.latent_dim} numbers can't hold it, whatever they cost. From "
        f"{low[1]:.0%} to {high[1]:.0%} where waves fit into the image two to four times: that is beta's doing."
    )


def same_rate(images: ImageSet, shown: list[Model]) -> None:
    """Who is sharper at the same number of nats."""
    shipped = [model for model in models.shipped() if "blur" in model.card]
    carded = models.measured_alike(shipped)
    where = "here"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if carded and carded[0].digest != images.digest:
            of_cards = SOURCES[carded[0].source].title
            if of_cards == images.name:  # another copy: images that went through JPEG, or that somebody left out
                of_cards = f"{of_cards} of the cards"
            titles = {"cards": of_cards, "here": images.name}
            where = st.segmented_control(
                "Measured on", list(titles), default="cards", required=True, format_func=titles.__getitem__,
                key="on", bind="query-params",
            )  # fmt: skip
        beside = st.container()
    if where == "cards":
        known = [each for model in carded for each in from_card(model)]
    else:
        at = [each for model in shipped for each in at_betas(model)]
        own = [model for model in shown if not model.shipped]
        everyone = list({model.version: model for model in [*at, *own]}.values())
        known = list(zip(everyone, measured(images, everyone), strict=True))
    if not known:
        st.info("No model was measured yet.")
        return
    with beside:
        titles = {
            key: measure.title
            for key, measure in MEASURES.items()
            if measure.of != "posterior" and key not in ALWAYS and any(b[key] is not None for _, b in known)
        }
        chosen = st.segmented_control(
            "Beside sharpness", list(titles), default="psnr", required=True, format_func=titles.__getitem__,
            key="beside", bind="query-params",
        )  # fmt: skip
    places = {f"rate-{key}": key for key in ALWAYS} | {"rate-beside": chosen}
    for column, (place, key) in zip(st.columns(3, gap="medium"), places.items(), strict=True):
        with column:
            figure, table = spectra.by_rate(known, MEASURES[key])
            figures.show_figure(f"{key.replace('_', '-')}-by-rate", figure, table, key=place)
    st.markdown(blur_words.who_is_sharper(known, models.DEFAULT))
    seen = SOURCES[carded[0].source].title if where == "cards" else images.name
    left_out = len(shipped) - len(carded) if where == "cards" else 0
    st.caption(
        f"Over {known[0][1].images:,} images of {seen} that no model was trained on, one sample of z each. The rate is "
        "the KL to the prior; of a VQ-VAE, log K nats for each of its codes. An autoencoder's latent is a point, which "
        "no number of nats could tell."
        + (f" Left out: {left_out} shipped models that were measured on other images." if left_out else "")
    )


def at_betas(model: Model) -> list[Model]:
    """A model, or a conditional one at each of its card's betas."""
    return [at_beta(model, beta) for beta in models.BLUR_BETAS] if model.conditional else [model]


def at_beta(model: Model, beta: float) -> Model:
    """A conditional model at a beta, which its title says."""
    return replace(model, beta=beta, title=f"{model.title}, at {beta_text(beta)}")


def from_card(model: Model) -> list[tuple[Model, Blur]]:
    """What its card says of a model's blur, of a conditional one at each beta."""
    found = blur.of_card(model.card)
    return [(at_beta(model, beta) if model.conditional else model, each) for beta, each in found.items()]


def prior_samples(images: ImageSet, shown: list[Model]) -> None:
    """What each model paints without an image."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = int(st.number_input("Draw", 1, 9999, 1, key="draw", bind="query-params", width=140))
        st.button("Other draws", icon=":material/shuffle:", on_click=draw_others)
    originals = images.images[blur.some(images)].astype(np.float32) / 255
    power, texture = power_spectrum(originals), laplacian_variance(originals).mean()
    jobs = [(model, prior) for model in shown for prior in FAMILIES[model.family].priors]
    rows, bar = [], st.empty()
    table: dict[str, list[Any]] = {
        name: [] for name in ("model", "prior", "sharpness, of images", "half power, cycles a pixel")
    }
    for i, (model, prior) in enumerate(jobs):
        bar.progress(i / len(jobs), f"{model.title}: {PRIORS[prior]}")
        made = cache.prior_samples(model, prior, images, seed)
        sharpness = made.laplacian / texture
        detail = f"{PRIORS[prior]}; sharpness {sharpness:.2f} of images"
        rows.append(pictures.Row(model.title, made.pictures, detail=detail))
        at = MEASURES["half_power"].read(np.stack([power, made.spectrum]))
        for column, value in zip(table.values(), (model.title, PRIORS[prior], float(sharpness), at), strict=True):
            column.append(value)
    bar.empty()
    pictures.show_rows("priors", rows, label_width="11rem", kind="aligned")
    sheet = [(f"{row.label}: {PRIORS[prior]}", row.images) for row, (_, prior) in zip(rows, jobs, strict=True)]
    figures.save_rows("prior-samples", sheet, [""] * samples.SHOWN, f"Drawn without an image, seed {seed}", table)
    words = ["All draws have the same seed."]
    for model in shown:
        if "normal" not in FAMILIES[model.family].priors and FAMILIES[model.family].posterior == "point":
            words.append(f"**{model.title}** has no prior: its only samples come from a mixture fitted afterwards.")
    if any(FAMILIES[model.family].posterior == "codes" for model in shown):
        words.append(
            "Codes are drawn one by one, blind to their neighbours: sharp patches, no scene. Van den Oord et al. 2017 "
            "train a second network to place them."
        )
    words.append(mixture_words())
    st.caption(" ".join(words))


def mixture_words() -> str:
    return (
        f"The mixture has {samples.COMPONENTS} Gaussians, diagonal along the principal axes of one z of each of up to "
        f"{samples.FITTED_ON:,} training images (Ghosh et al. 2020). Sharpness is that of {samples.SAMPLES:,} pictures."
    )


def draw_others() -> None:
    st.session_state["draw"] = random.randrange(1, 10_000)


frame.title("Blur", "Why is it blurry? The same image under every model: move the loupe, and see what each one lost.")
look(sidebar.chosen_images())
