"""The view Numbers: what papers report of a model, and of all that are shipped, each with its unit and n."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import fitted, models, records, units
from explorer.analysis.likelihood import record, words
from explorer.analysis.likelihood.calibration import NOMINAL, WITHIN
from explorer.analysis.likelihood.literature import MARKS, Mark
from explorer.analysis.likelihood.record import ONE, OWN, TRAINED, VALUE, Reported
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.glossary import TERMS
from explorer.models import Model
from explorer.nets import FAMILIES, Family
from explorer.ui.charts import figures, kl_parts
from explorer.ui.charts.tables import of_model
from explorer.ui.components import terms
from explorer.ui.samples import numbers_charts, streams
from explorer.ui.samples.chosen import Chosen
from explorer.ui.shell import address, frame

_WEIGHTED = {200: 10, 2_000: 20, 10_000: 50}  # images to measure on here, and of how many 500 samples of z are drawn
_PAPERS_OF = "cifar10"  # the source whose test split papers report on


def show(chosen: Chosen) -> None:
    """The ladder first, then where its nats go; all shipped models below, and what nats are in bytes."""
    picture, table, coded, foot = (st.container() for _ in range(4))
    with table:  # what cards say comes at once, whatever has to be measured first
        _show_shipped(chosen)
    found = _of_card(chosen.model, chosen.images.digest)
    if found is None:
        found = _measured_here(chosen, picture, foot)
    with picture:
        found = _with_trained_priors(chosen, found)
        _show_model(chosen, found)
    with foot, st.expander("In words, and how it was measured"):
        for paragraph in words.how_it_was_measured(found, chosen.family.posterior == "codes"):
            st.markdown(paragraph)
        if marks := _marks(chosen)[1:]:
            st.markdown("\n".join(f"- {mark.title}, {mark.bits:.2f}: {mark.source}" for mark in marks))
    with coded:
        streams.show(chosen.model, chosen.images)


def _show_model(chosen: Chosen, found: Reported) -> None:
    model, family = chosen.model, chosen.family
    of = (of_model(model), f"{found.images:,} {found.split} images of {chosen.images.name}")
    nats = {"nats": f"{found.rate:,.0f}", "bits": f"{units.nats_to_bits(found.rate):,.0f}"}
    terms.markdown(words.headline(frame.plain(model.title), found), {"nat": TERMS["nat"].says(**nats)})
    rungs = words.rungs(found)
    drawn = figures.drawn(numbers_charts.ladder, rungs, _marks(chosen), family.colour, family.marker, of=of)
    figures.show_figure("bits-a-dimension", drawn, key="numbers-ladder")
    st.caption(words.where_a_gaussian_looks_bad(found))
    _explain(model, family, nats["nats"])
    parts = [_show_weighted, _show_parts, _show_calibration]
    if family.posterior == "codes":
        parts = [_show_codes, _show_calibration]
    for column, draw in zip(st.columns(len(parts), gap="medium"), parts, strict=True):
        with column:
            draw(found, model, of)


def _explain(model: Model, family: Family, nats: str) -> None:
    """The words that the charts below take for granted, with this model's numbers."""
    if family.posterior != "gaussian":
        return
    noise = units.beta_to_sigma(model.beta, model.latent_dim) if model.beta else 0.0
    said = (
        f"These {nats} nats are the KL of an image's latent, {model.latent_size}, to the prior. The noise that beta "
        f"stands for has a sigma of {noise:.3f}."
    )
    explained = {
        "kl": TERMS["kl"].says(amount=f"{nats} nats an image"),
        "latent": TERMS["latent"].says(size=model.latent_size),
        "prior": TERMS["prior"].says(dims=f"{model.latent_dim:,}"),
        "sigma": TERMS["sigma"].template(f"Here it is {noise:.3f} on a scale of 0 to 1."),
    }
    terms.caption(said, explained)


def _marks(chosen: Chosen) -> tuple[Mark, ...]:
    """What papers reported on such images: of others only what pixels take as they are."""
    return MARKS if chosen.images.source == _PAPERS_OF else MARKS[:1]


