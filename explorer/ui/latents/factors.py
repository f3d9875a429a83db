"""Which dimension tells which known factor, as a heat map with what each dimension does, and scores of it."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer import models
from explorer.data import ImageSet
from explorer.data.imageset import Factor
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.palette import LATENT
from explorer.ui.charts import figures, pictures
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import pickers, sidebar

if TYPE_CHECKING:
    from explorer.analysis.latents.disentanglement import Scores

SHOWN = 16  # dimensions that have a row, at most
_STEPS, _STEPS_BESIDE = 9, 5  # pictures of each, alone and beside another model
_RANGE = (0.01, 0.99)  # quantiles of the images' codes that a row goes from and to
_WITH_FACTORS = "shapes"  # key of the source whose images have known factors
_LOUD = 2  # times what chance makes of it, from which on a share is framed
_FULL = 80  # percent of the heat map's colour where a dimension tells all of a factor: words are read on it


@dataclass(frozen=True, eq=False)
class Measured:
    """A model's dimensions against the factors, those with most KL first.

    Parameters
    ----------
    dimensions : int64 array (d,)
        What each is called: its column in the latent.
    nats : float array (d,), or None where there is no KL
        Mean of each one's KL.
    share : float array (K, d)
        Of each factor's entropy that its mutual information with a dimension is.
    ends : float array (min(d, SHOWN), 2)
        Where each one's row of pictures begins and ends.
    pictures : uint8 array (min(d, SHOWN), 32, 32 * _STEPS, 3)
    """

    dimensions: np.ndarray
    nats: np.ndarray | None
    share: np.ndarray
    ends: np.ndarray
    pictures: np.ndarray


def show(chosen: Chosen) -> None:
    """A heat map for the model and one for another, and their scores beside each other."""
    from explorer.analysis.latents import disentanglement, disentanglement_words

    if not chosen.images.factors:
        _send_to_shapes(chosen.images)
        return
    if (n := len(chosen.indices)) < disentanglement.FEWEST:
        st.info(f"{n:,} images are too few to count on: choose {disentanglement.FEWEST:,} or more below.")
        return
    maps = st.container(key="factors")
    foot = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom")
    table = st.container(key="scores")
    with foot:
        other = _choose_other(chosen.model)
    shown = [chosen, *([replace(chosen, model=other)] if other else [])]
    factors, chance = chosen.images.factors, disentanglement.share_by_chance(n)
    with maps:
        for column, each in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
            with column, st.spinner(f"Encoding {n:,} images with {each.model.title}"):
                measured = _measured(each.key, each)
                st.html(_map(each.model, measured, factors, _LOUD * chance, _STEPS_BESIDE if other else _STEPS))
                st.markdown(disentanglement_words.where(measured.share, factors, measured.dimensions.tolist()))
        _legend(shown, chance)
    with foot:
        _save(shown)
    with table:
        found = []
        for each in shown:
            with st.spinner(f"Boosting trees on the codes of {each.model.title}: seconds, the first time"):
                found.append(_scores(each.key, each))
        st.html(_table([each.model for each in shown], found))
    st.caption(f"Measured on {chosen.words}. {disentanglement_words.circles(factors)}".strip())
    with st.expander("How it was measured"):
        st.markdown(disentanglement_words.how(n))


def _send_to_shapes(images: ImageSet) -> None:
    st.info(
        f"How each picture of {images.name} was made nobody wrote down, so there is nothing to hold a dimension "
        "against. Of Shapes every factor is known: shape, hue, size, place, rotation, background.",
        icon=":material/category:",
    )
    if st.button("See it on Shapes", on_click=sidebar.go_to_source, args=(_WITH_FACTORS,)):
        st.rerun()  # the sidebar too


def _choose_other(model: Model) -> Model | None:
    """Another model: at first one of the same source and family, at the beta that is farthest from this one's."""
    alike = [
        other
        for other in models.shipped()
        if (other.source, other.family) == (model.source, model.family) and other.beta != model.beta
    ]
    farthest = max(alike, key=lambda other: abs(np.log(other.beta or 1e-9) - np.log(model.beta or 1e-9)), default=None)
    with st.container(width=320):
        return pickers.choose_other_model(
            "Beside it", "against", model, farthest.id if farthest and model.shipped else None,
            lambda other: FAMILIES[other.family].posterior != "codes",
        )  # fmt: skip


