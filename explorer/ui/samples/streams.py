"""Bytes an image: a model's nats as real streams of an entropy coder."""

from __future__ import annotations

import html

import streamlit as st

from explorer import fitted, units
from explorer.analysis.coding import range_coder, rates
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.shell import cache

_KNOWS = {  # by the keys of `rates.Symbols.models`, without those of priors that were trained
    "normal": "the prior, N(0, 1)",
    "uniform": "nothing: each code alike",
    "frequency": "how often training images use each",
}


def show(model: Model, images: ImageSet) -> None:
    """A table: who knows what, what that takes in nats, and what a stream takes in bytes."""
    if FAMILIES[model.family].posterior == "point":
        st.caption(f"{model.title} has no bytes an image: its latent is a point, which no number of them tells.")
        return
    if not range_coder.available():
        st.info("Bytes an image need the entropy coder: pip install constriction", icon=":material/compress:")
        return
    mse, found = cache.streams(model, images)
    learnt = {each.id: f"which codes follow which: {html.escape(each.title)}" for each in fitted.of(model)}
    knows = _KNOWS | learnt
    rows = "".join(
        f'<tr class="first"><th scope="row">{knows[key]}</th><td style="white-space: nowrap">{each.nats:,.1f}</td>'
        f"<td>{units.nats_to_bytes(each.nats):,.2f}</td><td><b>{each.together:,.2f}</b></td><td>{each.alone:,.1f}</td></tr>"
        for key, each in found.items()
    )
    count = next(iter(found.values())).images
    st.html(
        '<div class="numbers words" role="group" aria-label="Bytes an image" tabindex="0"><table><thead><tr>'
        '<th scope="col">Bytes an image <small>by what both sides know</small></th>'
        '<th scope="col">nats <small>an image</small></th>'
        '<th scope="col">in bytes</th><th scope="col">stream of all <small>bytes an image</small></th>'
        f'<th scope="col">of each alone</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    grid = (
        " A VAE's nats are the price of a noisy z, which no stream holds: here its mean is rounded to a grid that errs "
        "as much, which costs up to a quarter of a bit more for each dimension in use."
    )
    over = max(each.overhead for each in found.values())
    st.caption(
        f"Latents of {count:,} held-out images through an arithmetic coder: one stream of all of them takes at most "
        f"{over:.2g} bytes an image more than nats say. Pictures from them have MSE {mse:.4f}. Nets aren't counted: "
        f"both sides have them. Frequencies are of up to {rates.KNOWN:,} training images."
        + (grid if FAMILIES[model.family].posterior == "gaussian" else "")
    )