def _of_card(model: Model, digest: str) -> Reported | None:
    """What its card says, if that is of these images and this beta."""
    said = model.card.get("likelihood")
    if said is None or model.digest != digest or model.beta != models.get(model.id).beta:
        return None
    return record.read(records.Record(said, model.id))


def _measured_here(chosen: Chosen, picture: DeltaGenerator, foot: DeltaGenerator) -> Reported:
    """Measured with a progress bar, and kept: of as many images as are chosen."""
    from explorer.analysis.likelihood import measure

    split, there = measure.held_out(chosen.images, max(_WEIGHTED))
    counts = sorted({min(count, there) for count in _WEIGHTED})
    count = foot.selectbox(
        "Measured on", counts, format_func=f"{{:,}} {split} images".format, width=220,
        help="Always the same ones for a number. More take longer: a minute or two for 10,000.",
        **address.choice("n", "number of images", {each: f"{each:,} {split} images" for each in counts}, counts[0]),
    )  # fmt: skip
    kept = _kept(chosen.key, count)
    if not kept:
        place = picture.empty()
        found = measure.measure(
            chosen.net, chosen.model.beta, chosen.images, lambda share, said: place.progress(min(share, 1.0), said),
            count=count, weighted=next(few for least, few in _WEIGHTED.items() if count <= least),
        )  # fmt: skip
        place.empty()
        kept.append(found)
    return kept[0]


def _with_trained_priors(chosen: Chosen, found: Reported) -> Reported:
    """And what z takes under priors that were trained for the model, where nats are known; of a kind the best."""
    rates = dict(found.rates)
    for each in fitted.of(chosen.model):
        with st.spinner(f"Coding {found.images:,} latents under {frame.plain(each.title)}", show_time=True):
            nats = _rate_under(chosen.key, each.version, found.images, chosen, each)
        if nats is not None:
            rates[each.key] = min(nats, rates.get(each.key, math.inf))
    return replace(found, rates=rates)


@st.cache_data(max_entries=64, show_spinner=False)
def _rate_under(
    key: tuple, version: tuple[str, int], count: int, _chosen: Chosen, _fitted: fitted.FittedPrior
) -> float | None:
    from explorer.analysis.likelihood import measure
    from explorer.priors.encodings import encode

    split, count = measure.held_out(_chosen.images, count)
    here = encode(_chosen.net, _chosen.images.images[_chosen.images.some(split, count)])
    try:
        return measure.rate_under(fitted.load(_fitted), here)
    except ExplorerError:  # its nats are not known
        return None


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(key: tuple, count: int) -> list[Reported]:
    """Where what was measured is kept: progress can't be shown from within what is cached."""
    return []


def _show_weighted(found: Reported, model: Model, of: tuple[str, ...]) -> None:
    if it := found.weighted:
        colour = FAMILIES[model.family].colour
        drawn = figures.drawn(numbers_charts.weighted, it.samples, it.gain, it.error, it.exact, colour, of=of)
        figures.show_figure("bound-by-samples", drawn, key="numbers-weighted")
        st.caption(words.gain(found))


def _show_parts(found: Reported, model: Model, of: tuple[str, ...]) -> None:
    if it := found.parts:
        numbers = it.information, it.ceiling, it.total_correlation, it.marginal
        drawn = figures.drawn(kl_parts.parts, *(round(each, 4) for each in numbers), of=of)
        figures.show_figure("parts-of-the-kl", drawn, key="numbers-parts")
        st.caption(f"{words.parts(it)} {words.use(found, model.latent_dim)}")


def _show_codes(found: Reported, model: Model, of: tuple[str, ...]) -> None:
    st.markdown(words.codes(found))


def _show_calibration(found: Reported, model: Model, of: tuple[str, ...]) -> None:
    curves = [
        (words.SPREAD_WORDS[name], found.decoders[name].coverage)
        for name in (ONE, TRAINED, VALUE, OWN)
        if name in found.decoders
    ]
    drawn = figures.drawn(numbers_charts.reliability, curves, FAMILIES[model.family].colour, of=of)
    figures.show_figure("calibration-of-sigma", drawn, key="numbers-calibration")
    st.caption(words.calibrated(found))


