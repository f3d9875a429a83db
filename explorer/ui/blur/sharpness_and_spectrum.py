"""Section of Blur: how much of each frequency is left, of reconstructions and of pictures of the prior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.analysis import blur_words, samples
from explorer.data import ImageSet
from explorer.models import Model
from explorer.nets import FAMILIES
from explorer.ui.blur import loupe, spectra
from explorer.ui.blur.measuring import measured
from explorer.ui.charts import figures, tables
from explorer.ui.shell import cache


def show(images: ImageSet, shown: list[Model]) -> None:
    """Two charts, conclusions, and a table of all measures."""
    lines = spectra.lines(shown, measured(images, shown))
    of = (loupe.told_of(shown), images.name, f"{lines[0].blur.images:,} images")
    left, right = st.columns(2, gap="large")
    with left:
        figures.show_figure("power-kept", figures.drawn(spectra.kept, lines, of=of), key="kept")
    found = [(line.model, line.blur) for line in lines]
    st.html(
        tables.models_table(
            [tables.Rated(line.model.title, line.style.colour, line.blur, line.style.border) for line in lines]
        )
    )
    st.caption(blur_words.sharp_close_and_right([line.blur for line in lines]))
    with st.expander("In words, and how it was measured"):
        st.markdown(f"{blur_words.power_lost(found)} {blur_words.blur_without_kl(found)}")
        st.caption(blur_words.how_spectra_are_measured(lines[0].blur.images))
    with right:  # at last: drawing from priors takes a while
        figure = figures.drawn(spectra.spectrum, lines, of_priors(images, lines), of=of)
        figures.show_figure("power-spectrum", figure, key="spectrum")


def of_priors(images: ImageSet, lines: Sequence[spectra.Line]) -> list[tuple[spectra.Line, np.ndarray]]:
    """Power spectra, (16,), of what is drawn from N(0, 1), or if a model has no such prior of what knows its images."""
    found, bar = [], st.empty()
    for i, line in enumerate(lines):
        own = [prior.key for prior in blur_words.drawn_from(FAMILIES[line.model.family])]
        prior = "normal" if "normal" in own else own[-1]
        bar.progress(i / len(lines), f"Drawing {samples.SAMPLES:,} pictures from the prior of {line.model.title}")
        found.append((line, cache.prior_samples(line.model, prior, images, 0).spectrum))
    bar.empty()
    return found
