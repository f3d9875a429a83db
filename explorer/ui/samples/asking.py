"""What is asked of every prior: which draw, a picture of what, and how much of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.data.cifar10_batches import CLASS_NAMES
from explorer.ui.components.from_noise import EACH
from explorer.ui.samples.chosen import Chosen
from explorer.ui.samples.rows import Asked, Known
from explorer.ui.shell import address, cache, pickers

_ANY = "anything"
GUIDANCES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)  # 1: as was learnt, without any
GUIDANCE = 2.0
_NAMES = {"cifar10": CLASS_NAMES}  # of classes of images that need not be at hand, by their source


def choose(chosen: Chosen, known: Sequence[Known]) -> Asked:
    """The widgets: of classes only where one of the priors knows any."""
    names = next((names for each in known if (names := class_names(chosen, each))), ())
    label = choose_class(names) if names else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw = pickers.choose_draw()
        guidance = 1.0 if label is None else choose_guidance()
    return Asked(draw, label, "" if label is None else names[label], guidance)


def class_names(chosen: Chosen, known: Known) -> Sequence[str]:
    """What a prior can be asked for; empty if it knows no classes."""
    if known.trained is None or not known.record.labelled:
        return ()
    classes = cache.prior(chosen.model, known.key, chosen.images).classes
    names: Sequence[str] = _NAMES.get(chosen.model.source, ())
    if chosen.model.source == chosen.images.source:
        names = chosen.images.class_names
    return names if len(names) == classes else ()


def choose_class(names: Sequence[str]) -> int | None:
    """Which of the classes; None for any."""
    address.pass_over("draw-me", EACH)
    said = {_ANY: _ANY} | {name: called(name) for name in names}
    chosen = st.pills(
        "Draw me", list(said), default=_ANY, required=True, format_func=said.__getitem__,
        **address.choice("draw-me", "class", said, _ANY),
    )  # fmt: skip
    return None if chosen == _ANY else list(names).index(chosen)


def called(name: str) -> str:
    """One of a class: "a horse"."""
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def choose_guidance() -> float:
    """How far to go beyond what a class changes."""
    stops = {each: f"{each:g}" for each in GUIDANCES}
    return st.select_slider(
        "Guidance", GUIDANCES, GUIDANCE, format_func=stops.__getitem__, width=260,
        help="How far to go beyond what the class changes: more is more of a horse, and fewer kinds of horses.",
        **address.choice("guidance", "guidance", stops, GUIDANCE),
    )  # fmt: skip
