"""Components of our own, which move at the screen's rate: NAME.py beside its NAME.html, NAME.js and NAME.css.

Their scripts are modules that import what several need from shared/, and parts of their own from NAME/, and are sent as
one text: there is no build. What a script is sent, and what it reports, stands with the function that sends it:
`payload` or `sheet`, and `show`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from explorer import palette

_FOLDER = Path(__file__).parent
_CONCEPTS = {
    "reconstruction": palette.RECONSTRUCTION,
    "kl": palette.KL,
    "beta": palette.BETA,
    "latent": palette.LATENT,
    "linear": palette.LINEAR,
    "spatial": palette.SPATIAL,
    "codes": palette.CODES,
    "codec": palette.CODEC,
}
CONCEPTS = " ".join(f"--{concept}: {colour};" for concept, colour in _CONCEPTS.items())
"""Colours of concepts, as declarations in CSS."""
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[^"]+)"\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|class|const) )", re.MULTILINE)


def register(name: str, with_styles_of_page: bool = False) -> ComponentRenderer:
    """The component whose files stand here; its styles know the palette's concepts as `var(--kl)` and the like.

    Or it has none of its own, but those of the page.
    """
    css = "\n".join([f":host {{ {CONCEPTS} }}", read(f"{name}.css"), SHARED_CSS])
    return st.components.v2.component(
        name,
        html=read(f"{name}.html"),
        css=None if with_styles_of_page else css,
        js=script(f"{name}.js"),
        isolate_styles=not with_styles_of_page,
    )


def script(name: str) -> str:
    """A script behind all that it imports, each once: from inside of a page no import would find its file.

    They share one scope, so no two of them may give different things the same name.
    """
    texts: dict[Path, str] = {}

    def add(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for imported in _IMPORT.findall(text):
            if (found := (path.parent / imported).resolve()) not in texts:
                add(found)
        texts[path] = _IMPORT.sub("", text)

    add((_FOLDER / name).resolve())
    *shared, own = texts.values()
    return "\n".join([*(_EXPORT.sub("", text) for text in shared), own])


def reported(key: str, name: str) -> Any:
    """What the component of a key reported last, for a callback; None if by then it has left the page."""
    return getattr(st.session_state.get(key), name, None)


def read(name: str) -> str:
    """A file that stands here; empty where a component has none of that kind."""
    path = _FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


SHARED_CSS = read("shared/terms.css") + read("shared/still.css")
"""What holds in components and around them: how words with an explanation look, and that nothing moves for some."""
