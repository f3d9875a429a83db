"""What the images are that were drawn around on the map, and ways on with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from explorer.analysis.latents.colourings import Colouring
from explorer.ui.charts import pictures, tables
from explorer.ui.components import downloads
from explorer.ui.latents.axes import Axes
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import frame, pickers

_SHOWN = 8  # images, as many as Compare and Blur show at once


def show(
    chosen: Chosen, mask: np.ndarray, mu: np.ndarray, axes: Axes, colourings: Sequence[Colouring], by_place: bool,
    beta: float | None,
) -> None:  # fmt: skip
    """Those of N images that are selected, bool (N,), at their latents, float32 (N, width), decoded at a beta, if any.

    `by_place` says whether they were chosen by where they lie on the plane.
    """
    from explorer.analysis.latents import cloud, selection, selection_words

    count = int(mask.sum())
    if not count:
        st.info("Nothing is selected here: no image lies in that area.", icon=":material/gesture:")
        return
    net = chosen.net if beta is None else chosen.net.at(beta)
    members = np.flatnonzero(mask)
    first = members[selection.most_typical(mu[mask], _SHOWN)]
    mean = selection.mean_image(chosen.pixels[mask])
    decoded = cloud.decode(net, mu[mask].mean(axis=0)[None])
    row = np.concatenate(
        [pictures.to_uint8(mean[None]), pictures.to_uint8(decoded), chosen.pixels[first].transpose(0, 2, 3, 1)]
    )
    captions = ["mean image", "mean latent, decoded", *(chosen.names[i] for i in first.tolist())]
    st.markdown(
        f"**{count:,} of {len(mask):,} images selected**; shown are their means, and the images nearest to these."
    )
    pictures.show_rows("selection", [pictures.Row("Selection", row, captions)])
    said = [
        selection_words.classes(chosen.labels[mask], chosen.labels, chosen.images.class_names),
        selection_words.spread(selection.spread(mu[mask]), selection.spread(mu), count),
    ]
    if count < len(mask):
        said.append(selection_words.dimensions(selection.tell_apart(mu, mask), by_place))
    st.markdown(frame.plain("  \n".join(said)).replace("\\  \n", "  \n"))
    with st.container(horizontal=True, vertical_alignment="center", key="selection-ways"):
        coordinates = axes.plane.coordinates(mu)[mask]
        classes = [chosen.images.class_names[label] for label in chosen.labels[mask].tolist()]
        measured = [Colouring(c.key, c.title, c.values[mask], unit=c.unit) for c in colourings if not c.categories]
        made = partial(selection.table, chosen.numbers[mask], classes, axes.plane.names, coordinates, measured)
        stem = downloads.file_name("selection", tables.of_model(chosen.model), chosen.images.name)
        downloads.button("CSV", f"{stem}.csv", made, "selection-csv", icon="table", spoken="Selection as CSV")
        query = pickers.picked_query(chosen.images, chosen.split, chosen.numbers[first].tolist())
        st.page_link(
            "explorer/pages/compare.py", label="To Compare", icon=":material/compare:",
            query_params=query | {"model": chosen.model.id},
        )  # fmt: skip
        st.page_link("explorer/pages/blur.py", label="To Blur", icon=":material/biotech:", query_params=query)
    if count > len(first):
        st.caption(f"To Compare and Blur go the {len(first)} of them that are nearest to their mean.")
