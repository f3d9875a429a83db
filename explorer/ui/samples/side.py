"""The view Side by side: the same draw under every prior that a model can have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer.analysis import samples_words
from explorer.glossary import TERMS
from explorer.ui.charts import figures, pictures, tables
from explorer.ui.components import sample_row, terms
from explorer.ui.samples import asking, missing, nearest, rows
from explorer.ui.samples.chosen import Chosen
from explorer.ui.samples.rows import Asked, Known, Painted
from explorer.ui.shell import address, cache, frame

_SAMPLE = "sample"  # in the address: the one that is chosen, "3-flow"


def show(chosen: Chosen) -> None:
    """A row of pictures for each prior, below what the decoder can do at best; those that are there come first."""
    known = rows.known(chosen.model)
    asked = asking.choose(chosen, known)
    picked = _picked([rows.BEST, *(each.key for each in known if not each.missing)])
    late = picked is not None and nearest.is_late(chosen.images)
    with st.container(key="side-rows", gap="small"):
        places = {key: st.container() for key in [rows.BEST, *(each.key for each in known)]}
    shown: dict[str, Painted] = {}

    def draw(key: str, found: Painted) -> None:
        shown[key] = found
        with places[key]:
            _show(chosen, key, found, picked[1] if picked and picked[0] == key else None)

    draw(rows.BEST, rows.best(chosen, asked))
    for each in sorted(known, key=_takes_long):
        with places[each.key], frame.explained_errors():
            if each.missing:
                missing.offer(chosen, each.record)
                continue
            with st.spinner(f"{each.record.title}: looking at where images lie", show_time=True):
                found = rows.painted(chosen, each, asked)
            draw(each.key, found)
    _say(chosen, asked)
    _save(chosen, asked, [shown[key] for key in places if key in shown])
    if late:
        nearest.wait(chosen.images)


def _takes_long(known: Known) -> bool:
    """Whether it may have to be fitted first."""
    return not (known.trained or known.record.given)


def _show(chosen: Chosen, key: str, found: Painted, index: int | None) -> None:
    """A row, and below it what is nearest to the one that is chosen."""
    name = f"row-{key}"
    beside = None if index is None else nearest.beside(chosen, found, index)
    sample_row.show(found.row, index, beside, name, partial(_choose, key, name), "Looking for the nearest images")


def _choose(key: str, name: str) -> None:
    of_this, index = sample_row.picked(name)
    if of_this:
        address.write(**{_SAMPLE: None if index is None else f"{index + 1}-{key}"})


def _picked(keys: list[str]) -> tuple[str, int] | None:
    """Row and place of the sample that the address says."""
    said = address.asked(_SAMPLE)
    number, _, key = said.partition("-")
    index = address.whole_number(number)
    if key in keys and index and index <= rows.SHOWN:
        return key, index - 1
    if said:
        address.refuse(_SAMPLE, "sample", "none of them")
    return None


def _say(chosen: Chosen, asked: Asked) -> None:
    """Why samples of the prior that it was trained with are as they are, and what could be had at best."""
    model, fitted_on = chosen.model, len(cache.fitted_on(chosen.images))
    says = {
        "latent": TERMS["latent"].says(size=model.latent_size),
        "aggregate": TERMS["aggregate"].says(count=f"{fitted_on:,}"),
        "prior": TERMS["prior"].template(f"Here it is fitted to {fitted_on:,} images, or was there before."),
    }
    words = samples_words.what_is_aggregated(fitted_on, model.latent_size)
    if asked.class_name:
        words += f" Guidance {asked.guidance:g} is how far to go beyond what was learnt of {asked.class_name}."
        says["guidance"] = TERMS["guidance"].says(amount=f"{asked.guidance:g}")
    terms.caption(f"{_why(chosen.key, chosen)} {words}", says)


@st.cache_data(max_entries=32, show_spinner=False)
def _why(key: tuple, _chosen: Chosen) -> str:
    import torch

    encodings = cache.encodings(_chosen.model, _chosen.images)
    if encodings.codes is not None:
        return samples_words.codes_beside_uniform(encodings.codes.numpy())
    images = _chosen.images.images[cache.fitted_on(_chosen.images)]
    z = encodings.sample(torch.Generator().manual_seed(0)).numpy()
    return samples_words.beside_normal(z, images.std(axis=(1, 2, 3)))


def _save(chosen: Chosen, asked: Asked, shown: Sequence[Painted]) -> None:
    """PNG and CSV of what is shown."""
    lines = [pictures.Row(each.row.title, each.row.images, detail=each.row.detail) for each in shown]
    table: dict[str, list[Any]] = {
        "row": [each.row.title for each in shown],
        "draw": [asked.draw] * len(shown),
        "class": [asked.class_name] * len(shown),
        "guidance": [asked.guidance] * len(shown),
    }
    said = f"draw {asked.draw}" + (f", {asked.class_name}, guidance {asked.guidance:g}" if asked.class_name else "")
    of = (tables.of_model(chosen.model), said)
    figures.save_rows("samples", lines, [""] * rows.SHOWN, "Painted without an image", table, of)
