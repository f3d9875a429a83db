"""Section of Blur: near to the originals, or near to what is real; models, priors and codecs in one plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer import fitted, models, perception, sample_scores
from explorer.analysis import blur_words
from explorer.analysis.coding.codecs import CODECS
from explorer.data import SOURCES, ImageSet
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.palette import CODEC, TOTAL
from explorer.priors import PRIORS
from explorer.ui.blur.spectra import Charted
from explorer.ui.charts import figures, pictures
from explorer.ui.shell import address, cache, pickers
from explorer.units import beta_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_KEY = "perception"
_FRECHET = "Fréchet distance, our features"
_TICKS = [mantissa * 10**power for power in range(-1, 4) for mantissa in (1, 2, 5)]


@dataclass(frozen=True)
class Dot:
    """Something that makes pictures, and where these stand.

    Parameters
    ----------
    id : str
        In the address: a model's, with @BETA where it knows several; a codec's key and quality; or MODEL/PRIOR, a
        prior's key or id.
    title : str
    group : str
        Its entry in the legend; those of one group are a line where `line` is set.
    colour, symbol : str
    mse : float or None
        None of samples, which have no originals.
    frechet : float
    line : bool
    dash : str
        Plotly's, of that line.
    """

    id: str
    title: str
    group: str
    colour: str
    symbol: str
    mse: float | None
    frechet: float
    line: bool = False
    dash: str = "solid"


def show(images: ImageSet, shown: list[Model], pixels: np.ndarray) -> None:
    """The plane, and the pictures, uint8 (N, 3, 32, 32), that the chosen dot makes of what is looked at."""
    carded = models.measured_alike([model for model in models.carded() if perception.known(model)])
    dots = [dot for model in carded for dot in of_model(model, perception.known(model))]
    if carded:
        dots += of_codecs(perception.known_codecs(carded[0].digest))
    looked_at = {each.id.partition("@")[0] for each in shown}
    dots += [dot for model in carded if model.id in looked_at for dot in of_priors(model)]
    dots += measured_here(images, [model for model in shown if not model.shipped])
    if not dots:
        st.info("No model was measured yet: python -m explorer measure", icon=":material/scatter_plot:")
        return
    floor = sample_scores.floor(perception.N)
    titles = {dot.id: dot.title for dot in dots}
    first = models.DEFAULT if models.DEFAULT in titles else dots[0].id
    place = st.container()
    label = "Pictures of"
    chosen = st.selectbox(
        label, list(titles), format_func=titles.__getitem__, index=list(titles).index(first), width=380,
        **address.choice("dot", "dot", titles, first),
    )  # fmt: skip
    dot = next(each for each in dots if each.id == chosen)
    of = (SOURCES[carded[0].source].title if carded else images.name, f"{perception.N:,} images")
    with place:
        figure = figures.drawn(plane, dots, floor and floor.frechet, dot.id, of=of)
        figures.show_figure("distortion-and-perception", figure, key=_KEY, on_select=_choose)
    with st.spinner(f"Making pictures of {dot.title}"):
        rows = [pictures.Row("Original", pixels.transpose(0, 2, 3, 1)), row_of(dot, images, pixels)]
    pictures.show_rows("perception", rows[1:] if dot.mse is None else rows, label_width="11rem", kind="aligned")
    with st.expander("In words, and how it was measured"):
        st.caption(blur_words.how_perception_is_measured(perception.N, of[0], floor is not None))


def of_model(model: Model, places: Sequence[perception.Place]) -> list[Dot]:
    """A dot, or of a conditional model one at each beta that it was measured at."""
    family = FAMILIES[model.family]
    found = []
    for place in places:
        beta = float(place.of) if family.conditional else None
        name = model.id if beta is None else f"{model.id}@{beta_text(beta)}"
        title = model.title if beta is None else pickers.at_beta(model, beta).title
        look = (family.title, family.colour, family.marker)
        found.append(Dot(name, title, *look, place.mse, place.frechet, beta is not None))
    return found


def of_codecs(places: Sequence[perception.Place]) -> list[Dot]:
    """A dot for each codec and quality."""
    found = []
    for place in places:
        key, _, quality = place.of.rpartition("-")
        codec = CODECS[key]
        title = f"{codec.title}, quality {quality}"
        found.append(Dot(place.of, title, codec.title, CODEC, codec.marker, place.mse, place.frechet, True, codec.dash))
    return found


def of_priors(model: Model) -> list[Dot]:
    """Samples of each prior that a shipped model's card speaks of, or that was trained for it and has a card itself."""
    titles = {key: record.title for key, record in PRIORS.items()} | {each.id: each.title for each in fitted.of(model)}
    return [
        Dot(
            f"{model.id}/{row.prior}", f"{model.title}, samples: {titles[row.prior]}", "samples, no originals",
            FAMILIES[model.family].colour, FAMILIES[model.family].marker, None, row.frechet,
        )
        for row in sample_scores.known(model)
        if row.n == perception.N and row.prior in titles
    ]  # fmt: skip


