"""One map with as many made-up images as the address says, at every beta: what latent_map.py times."""

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

STOPS = 11


def draw() -> None:
    from explorer.analysis.latents import plane
    from explorer.analysis.latents.cloud import Cloud
    from explorer.analysis.latents.place import Crowd
    from explorer.models import DEFAULT
    from explorer.ui.components import latent_map, live
    from explorer.ui.components.latent_map import Colouring, MapData, Stops, View
    from explorer.ui.components.shelved import shelve

    count = int(st.query_params["n"])
    rng = np.random.default_rng(0)
    mu = rng.normal(size=(count, 128)).astype(np.float32)
    axes = plane.principal(Cloud(mu, mu, mu, mu[:, 0]))
    shrunk = np.linspace(1, 0.1, STOPS, dtype=np.float32)[:, None, None]
    crowd = Crowd(12.0, mu.mean(axis=0), 1.0)
    places, beside = axes.coordinates(mu), axes.beside(mu)
    data = MapData(
        names=[f"image {i}" for i in range(count)],
        plane=axes,
        coordinates=places,
        beside=beside,
        crowd=crowd,
        average="in the middle",
        verdicts=[(float("inf"), "somewhere")],
        model=DEFAULT,
        beta=0.001,
        step=0,
        shell=11.3,
        colourings=[Colouring("kind", "Kind", np.arange(count) % 10, tuple(f"kind {i}" for i in range(10)))],
        stops=Stops(np.logspace(-5, 0, STOPS).tolist(), places * shrunk, beside * shrunk[..., 0], [crowd] * STOPS),
    )
    pixels = rng.integers(0, 256, (count, 3, 4, 4), dtype=np.uint8).repeat(8, axis=2).repeat(8, axis=3)
    live.open_line()
    latent_map.show(shelve(latent_map.payload(data)), latent_map.pictures(pixels), View(), "map", lambda: None)


if get_script_run_ctx(suppress_warning=True) is not None:
    st.set_page_config(layout="wide")
    draw()
elif __name__ != "__mp_main__":
    from explorer.ui.shell import server

    serving = server.start()
    app = st.App(__file__, routes=serving.routes, middleware=serving.middleware, lifespan=serving.lifespan)
