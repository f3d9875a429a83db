"""What a step's page shows, as a picture for paper: drawn of the link's query, as the page draws it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from explorer import models, units
from explorer.analysis.measures import MEASURES
from explorer.claims import evidence
from explorer.data import SOURCES, SPLITS, ImageSet, Split
from explorer.data.imageset import SUBJECTS, Pool
from explorer.errors import ExplorerError
from explorer.lessons import Step
from explorer.models import Model
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.ui.blur import averages, loupe, same_rate, spectra
from explorer.ui.blur.defaults import MOST, default_ids
from explorer.ui.blur.measuring import measured
from explorer.ui.charts import error_maps, figures, pictures
from explorer.ui.charts.pictures import Row
from explorer.ui.claims import card
from explorer.ui.interpolate import frames, opening
from explorer.ui.interpolate.pair import End, Pair
from explorer.ui.latents import chosen, codes, fitting
from explorer.ui.samples import rows as samples_rows
from explorer.ui.samples.chosen import Chosen
from explorer.ui.shell import address, cache, pickers, sidebar
from explorer.units import NOTEBOOK_BETA, beta_text

Query = Mapping[str, str]

COUNT = 8  # images side by side
_STEPS = 9  # of the filmstrip
_DRAW = 1  # seed of samples, as on Beta


def show(step: Step, key: str) -> None:
    """Draw it; nothing of a page that has no picture of its own. `key` is that of the place on the sheet."""
    draw = _DRAWN.get(step.page)
    if draw:
        draw(dict(step.query), step.point, key)


def _start(query: Query, point: str, key: str) -> None:
    images, model = _images(query), _model(query)
    from explorer.analysis import passage  # torch: not before the frame of the page stands

    pool = _pool(images, query)
    subjects = pool.name == SUBJECTS
    row = pool.indices[:10] if subjects else images.one_of_each("validation", 10, _number(query, "seed"))
    i = min(_number(query, "image"), len(row) - 1)
    sent = passage.send(cache.net(model), pool.images[row[i : i + 1]], 1, _number(query, "seed"))
    nats, (mean, drawn) = float(sent.kl.sum()), sent.mse[0]
    rows = [
        Row(pool.names(row)[i], sent.originals, detail=f"{sent.originals[0].size:,} numbers"),
        Row("From the mean", sent.pictures[:, 0], detail=f"MSE {mean:.4f}"),
        Row("From a draw of z", sent.pictures[:, 1], detail=f"MSE {drawn:.4f}"),
    ]
    pictures.show_beside(key, rows)
    bits = units.nats_to_bits(nats)
    st.caption(f"{model.title}: {sent.kl.shape[1]} numbers, KL {nats:,.0f} nats = {bits:,.0f} bits.")


def _train(query: Query, point: str, key: str) -> None:
    images, model = _images(query), _model({})
    pixels = images.images[images.probes()]
    _rows(key, [Row("Originals", _shown(pixels)), _reconstructed(model, pixels)])


def _compare(query: Query, point: str, key: str) -> None:
    pixels = _chosen(_images(query), query).pixels
    rows = [Row("Originals", _shown(pixels))]
    for model in [_model(query), *([_model(query, "model2")] if "model2" in query else [])]:
        made = cache.reconstruction(model, pixels)
        error = error_maps.signed(np.asarray(made.images - made.originals).mean(axis=1))
        rows += [_reconstructed(model, pixels), Row("Error", error)]
    _rows(key, rows)
    st.html(f'<div class="scales">{error_maps.signed_legend()}</div>')


def _interpolate(query: Query, point: str, key: str) -> None:
    images = _images(query)
    pool = _pool(images, query)
    opened, _ = opening.pair(pool)
    last = len(pool.indices) - 1
    places = [min(_number(query, f"index_{end}", first), last) for end, first in zip("ab", opened, strict=True)]
    names = pool.names(pool.indices[places])
    a, b = (End(pool.images[pool.indices[place]], name) for place, name in zip(places, names, strict=True))
    strip = frames.strip(Pair(a, b, _model(query)), _STEPS)
    below = {way: frames.lengths(walk) or frames.times(_STEPS) for way, walk in strip.items()}
    _rows(key, [Row(frames.TITLES[way], walk.frames, below[way]) for way, walk in strip.items()])


def _beta(query: Query, point: str, key: str) -> None:
    model = next((model for model in models.list_models() if model.conditional), None)
    if model is None:
        return
    pixels = _chosen(_images(query), query).pixels
    try:
        beta = float(query.get("at", NOTEBOOK_BETA))
    except ValueError:
        beta = NOTEBOOK_BETA
    stop = BETA_STOPS.index(nearest_stop(beta if math.isfinite(beta) and beta > 0 else NOTEBOOK_BETA))
    swept, drawn = cache.over_beta(model, pixels), cache.draws(model, COUNT, _DRAW)
    words = f"{swept.nats[stop]:,.0f} nats, {100 * math.sqrt(swept.mse[stop].mean()):.1f} % off"
    rows = [
        Row("Originals", _shown(pixels)),
        Row(f"beta {beta_text(BETA_STOPS[stop])}", swept.frames[stop], detail=words),
        Row("Samples", drawn.frames[stop], detail="z from N(0, 1)"),
    ]
    _rows(key, rows)


def _blur(query: Query, point: str, key: str) -> None:
    images = _images(query)
    pixels, shown = _chosen(images, query).pixels, _shown_on_blur()
    section = query.get("section", "")
    if point == "figure-kept":
        lines = spectra.lines(shown, measured(images, shown))
        figures.show_figure("power-kept", figures.drawn(spectra.kept, lines, of=(images.name,)), key=key)
    elif point == "figure-octaves":
        averages.error_by_octave(images, key)
    elif section in ("rate", "Same rate"):
        carded = models.measured_alike([model for model in models.shipped() if "blur" in model.card])
        known = [each for model in carded for each in same_rate.from_card(model)]
        drawn = figures.drawn(spectra.by_rate, known, MEASURES["sharpness"], of=(SOURCES[carded[0].source].title,))
        figures.show_figure("sharpness-by-rate", drawn, key=key)
    elif section in ("origin", "Where blur comes from"):
        image = pixels[max(0, min(_number(query, "image", 1), len(pixels)) - 1)]
        rows, _ = averages.averaged_rows(_model({}), image, images)
        _rows(key, rows)
    else:
        i = max(0, min(_number(query, "image", 1), len(pixels)) - 1)
        shown, columns = loupe.reconstructed(shown, pixels[i : i + 1])
        error = query.get("view") == "error"
        rows = [Row("Original", _shown(pixels[i : i + 1]))]
        for column in columns:
            picture = error_maps.signed(column.errors) if error else column.images
            told = [f"{name} {value}" for name, value in column.facts[0] if name in ("MSE", "Sharpness", "Rate")]
            rows.append(Row(column.label, picture, detail=", ".join(told)))
        pictures.show_beside(key, rows)
        if error:
            st.html(f'<div class="scales">{error_maps.signed_legend()}</div>')


def _latents(query: Query, point: str, key: str) -> None:
    images, model = _images(query), _model(query)
    split: Split = next((split for split in SPLITS if split == query.get("of")), "validation")
    found = chosen.Chosen(model, images, split, images.some(split, _number(query, "n", chosen.COUNT)))
    if query.get("view") in ("codes", "Codes") and not fitting.codes(found.family):
        pictures.show_beside(key, codes.for_paper(found, _number(query, "a")))


def _samples(query: Query, point: str, key: str) -> None:
    chosen = Chosen(_model(query), _images(query))
    asked = samples_rows.Asked(_number(query, "draw", 1))
    known = [each for each in samples_rows.known(chosen.model) if not each.missing]
    shown = [samples_rows.best(chosen, asked), *(samples_rows.painted(chosen, each, asked) for each in known)]
    _rows(key, [Row(each.row.title, each.row.images, detail=each.row.detail) for each in shown])


def _claims(query: Query, point: str, key: str) -> None:
    found = evidence.collect(evidence.MEASURED)
    judged = card.judged(found)
    asked = next((claim for claim in judged if claim.key == query.get("claim")), None)
    if asked is None:
        st.html(card.overview(judged, []))
        return
    st.markdown(f"**{asked.question}** {judged[asked].sentence}")
    if figure := card.claim_figure(asked, found):
        figures.show_figure(f"claim-{asked.key}", figure, key=key)


_DRAWN: dict[str, Callable[[Query, str, str], None]] = {
    "start": _start,
    "train": _train,
    "compare": _compare,
    "interpolate": _interpolate,
    "beta": _beta,
    "blur": _blur,
    "latents": _latents,
    "samples": _samples,
    "claims": _claims,
}


# -- of a query --------------------------------------------------------------------------------------------------------


def _images(query: Query) -> ImageSet:
    """Those that the link names, or where they aren't here those of the sidebar."""
    asked = query.get("source", "")
    key = next((key for key, source in SOURCES.items() if asked in (key, source.title)), "")
    if key:
        try:
            return cache.image_set(key)
        except ExplorerError:
            pass
    return sidebar.chosen_images()


