"""Interpolate: what lies between two pictures."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from explorer.analysis import interpolation_words
from explorer.glossary import TERMS
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.charts import pictures
from explorer.ui.components import terms
from explorer.ui.interpolate import files, frames, pair
from explorer.ui.interpolate.pair import Pair
from explorer.ui.shell import frame, morphing, sidebar
from explorer.ui.shell.picture_first import PictureFirst

SENTENCE = "Drag from A to B: two ways through latent space, and a plain mix of pixels as control."
_SHOWN = "interpolated"  # the pair that is on the screen


@frame.fragment
def interpolate() -> None:
    with frame.explained_errors(), PictureFirst() as order:
        images = sidebar.chosen_images()
        head, picture = st.container(), st.container()
        with st.container(key="ends"), order.later():
            ends, steps = pair.choose(images, frames.STEPS)
        with head:
            frame.title("Interpolate", SENTENCE, {"latent": what_the_latent_is(ends.model)})
        with picture:
            morphing.show(frames.sheet(ends))
        strip = frames.strip(ends, steps)
        rows = [
            pictures.Row(frames.TITLES[path], walk.frames, frames.lengths(walk) or frames.times(steps))
            for path, walk in strip.items()
        ]
        with nullcontext() if st.session_state.get(_SHOWN) == ends.key else order.later():  # first the morph
            pictures.show_rows("interpolation", rows, kind="aligned")
        st.session_state[_SHOWN] = ends.key
        with order.later():
            terms.caption(f"{ends.why} {what_to_see(ends)}".strip(), {"prior": what_the_prior_is(ends.model)})
            files.offer(ends, strip)


def what_to_see(ends: Pair) -> str:
    """Measured on this pair, in words."""
    walks, model = frames.walks(ends), ends.model
    line, arc = (walks[path].norms or [] for path in ("lerp", "slerp"))
    return interpolation_words.latent_lengths(line, arc, model.latent_dim, FAMILIES[model.family])


def what_the_latent_is(model: Model) -> str:
    if FAMILIES[model.family].posterior != "gaussian":
        return TERMS["latent"].says(size=model.latent_size)
    drawn = f"about {usual(model)} long where it is drawn from the prior"
    return TERMS["latent"].template(f"Here it is {model.latent_size}, {drawn}.")


def what_the_prior_is(model: Model) -> str:
    if FAMILIES[model.family].posterior == "gaussian":
        drawn = f"a draw is about {usual(model)} long"
        return TERMS["prior"].template(f"Here it is N(0, 1) for each of {model.latent_size}: {drawn}.")
    return TERMS["prior"].template("This model learnt none.")


def usual(model: Model) -> str:
    """How long a draw of the prior is, in words."""
    return f"{interpolation_words.usual_length(model.latent_dim):.1f}"


interpolate()
