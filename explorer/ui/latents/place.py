"""What is known of the place under the cross-hair, below the map."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.glossary import TERMS
from explorer.ui.charts import pictures
from explorer.ui.components import terms
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import address, frame
from explorer.units import nats_to_bits

if TYPE_CHECKING:
    from explorer.analysis.latents.place import Crowd, Neighbours
    from explorer.analysis.latents.plane import Plane

_NEIGHBOURS = 8
NO_BREAK = "\u00a0"


def show(chosen: Chosen, z: np.ndarray, mu: np.ndarray, crowd: Crowd, beta: float | None) -> None:
    """At a latent, float32 (width,), among those of the images, (N, width), decoded at a beta of its own, if any."""
    from explorer.analysis.latents import cloud, place, place_words

    net = chosen.net if beta is None else chosen.net.at(beta)
    picture = cloud.decode(net, z[None])[0]
    near = place.nearest(mu, z, _NEIGHBOURS)
    alike = place.most_alike(chosen.pixels, picture, _NEIGHBOURS)
    away = [f"{found / crowd.apart:.1f} \u00d7" if crowd.apart else f"{found:.2f}" for found in near.distances.tolist()]
    off = [f"{100 * found:.0f} % off" for found in alike.distances.tolist()]
    rows = [
        pictures.Row("Nearest in the latent", _pixels(chosen, near), _captions(chosen, near, away)),
        pictures.Row("Most like what is decoded, in pixels", _pixels(chosen, alike), _captions(chosen, alike, off)),
    ]
    pictures.show_rows("place", rows)
    words, explained = [place_words.distance(near, z, crowd, len(mu))], {}
    if chosen.family.posterior == "gaussian":
        density = place.Density(float(np.linalg.norm(z)), len(z))
        words.append(frame.plain(place_words.density(density, np.linalg.norm(mu, axis=1))))
        nats = abs(density.nats_per_dim)
        explained["nat"] = TERMS["nat"].says(nats=f"{nats:.2f}", bits=f"{nats_to_bits(nats):.2f}")
    else:
        words.append(place_words.NO_PRIOR)
    terms.markdown("  \n".join(words), explained)


def show_image(chosen: Chosen, name: str, pixels: np.ndarray, z: np.ndarray, plane: Plane, beta: float | None) -> None:
    """An image, uint8 (3, 32, 32), decoded from its own latent, (width,), and from where the map has it."""
    from explorer.analysis.latents import cloud

    net = chosen.net if beta is None else chosen.net.at(beta)
    on_the_plane = plane.at(plane.coordinates(z))
    own, flat = pictures.to_uint8(cloud.decode(net, np.stack([z, on_the_plane])))
    x, y = plane.coordinates(z).tolist()
    where = (
        f"where the map has it, {x:.2f}, {y:.2f}: {float(plane.beside(z[None])[0]):.1f} from there to its own latent"
    )
    shown = [(name, pixels.transpose(1, 2, 0)), ("decoded from its own latent", own), (f"decoded {where}", flat)]
    pictures.show_beside("image", [pictures.Row(words, picture[None]) for words, picture in shown])


def show_own(
    chosen: Chosen, pixels: np.ndarray, plane: Plane, mu: np.ndarray, crowd: Crowd, beta: float | None
) -> None:
    """Where a person's own picture, uint8 (3, 32, 32), lies among them."""
    from explorer.analysis.latents import cloud, place, place_words

    net = chosen.net if beta is None else chosen.net.at(beta)
    z = cloud.encode(net, pixels[None]).mu[0]
    near = place.nearest(mu, z, _NEIGHBOURS)
    x, y = plane.coordinates(z).tolist()
    show_image(chosen, "your picture", pixels, z, plane, beta)
    away = [f"{found / crowd.apart:.1f} \u00d7" if crowd.apart else f"{found:.2f}" for found in near.distances.tolist()]
    nearest = pictures.Row("Nearest yours in the latent", _pixels(chosen, near), _captions(chosen, near, away))
    pictures.show_rows("own", [nearest])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Your picture: {place_words.distance(near, z, crowd, len(mu))}")
        st.button(
            "Walk there", icon=":material/my_location:", on_click=partial(address.write, at=f"{x:.4g}_{y:.4g}"),
            key="walk-to-own",
        )  # fmt: skip


def _pixels(chosen: Chosen, found: Neighbours) -> np.ndarray:
    return chosen.pixels[found.indices].transpose(0, 2, 3, 1)


def _captions(chosen: Chosen, found: Neighbours, values: list[str]) -> list[str]:
    return [
        f"{chosen.names[i]}, {value.replace(' ', NO_BREAK)}"
        for i, value in zip(found.indices.tolist(), values, strict=True)
    ]