def _pool(images: ImageSet, query: Query) -> Pool:
    """The split or subjects, of one class if the link says one."""
    name = next((name for name in images.pool_names if name == query.get("split")), None)
    if name is None:
        name = SUBJECTS if images.subjects and not {"class", "seed", "order"} & set(query) else "validation"
    of_class = query.get("class") if name != SUBJECTS and query.get("class") in images.class_names else None
    return images.pool(name, of_class)


def _chosen(images: ImageSet, query: Query) -> pickers.Chosen:
    pool = _pool(images, query)
    of_class = query.get("class") if query.get("class") in images.class_names else None
    return pickers.drawn(images, pool.name, of_class, COUNT, _number(query, "seed"))


def _model(query: Query, name: str = "model") -> Model:
    try:
        return models.get(query.get(name, models.DEFAULT))
    except ExplorerError:
        return models.get(models.DEFAULT)


def _shown_on_blur() -> list[Model]:
    known = {model.id: model for model in models.list_models()}
    return [known[i] for i in default_ids(list(known.values()))[:MOST]]


def _number(query: Query, name: str, default: int = 0) -> int:
    found = address.whole_number(query.get(name, ""))
    return default if found is None else found


def _shown(pixels: np.ndarray) -> np.ndarray:
    return pixels.transpose(0, 2, 3, 1)


def _reconstructed(model: Model, pixels: np.ndarray) -> Row:
    made = cache.reconstruction(model, pixels)
    captions = [f"MSE {value:.4f}" for value in made.mse.tolist()]
    return Row(model.title, pictures.to_uint8(made.images), captions, "from the mean")


def _rows(key: str, rows: list[Row]) -> None:
    pictures.show_rows(key, rows, label_width="6.5rem", kind="aligned")
