"""The view Between: from one sample to another, through the prior and straight through the latent."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.analysis import sheets
from explorer.glossary import TERMS
from explorer.nets.family import Family
from explorer.ui.charts import pictures, tables
from explorer.ui.components import downloads, morph, terms
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.samples import asking, missing, rows
from explorer.ui.samples.chosen import Chosen
from explorer.ui.samples.rows import Known
from explorer.ui.shell import address, cache, morphing, pickers, views

if TYPE_CHECKING:
    from explorer.analysis.interpolation import Walk

FRAMES = 17  # of the morph: small enough steps to look smooth
FILM = 33  # of the film; made when asked for
STEPS = 12  # from noise to picture: twice as many change hardly a pixel, and take twice as long
_TITLES = {"prior": "Through the prior", "line": "Straight line in the latent", "fade": "Pixel cross-fade"}


class Ends(NamedTuple):
    """Two draws, by their seeds, and the prior between them: of a class, and with how much guidance, or of any."""

    chosen: Chosen
    known: Known
    seeds: tuple[int, int]
    label: int | None = None
    class_name: str = ""
    guidance: float = 1.0

    @property
    def key(self) -> tuple:
        step = self.known.trained.step if self.known.trained else 0
        return *self.chosen.key, self.known.key, step, self.seeds, self.label, self.guidance

    @property
    def of_class(self) -> str:
        """For titles and names of files; empty of any class."""
        return f"{self.class_name}, guidance {self.guidance:g}" if self.class_name else ""


def why_not(family: Family) -> str:
    """Why there is nothing between samples of a family; empty if there is."""
    if family.posterior != "codes":
        return ""
    return f"{views.a(family)} paints from codes, and between two codes there is nothing."


def show(chosen: Chosen) -> None:
    """A morph between two samples, as Interpolate has it between two images; below it the film, to take away."""
    known = [each for each in rows.known(chosen.model) if each.record.path or each.record.given]
    there = sorted((each for each in known if not each.missing), key=lambda each: each.record.given)
    lacking = [each for each in known if each.missing]
    picture, of_class = st.container(), st.container()
    foot = st.container(horizontal=True, vertical_alignment="bottom")
    if there:
        with foot:
            ends = _choose(chosen, there)
        with of_class:
            ends = _of_class(ends)
        with picture, st.spinner("Carrying noise to pictures", show_time=True):
            sheet = _sheet(ends.key, ends)
        with picture:
            morphing.show(sheet, "between")
        with foot:
            _offer(ends)
        _say(ends)
    for each in lacking:
        missing.offer(chosen, each.record)


def _choose(chosen: Chosen, there: list[Known]) -> Ends:
    titles = {each.key: rows.title(each) for each in there}
    first = next(iter(titles))
    key = st.selectbox(
        "Prior",
        list(titles),
        format_func=titles.__getitem__,
        width=220,
        **address.choice("prior", "prior", titles, first),
    )
    a, b = (
        int(st.number_input(label, 1, pickers.MAX_SEED, seed, width=130, **_seed(name, seed)))
        for label, name, seed in (("From draw", "from", 1), ("To draw", "to", 2))
    )
    st.button("Other draws", icon=":material/shuffle:", on_click=_draw_others)
    return Ends(chosen, next(each for each in there if each.key == key), (a, b))


def _of_class(ends: Ends) -> Ends:
    """The same of a class, where the prior knows any and somebody wants one."""
    names = asking.class_names(ends.chosen, ends.known)
    label = asking.choose_class(names) if names else None
    if label is None:
        return ends
    return ends._replace(label=label, class_name=names[label], guidance=asking.choose_guidance())


def _seed(name: str, default: int) -> dict:
    return address.number(name, "draw", 1, pickers.MAX_SEED, default)


def _draw_others() -> None:
    st.session_state.update({name: random.randrange(1, pickers.MAX_SEED + 1) for name in ("from", "to")})


def _walks(ends: Ends, count: int = FRAMES) -> dict[str, Walk]:
    return _made(ends.key, count, ends)


@st.cache_data(max_entries=64, show_spinner=False)
def _made(key: tuple, count: int, _ends: Ends) -> dict[str, Walk]:
    from explorer.analysis import between_samples

    prior = cache.prior(_ends.chosen.model, _ends.known.key, _ends.chosen.images)
    carry = partial(prior.carry, label=_ends.label, guidance=_ends.guidance)
    if prior.record.path:
        carry = partial(carry, steps=STEPS)
    return between_samples.walks(_ends.chosen.net, carry, _ends.seeds, count)


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(key: tuple, _ends: Ends) -> Shelved:
    found = _walks(_ends)
    tracks = [morph.Track(_TITLES[way], walk.frames, _below(walk)) for way, walk in found.items()]
    frames = found["prior"].frames
    a, b = (
        morph.End(name, frames[at], f"draw {seed}")
        for name, at, seed in (("A", 0, _ends.seeds[0]), ("B", -1, _ends.seeds[1]))
    )
    readout = [f"t = {i / (FRAMES - 1):.2f}" for i in range(FRAMES)]
    return shelve(morph.sheet(tracks, (a, b), readout, "Position from A to B"))


def _below(walk: Walk) -> list[str]:
    """What stands below each frame."""
    return [f"|z| = {length:.1f}" for length in walk.norms or ()] or ["mixed pixels, no latent"] * len(walk.frames)


def _say(ends: Ends) -> None:
    from explorer.analysis import between_samples, samples_words

    found, model = _walks(ends), ends.chosen.model
    prior, line = (between_samples.sharpness_half_way(found[way]) for way in ("prior", "line"))
    dims = f"{model.latent_dim:,}"
    says = {"latent": TERMS["latent"].says(size=model.latent_size), "prior": TERMS["prior"].says(dims=dims)}
    terms.caption(samples_words.half_way(prior, line, model.latent_size, ends.known.record.given), says)


def _offer(ends: Ends) -> None:
    model = ends.chosen.model
    draws = f"{ends.seeds[0]} to {ends.seeds[1]}"
    stem = downloads.file_name("between-samples", tables.of_model(model), ends.of_class, draws)
    downloads.button("GIF", f"{stem}.gif", partial(_film, ends), "between-film", icon="download")
    downloads.button("Filmstrip as PNG", f"{stem}.png", partial(_filmstrip, ends), "between-strip", icon="download")


def _film(ends: Ends) -> bytes:
    return sheets.ping_pong_gif(sheets.side_by_side([walk.frames for walk in _walks(ends, FILM).values()]))


def _filmstrip(ends: Ends) -> bytes:
    found = {way: walk.every(2) for way, walk in _walks(ends).items()}
    lines = [pictures.Row(_TITLES[way], walk.frames) for way, walk in found.items()]
    count = len(lines[0].images)
    columns = [f"t = {i / (count - 1):.2f}" for i in range(count)]
    title = f"From draw {ends.seeds[0]} to draw {ends.seeds[1]}: {rows.title(ends.known)}, {ends.chosen.model.title}"
    return sheets.labelled_png(lines, columns, ", ".join(filter(None, (title, ends.of_class))))
