"""The images that a run is watched on, where there is no run to show them yet."""

from __future__ import annotations

import streamlit as st

from explorer.config import TrainConfig
from explorer.ui.charts import pictures
from explorer.ui.shell import cache, reading_now


def show_originals(config: TrainConfig) -> None:
    """Of a run that gets ready; ExplorerError if its images can't be had."""
    reading = cache.reading(config.source, config.data_path)
    if reading and reading.active:
        reading_now.follow(reading, "fragment")
        return
    if reading and reading.cancelled:
        reading_now.say_cancelled(reading, "fragment")
        return
    images = cache.image_set(config.source, config.data_path)
    originals = images.images[images.probes()].transpose(0, 2, 3, 1)
    pictures.show_rows("probes", [pictures.Row("Originals", originals)], kind="aligned")
    if config.prior:
        st.caption("Its model encodes all of them first. What it draws itself comes with its first step.")
    else:
        st.caption("What it makes of these comes with its first step.")