def measured_here(images: ImageSet, own: Sequence[Model]) -> list[Dot]:
    """Of models of the person's own, on images that the classifier knows."""
    found: list[Dot] = []
    if sample_scores.why_not(images.source):
        return found
    for model in own:
        try:
            found += of_model(model, [cache.place(model, images)])
        except ExplorerError as e:
            st.caption(e.what)
    return found


def row_of(dot: Dot, images: ImageSet, pixels: np.ndarray) -> pictures.Row:
    """What a dot makes of pictures, uint8 (N, 3, 32, 32), or as many samples."""
    where = f"Fréchet distance {dot.frechet:.3g}"
    if dot.mse is not None:
        where = f"MSE {dot.mse:.4f}; {where}"
    model_id, slash, prior = dot.id.partition("/")
    if slash:
        made = cache.prior_draws(models.get(model_id), prior, images, len(pixels), 1)
    elif dot.group in {codec.title for codec in CODECS.values()}:
        key, _, quality = dot.id.rpartition("-")
        made = pictures.to_uint8(cache.coded(key, int(quality), pixels))
    else:
        name, _, beta = dot.id.partition("@")
        model = models.get(name)
        model = pickers.at_beta(model, float(beta)) if beta else model
        made = pictures.to_uint8(cache.reconstruction(model, pixels, 0).images)
    return pictures.Row(dot.title, made, detail=where)


def plane(dots: Sequence[Dot], floor: float | None, chosen: str) -> Charted:
    """Pictures with originals by distortion and perception; samples beside them, at their height alone."""
    from plotly.subplots import make_subplots

    drawn = any(dot.mse is None for dot in dots)
    widths = [0.14, 0.86] if drawn else [1.0]
    main = len(widths)
    figure = make_subplots(1, main, shared_yaxes=True, column_widths=widths, horizontal_spacing=0.02)
    figure.update_layout(title="Near to the original, or near to what is real", height=460, hovermode="closest")
    for group in dict.fromkeys(dot.group for dot in dots):
        members = [dot for dot in dots if dot.group == group]
        _add(figure, group, members, chosen, 1 if members[0].mse is None else main)
    if floor:
        figure.add_hline(floor, line={"color": TOTAL, "width": 1, "dash": "dot"})
        figure.add_scatter(
            x=[None], y=[None], mode="lines", name="as many other real images",
            line={"color": TOTAL, "width": 1, "dash": "dot"}, row=1, col=main,
        )  # fmt: skip
    figure.update_yaxes(type="log", tickvals=_TICKS, ticktext=[f"{tick:g}" for tick in _TICKS])
    figure.update_yaxes(title=f"{_FRECHET}<br>lower looks more real", col=1)
    errors = [tick / 10_000 for tick in _TICKS]
    figure.update_xaxes(
        type="log", title="MSE, pixels 0 to 1: lower is nearer", showgrid=False, tickvals=errors,
        ticktext=[f"{tick:g}" for tick in errors], col=main,
    )  # fmt: skip
    if drawn:
        figure.update_xaxes(range=[-1, 1], tickvals=[0], ticktext=["samples"], showgrid=False, zeroline=False, col=1)
    table: dict[str, list[Any]] = {
        "what": [dot.title for dot in dots],
        "kind": [dot.group for dot in dots],
        "MSE, pixels 0 to 1": [dot.mse for dot in dots],
        _FRECHET: [dot.frechet for dot in dots],
        "images": [perception.N] * len(dots),
    }
    return figure, table


def _add(figure: Figure, group: str, members: Sequence[Dot], chosen: str, column: int) -> None:
    figure.add_scatter(
        x=[0.0 if dot.mse is None else dot.mse for dot in members], y=[dot.frechet for dot in members], name=group,
        mode="lines+markers" if members[0].line else "markers",
        line={"color": members[0].colour, "width": 1.5 if members[0].colour == CODEC else 2, "dash": members[0].dash},
        marker={
            "symbol": [dot.symbol for dot in members], "color": [dot.colour for dot in members],
            "size": [15 if dot.id == chosen else 9 for dot in members],
            "line": {"width": [2 if dot.id == chosen else 0 for dot in members], "color": TOTAL},
        },
        customdata=[dot.id for dot in members],
        text=[_words(dot) for dot in members], hovertemplate="%{text}<extra></extra>",
        row=1, col=column,
    )  # fmt: skip


def _words(dot: Dot) -> str:
    mse = "" if dot.mse is None else f"MSE {dot.mse:.4f}, "
    return f"{dot.title}<br>{mse}Fréchet distance {dot.frechet:.3g}"


def _choose() -> None:
    """What was clicked on is what the box says."""
    selected = st.session_state[_KEY].selection.points
    if selected and (clicked := selected[0].get("customdata")):
        st.session_state["dot"] = clicked[0] if isinstance(clicked, (list, tuple)) else clicked