@st.cache_resource(max_entries=24, show_spinner=False)
def _measured(key: tuple, _chosen: Chosen) -> Measured:
    from explorer.analysis.latents import cloud, disentanglement

    where = _chosen.cloud
    dimensions = where.order[: disentanglement.MOST_DIMENSIONS]
    codes, kl = where.mu[:, dimensions], where.kl.mean(axis=0)
    classes = disentanglement.in_classes(_factors(_chosen))
    information = disentanglement.mutual_information(codes, classes)
    ends = np.quantile(codes[:, :SHOWN], _RANGE, axis=0).T
    z = np.tile(where.mu[0], (len(ends), _STEPS, 1))
    along = np.linspace(ends[:, 0], ends[:, 1], _STEPS, axis=1)
    z[np.arange(len(ends))[:, None], np.arange(_STEPS), dimensions[:SHOWN, None]] = along
    frames = pictures.to_uint8(cloud.decode(_chosen.net, z.reshape(-1, z.shape[-1])))
    rows = frames.reshape(len(ends), _STEPS, *frames.shape[1:])  # (d, steps, 32, 32, 3)
    return Measured(
        dimensions,
        kl[dimensions] if kl.shape == where.mu.shape[1:] and np.isfinite(kl).all() else None,
        information / disentanglement.entropies(classes)[:, None],
        ends,
        rows,
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _scores(key: tuple, _chosen: Chosen) -> Scores:
    from explorer.analysis.latents import disentanglement

    dimensions = _chosen.cloud.order[: disentanglement.MOST_DIMENSIONS]
    return disentanglement.scores(_chosen.cloud.mu[:, dimensions], _factors(_chosen), disentanglement.ROUNDS)


def _factors(chosen: Chosen) -> list[Factor]:
    """Of the images that are shown."""
    return [replace(factor, values=factor.values[chosen.indices]) for factor in chosen.images.factors]


def _map(model: Model, measured: Measured, factors: tuple[Factor, ...], loud: float, steps: int) -> str:
    """HTML: a row a dimension, with what it tells of each factor, and what it does to a picture, in so many steps."""
    heads = "".join(f'<th scope="col">{html.escape(factor.name)}</th>' for factor in factors)
    marks = _marks(measured.share, loud)
    rows = []
    for j, (dimension, (low, high)) in enumerate(zip(measured.dimensions, measured.ends, strict=False)):
        nats = "" if measured.nats is None else f" <small>{measured.nats[j]:.2f} nats</small>"
        cells = "".join(
            f'<td class="{mark}" style="--share: {_FULL * float(share):.0f}%">{share:.2f}</td>'
            for mark, share in zip(marks[:, j], measured.share[:, j], strict=True)
        )
        at = np.linspace(0, len(measured.pictures[j]) - 1, steps).round().astype(int)
        strip = np.concatenate(list(measured.pictures[j][at]), axis=1)
        alt = f"Dimension {dimension} from {low:.1f} to {high:.1f}"
        rows.append(
            f'<tr><th scope="row">{dimension}{nats}</th>{cells}'
            f'<td class="strip"><img src="{pictures.data_uri(strip)}" alt="{alt}" style="--steps: {steps}"></td></tr>'
        )
    name = html.escape(model.title)
    return (
        f'<div class="numbers factors" role="group" aria-label="Factors by dimension, {name}" tabindex="0" '
        f'style="--latent: {LATENT}"><table><caption>{name}</caption>'
        f'<thead><tr><th scope="col">Dimension</th>{heads}<th scope="col" class="strip">What it does</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _marks(share: np.ndarray, loud: float) -> np.ndarray:
    """Of (K, d) shares "most" and "next" of each factor, where they are loud, and "" of all others."""
    marks = np.full(share.shape, "", dtype="<U4")
    best = np.argsort(-share, axis=1, kind="stable")[:, :2]
    np.put_along_axis(marks, best, np.array(["most", "next"]), axis=1)
    return np.where(share >= loud, marks, "")


def _legend(shown: list[Chosen], chance: float) -> None:
    found = [_measured(each.key, each) for each in shown]
    left_out = max(len(each.dimensions) for each in found) > SHOWN
    first = "with most KL" if all(each.nats is not None for each in found) else "that cost or vary most"
    st.caption(
        "A number is the share of a factor that a dimension tells, 0 to 1 (mutual information over the factor's "
        f"entropy); about {chance:.2f} is chance. Solid frame: the dimension that tells most of it; dashed: the next, "
        "if that is twice chance. "
        "Pictures: the first image, with that dimension moved through the range that 98\u00a0% of the images use."
        + (f" Of more dimensions, the {SHOWN} {first} are shown." if left_out else "")
    )


def _save(shown: list[Chosen]) -> None:
    factors = [factor.name for factor in shown[0].images.factors]
    table: dict[str, list] = {name: [] for name in ("model", "dimension", "KL, nats", *factors)}
    for each in shown:
        measured = _measured(each.key, each)
        count = len(measured.dimensions)
        table["model"] += [each.model.title] * count
        table["dimension"] += measured.dimensions.tolist()
        table["KL, nats"] += [None] * count if measured.nats is None else measured.nats.tolist()
        for name, row in zip(factors, measured.share.tolist(), strict=True):
            table[name] += row
    figures.save_table("factors-by-dimension", table, "factors-csv", [each.model.title for each in shown])


def _table(shown: list[Model], found: list[Scores]) -> str:
    """HTML: a row a score, a column a model."""
    from explorer.analysis.latents import disentanglement_words

    heads = "".join(f'<th scope="col">{html.escape(model.title)}</th>' for model in shown)
    rows = []
    for of_each in zip(*(disentanglement_words.each(scores) for scores in found), strict=True):
        name, source, says, _ = of_each[0]
        most = max(score.value for score in of_each)
        several = len({f"{score.value:.2f}" for score in of_each}) > 1
        cells = "".join(
            f"<td{' class=better' if several and score.value == most else ''}><b>{score.value:.2f}</b></td>"
            for score in of_each
        )
        rows.append(f'<tr class="first"><th scope="row">{name} <small>{source}</small></th>{cells}<td>{says}</td></tr>')
    return (
        '<div class="numbers words" role="group" aria-label="Scores" tabindex="0"><table>'
        f'<thead><tr><th scope="col">Score, 0 to 1</th>{heads}<th scope="col">What it says</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
