"""Samples of N(0, 1) beside those of a mixture that was fitted to where images lie."""

from __future__ import annotations

import streamlit as st

from explorer.analysis import beta_words, samples
from explorer.analysis.prior_gap import Gap
from explorer.data import ImageSet
from explorer.models import Model
from explorer.priors.mixture import COMPONENTS
from explorer.ui.beta import gaps
from explorer.ui.charts import pictures
from explorer.ui.shell import cache

TITLE = "N(0, 1) or a mixture"


def show(model: Model, images: ImageSet, seed: int) -> None:
    """A row of pictures each, and whether the mixture helps."""
    gap = gaps.known(model).by_beta.get(model.beta)
    fitted = len(images.some("train", samples.FITTED_ON))
    with st.empty(), st.spinner(f"Fitting a mixture to encodings of {fitted:,} images"):
        found = {name: cache.prior_samples(model, name, images, seed).pictures for name in ("normal", "mixture")}
    rows = [
        pictures.Row("N(0, 1)", found["normal"], detail=_judged(gap and gap.normal)),
        pictures.Row("Mixture", found["mixture"], detail=_judged(gap and gap.mixture)),
    ]
    pictures.show_rows("priors", rows, kind="aligned")
    st.caption(_words(gap, model, fitted, images.name))


def _judged(share: float | None) -> str:
    return "" if share is None else f"a judge finds {100 * share:.0f} in 100"


def _words(gap: Gap | None, model: Model, fitted: int, name: str) -> str:
    what = (
        f"The mixture's {COMPONENTS} Gaussians are fitted to z of {fitted:,} training images of {name} at this "
        "beta: it knows where images lie."
    )
    return what if gap is None else f"{what} {beta_words.mixture_beside_normal(gap.normal, gap.mixture)}"