def _show_shipped(chosen: Chosen) -> None:
    """A table of all models that were measured on the same images as the chosen one, or as the default."""
    carded = [
        each for each in models.carded() if "likelihood" in each.card or FAMILIES[each.family].posterior == "point"
    ]
    digest = chosen.images.digest if any(each.digest == chosen.images.digest for each in carded) else ""
    shown = [each for each in carded if not digest or each.digest == digest]
    shown = shown if digest else models.measured_alike(shown)
    rows = [(each, None if "likelihood" not in each.card else _card(each)) for each in shown]
    if not any(said for _, said in rows):
        return
    st.html(_table(rows))
    source = SOURCES[shown[0].source].title
    figures.save_table("what-papers-report", _columns(rows), "numbers-csv", (f"{len(rows)} models on {source}",))


def _card(model: Model) -> Reported:
    return record.read(records.Record(model.card["likelihood"], model.id))


_COLUMNS = (TRAINED, ONE, VALUE)


def _table(rows: list[tuple[Model, Reported | None]]) -> str:
    """HTML: a row a model, bits a dimension of each bound; the lowest of a column stands out."""
    heads = [
        *(f"{words.SPREAD_WORDS[name]} <small>bits a dimension</small>" for name in _COLUMNS),
        "500 samples <small>bits a dimension</small>",
        "fitted prior <small>bits a dimension</small>",
        "z <small>nats an image</small>",
        "best sigma <small>levels of 255</small>",
        "within it <small>68 % expected</small>",
        "in use, active <small>dimensions</small>",
    ]
    every = [_bits(said) for _, said in rows]
    lowest = [min((bits for bits in column if bits is not None), default=None) for column in zip(*every, strict=True)]
    body = []
    for (model, said), bits in zip(rows, every, strict=True):
        mark = f'<i style="border-top: 4px solid {FAMILIES[model.family].colour}"></i>'
        cells = [
            f"<td{' class=better' if value is not None and value == least else ''}><b>{_write(value)}</b></td>"
            for value, least in zip(bits, lowest, strict=True)
        ]
        cells += [f"<td>{each}</td>" for each in _rest(said)]
        body.append(f'<tr class="first"><th scope="row">{mark}{html.escape(model.title)}</th>{"".join(cells)}</tr>')
    first = next(said for _, said in rows if said)
    caption = f"Shipped and imported models, {first.images:,} {first.split} images"
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        f'<div class="numbers families" role="group" aria-label="{caption}" tabindex="0"><table>'
        f'<thead><tr><th scope="col">{caption}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _bits(said: Reported | None) -> list[float | None]:
    """Of each column of bits."""
    if said is None:
        return [None] * (len(_COLUMNS) + 2)
    of_spreads = [said.bits(name) if name in said.decoders else None for name in _COLUMNS]
    if OWN in said.decoders:
        of_spreads[_COLUMNS.index(ONE)] = said.bits(OWN)
    under = min((said.bits_under(key) for key in said.rates), default=None)
    return [*of_spreads, said.weighted_bits, under]


def _rest(said: Reported | None) -> list[str]:
    if said is None:
        return ["no likelihood", "", "", ""]
    decoder = said.decoders[said.first]
    sigma = "its own" if decoder.sigma is None else f"{255 * decoder.sigma:.1f}"
    within = f"{100 * decoder.coverage[NOMINAL.index(WITHIN[0])]:.0f} %"
    used = "" if said.in_use is None else f"{said.in_use}, {said.active}"
    return [f"{said.rate:,.0f}", sigma, within, used]


def _write(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _columns(rows: list[tuple[Model, Reported | None]]) -> dict[str, list[Any]]:
    """The same to be saved: a line a model and bound."""
    table: dict[str, list[Any]] = {"model": [], "bound": [], "bits a dimension": [], "standard error": [], "images": []}
    for model, said in rows:
        for name, bits, _ in words.rungs(said) if said else ():
            error = said.decoders[said.first].error if said else None
            row = (model.title, name, bits, error, said.images if said else None)
            for column, value in zip(table.values(), row, strict=True):
                column.append(value)
    return table
