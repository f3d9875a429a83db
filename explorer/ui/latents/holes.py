"""The view Holes: all images' posteriors together beside N(0, 1), and what is decoded where no image lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer import units
from explorer.glossary import TERMS
from explorer.ui.charts import figures, kl_parts, pictures
from explorer.ui.charts.tables import of_model
from explorer.ui.components import terms
from explorer.ui.latents import holes_charts
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import address, frame

if TYPE_CHECKING:
    from explorer.analysis.latents.aggregated import Correlation, Parts
    from explorer.analysis.latents.holes import Holes

_FARTHEST = "farthest"


@dataclass(frozen=True, eq=False)
class _Found:
    """What `aggregated` has of N images: one z of each, (N, d), and how far they are from the prior."""

    z: np.ndarray
    distances: np.ndarray
    length_distance: float
    correlation: Correlation
    parts: Parts


def show(chosen: Chosen) -> None:
    """Pictures from holes first, then charts; of codes a sentence."""
    if chosen.family.posterior == "codes":
        st.info(_of_codes(chosen.key, chosen))
        return
    with st.spinner("Looking for holes"):
        found, holes = _found(chosen.key, chosen), None
        with frame.explained_errors():  # of images that are too few for these
            holes = _holes(chosen.key, chosen, found)
            _show_holes(holes, chosen, found)
    of = (of_model(chosen.model), chosen.words)
    for pair in ((_show_lengths, _show_dimension), (_show_eigenvalues, _show_parts)):
        for column, draw in zip(st.columns(2, gap="large"), pair, strict=True):
            with column:
                draw(found, of)
    with st.expander("In words, and how it was measured"):
        from explorer.analysis.latents import aggregated_words as words

        if holes:
            st.markdown(words.how_holes_are_found(holes, found.z.shape[1]))
        says = {"posterior": TERMS["posterior"].says(dims=f"{found.z.shape[1]:,}")}
        terms.markdown(words.how_parts_are_found(found.parts), says)


def _show_holes(holes: Holes, chosen: Chosen, found: _Found) -> None:
    from explorer.analysis.latents import aggregated_words as words

    terms.markdown(words.in_holes(holes), {"prior": TERMS["prior"].says(dims=f"{found.z.shape[1]:,}")})
    rows = [
        pictures.Row("In holes", holes.inside, detail="drawn from the prior"),
        pictures.Row("Elsewhere", holes.outside, detail="drawn from the prior"),
        pictures.Row("Images", holes.images, detail="z of each, decoded"),
    ]
    rows = [row for row in rows if len(row.images)]
    pictures.show_rows("holes", rows, kind="aligned")
    table: dict[str, list[float]] = {
        "share of the prior in holes, at least": [holes.share],
        "95 % interval, from": [holes.interval[0]],
        "95 % interval, to": [holes.interval[1]],
        "by distance alone": [holes.by_distance],
        "draws": [holes.asked],
        "images": [holes.asked],
    }
    of = (of_model(chosen.model), chosen.words)
    unseen = "" if chosen.model.source == chosen.images.source else " The model has not seen images like these."
    st.caption(f"{frame.plain(chosen.words[0].upper() + chosen.words[1:])}.{unseen}")
    figures.save_rows("holes", rows, [""] * len(holes.images), "Decoded where no image lies", table, of)


def _show_lengths(found: _Found, of: tuple[str, ...]) -> None:
    import torch

    from explorer.analysis import prior_gap
    from explorer.analysis.latents import aggregated_words as words

    n, d = found.z.shape
    shell = prior_gap.shell(d)
    ends = max(0.0, shell.mean - 4 * shell.spread), shell.mean + 4 * shell.spread
    edges, density = holes_charts.binned(np.linalg.norm(found.z, axis=1), *ends)
    drawn = figures.drawn(holes_charts.lengths, edges, density, d, of=of)
    figures.show_figure("length-of-z", drawn, key="prior-lengths")
    here = prior_gap.lengths(torch.from_numpy(found.z))
    terms.caption(
        words.lengths_beside_shell(here, shell, found.length_distance, n),
        {"latent": TERMS["latent"].says(size=f"{d:,} numbers")},
    )


def _show_dimension(found: _Found, of: tuple[str, ...]) -> None:
    from explorer.analysis.latents import aggregated_words as words

    order = np.argsort(-found.distances, kind="stable").tolist()
    options = {_FARTHEST: f"farthest from N(0, 1): {order[0]}"} | {j: str(j) for j in order}
    place = st.container()
    asked = st.selectbox(
        "Dimension, farthest first", list(options), format_func=options.__getitem__,
        **address.choice("dimension", "dimension", options, _FARTHEST),
    )  # fmt: skip
    number = order[0] if asked == _FARTHEST else asked
    with place:
        edges, density = holes_charts.binned(found.z[:, number], -4, 4)
        drawn = figures.drawn(holes_charts.dimension, number, edges, density, of=of)
        figures.show_figure("dimension-of-z", drawn, key="prior-dimension")
    st.caption(words.dimension_beside_normal(found.distances[number], found.distances, len(found.z)))


def _show_eigenvalues(found: _Found, of: tuple[str, ...]) -> None:
    both = found.correlation.eigenvalues, found.correlation.by_chance
    here, by_chance = (each.round(5).tolist() for each in both)
    drawn = figures.drawn(holes_charts.eigenvalues, here, by_chance, of=of)
    figures.show_figure("eigenvalues-of-z", drawn, key="prior-eigenvalues")
    terms.caption(_of_correlation(found), {"nat": _nat(found)})


def _show_parts(found: _Found, of: tuple[str, ...]) -> None:
    from explorer.analysis.latents import aggregated_words as words

    parts = found.parts
    numbers = parts.information, parts.ceiling, parts.total_correlation, float(parts.marginal.sum())
    drawn = figures.drawn(kl_parts.parts, *(round(each, 4) for each in numbers), of=of)
    figures.show_figure("parts-of-the-kl", drawn, key="prior-parts")
    says = {
        "kl": TERMS["kl"].says(amount=f"{parts.kl:,.1f} nats an image on average"),
        "aggregate": TERMS["aggregate"].says(count=f"{parts.images:,}"),
    }
    if not TERMS["nat"].pattern.search(_of_correlation(found)):  # where it would stand first
        says["nat"] = _nat(found)
    terms.caption(f"{words.mismatch(parts)} {words.information(parts)}", says)


def _of_correlation(found: _Found) -> str:
    from explorer.analysis.latents import aggregated_words as words

    return words.how_dimensions_go_together(found.correlation, len(found.z))


def _nat(found: _Found) -> str:
    kl = found.parts.kl
    return TERMS["nat"].says(nats=f"{kl:,.1f}", bits=f"{units.nats_to_bits(kl):,.1f}")


@st.cache_resource(max_entries=12, show_spinner=False)
def _found(key: tuple, _chosen: Chosen) -> _Found:
    from explorer.analysis.latents import aggregated

    aggregated.check_enough(len(_chosen.indices))
    cloud = _chosen.cloud
    z = aggregated.draw(cloud)
    return _Found(
        z, aggregated.distances(z), aggregated.length_distance(z), aggregated.correlation(z), aggregated.parts(cloud, z)
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _holes(key: tuple, _chosen: Chosen, _found: _Found) -> Holes:
    from explorer.analysis.latents import holes

    return holes.find(_chosen.net, _found.z)


@st.cache_data(max_entries=32, show_spinner=False)
def _of_codes(key: tuple, _chosen: Chosen) -> str:
    from explorer.analysis import samples
    from explorer.analysis.latents import aggregated_words as words

    counts = samples.use(_chosen.net, _chosen.pixels).code_counts
    return words.codes_beside_uniform(_chosen.family.title, np.array(counts), len(_chosen.pixels))
