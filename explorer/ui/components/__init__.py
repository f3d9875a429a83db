"""Components of our own, which move at the screen's rate: NAME.py beside its NAME.html, NAME.js and NAME.css."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from explorer import palette

_FOLDER = Path(__file__).parent
_COLOURS = {
    "reconstruction": palette.RECONSTRUCTION,
    "kl": palette.KL,
    "beta": palette.BETA,
    "latent": palette.LATENT,
    "linear": palette.LINEAR,
    "spatial": palette.SPATIAL,
    "codes": palette.CODES,
}


def register(name: str) -> ComponentRenderer:
    """The component whose files stand here; its styles know the palette's concepts as `var(--kl)` and the like."""
    concepts = " ".join(f"--{concept}: {colour};" for concept, colour in _COLOURS.items())
    return st.components.v2.component(
        name, html=read(f"{name}.html"), css=f":host {{ {concepts} }}\n{read(f'{name}.css')}", js=read(f"{name}.js")
    )


def read(name: str) -> str:
    """A file that stands here; "" where there is none."""
    path = _FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
