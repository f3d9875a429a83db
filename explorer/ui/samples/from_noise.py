"""The view From noise: samples on their way from noise to picture, which follow the hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer import fitted, models, priors
from explorer.analysis import from_noise_words, sheets
from explorer.fitted import FittedPrior
from explorer.live.sampling import MOST_STEPS
from explorer.models import Model
from explorer.nets import CELLS
from explorer.priors import PriorRecord
from explorer.ui.components import downloads, from_noise, terms
from explorer.ui.components.from_noise import ANY, EACH, MANY, Scene, State
from explorer.ui.samples import asking
from explorer.ui.samples.chosen import Chosen, opens_on
from explorer.ui.samples.rows import Known
from explorer.ui.shell import address, cache, frame, pickers

if TYPE_CHECKING:
    from explorer.analysis.from_noise import Way

STEPS = 20  # that a flow's way opens with
FILM, STRIP = 33, 9  # moments in a GIF, at most, and columns of a PNG
_ACROSS = 4  # pictures beside each other in a GIF


@frame.fragment
def show(chosen: Chosen) -> None:
    """Draw it, or say what leads to such a way."""
    found = on_their_way(chosen.model)
    if not found:
        _say_why(chosen)
        return
    prior = _choose(found)
    scene = _scene(chosen, prior)
    state = asked(scene)
    version = repr((chosen.model.version, prior.version, prior.digest))
    told = bool(address.asked("draw") and (address.asked("draw-me") or not scene.classes))
    from_noise.show(scene, version, terms.templates(guess=None, guidance=None), state, told, partial(_keep, scene))
    if scene.cells:
        st.caption(from_noise_words.of_codes(scene.cells))
        with st.container(horizontal=True, key="from-noise-ways-on"):
            _lead_on(chosen)
    else:
        st.caption(from_noise_words.of_way(state.steps, chosen.net.width))
    _offer(chosen.model, prior, scene, state)


def _scene(chosen: Chosen, prior: FittedPrior) -> Scene:
    record = priors.PRIORS[prior.key]
    classes = tuple(asking.class_names(chosen, Known(record, prior)))
    cells = 0 if record.path else CELLS
    return Scene(chosen.model.id, prior.id, classes, asking.GUIDANCES, cells, cells or MOST_STEPS)


def opens(scene: Scene) -> State:
    """What is seen where the address says nothing."""
    return State(1, EACH if scene.classes else ANY, asking.GUIDANCE, scene.cells or STEPS, 1.0, False, 1)


def on_their_way(model: Model) -> list[FittedPrior]:
    """Priors of a model that take many steps to their samples."""
    return [each for each in fitted.of(model) if _takes_steps(priors.PRIORS[each.key])]


def _takes_steps(record: PriorRecord) -> bool:
    """Whether it goes from noise, or says codes one after the other."""
    return record.path or (record.trained and "codes" in record.latents)


def _choose(found: Sequence[FittedPrior]) -> FittedPrior:
    """The widget, where there are several."""
    if len(found) == 1:
        return found[0]
    by_id = {each.id: each for each in found}
    titles = {each.id: each.title for each in found}
    first = found[0].id
    chosen: str = st.selectbox(
        "Prior", list(titles), format_func=titles.__getitem__, width=320,
        **address.choice("prior", "prior", titles, first),
    )  # fmt: skip
    return by_id[chosen]


def _say_why(chosen: Chosen) -> None:
    """Why there is no way to go, and what has one."""
    fit = priors.fitting(chosen.family)
    at_once = [record.title for record in fit if not _takes_steps(record)]
    st.info(from_noise_words.no_way(frame.plain(chosen.model.title), at_once), icon=":material/signpost:")
    with st.container(horizontal=True, vertical_alignment="center", key="from-noise-ways-on"):
        _lead_on(chosen)
        for record in filter(_takes_steps, fit):
            st.page_link(
                "explorer/pages/train.py", label=f"Train one: {record.title}", icon=":material/monitoring:",
                query_params={"prior": record.key, "prior_of": chosen.model.id},
            )  # fmt: skip


def _lead_on(chosen: Chosen) -> None:
    """To samples of this model in a view that it has, and to a model whose samples come from noise."""
    words = f"Side by side of {frame.plain(chosen.model.title)}"
    st.button(words, on_click=lambda: st.session_state.update(view="side"))
    going = [model for model in models.shipped() if any(priors.PRIORS[each.key].path for each in fitted.of(model))]
    if other := min(going, key=lambda model: model.id != opens_on(chosen.images), default=None):
        words = f"From noise with {frame.plain(other.title)}"
        st.button(words, on_click=partial(address.write, model=other.id, prior=None))


# -- the address -------------------------------------------------------------------------------------------------------

_PARAMETERS = {
    "draw": "draw", "label": "draw-me", "guidance": "guidance", "steps": "steps", "time": "t", "guess": "guess",
    "picture": "sample",
}  # fmt: skip


def asked(scene: Scene) -> State:
    """What the address says."""
    first = opens(scene)
    said = address.asked("draw-me")
    label = {asking.called(name): name for name in scene.classes}.get(said, said) or first.label
    if label not in (first.label, ANY, *scene.classes):
        address.refuse("draw-me", "class", "one of each" if first.label == EACH else "anything")
        label = first.label
    guidance = _asked_share("guidance", "guidance", scene.guidances[-1], first.guidance)
    return State(
        draw=address.asked_number("draw", "draw", 1, pickers.MAX_SEED, first.draw),
        label=label,
        guidance=min(scene.guidances, key=lambda stop: abs(stop - guidance)),
        steps=address.asked_number("steps", "number of steps", 1, scene.most, first.steps),
        time=_asked_share("t", "time", 1.0, first.time),
        guess=address.asked("guess") == "1",
        picture=address.asked_number("sample", "sample", 1, MANY, first.picture),
    )


def _asked_share(name: str, what: str, most: float, default: float) -> float:
    text = address.asked(name)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 <= value <= most:
        return value
    if text:
        address.refuse(name, what, f"{default:g}", f"which is none from 0 to {most:g}")
    return default


def _keep(scene: Scene) -> None:
    """What is seen goes into the address: draw and class always, all else where it is not what the view opens with."""
    if st.session_state.get("view") != "noise":  # what comes late: another view stands there, and may say draws too
        return
    said, first = from_noise.chosen(), opens(scene)._asdict()
    always = {"draw", "label"} if scene.classes else {"draw"}
    texts = {name: _text(value) if name in always or value != first[name] else None for name, value in said.items()}
    address.write(**{_PARAMETERS[name]: text for name, text in texts.items()})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


# -- files -------------------------------------------------------------------------------------------------------------


def _offer(model: Model, prior: FittedPrior, scene: Scene, state: State) -> None:
    """The way as a film and as a strip, made when asked for."""
    label = "" if state.label == ANY else state.label
    name = downloads.file_name("from-noise", model.title, prior.title, label, f"draw {state.draw}")
    walked = partial(walk, model, scene, state)
    title = f"{model.title}, {prior.title}: draw {state.draw}, {state.steps} steps"
    with st.container(key="from-noise-files", horizontal=True, vertical_alignment="center"):
        downloads.button("GIF", f"{name}.gif", partial(gif, walked, state.guess), "from-noise-film", icon="download")
        made = partial(strip, walked, labels(scene.classes, state), title, state.guess)
        downloads.button("Filmstrip as PNG", f"{name}.png", made, "from-noise-strip", icon="download")


def labels(classes: Sequence[str], state: State) -> list[str]:
    """The class of each of `MANY` pictures, by name; none if any may come."""
    if state.label == ANY:
        return []
    return [classes[i % len(classes)] if state.label == EACH else state.label for i in range(MANY)]


def walk(model: Model, scene: Scene, state: State) -> Way:
    """All moments of `MANY` samples, as they are seen on the screen.

    Raises
    ------
    ExplorerError
        If the prior or the model can't be loaded.
    """
    from explorer.analysis import from_noise as analysis

    label = tuple(scene.classes.index(name) for name in labels(scene.classes, state)) or None
    prior, net = cache.trained_prior(model, scene.prior), cache.net(model)
    guidance = state.guidance if label else 1.0
    return analysis.way(net, analysis.moments(prior, net, MANY, state.draw, label, guidance, state.steps))


def _thinned(way: Way, guess: bool, most: int) -> tuple[list[float], np.ndarray]:
    """Up to so many of its moments, the first and the last among them: times, and uint8 (m, n, 32, 32, 3)."""
    pictures = way.guesses if guess else way.pictures
    at = np.linspace(0, len(pictures) - 1, min(most, len(pictures))).round().astype(int)
    return [way.times[i] for i in at], pictures[at]


def gif(walked: Callable[[], Way], guess: bool) -> bytes:
    """All samples in a rectangle, there and back for ever."""
    _, shown = _thinned(walked(), guess, FILM)
    lines = [sheets.side_by_side(list(part.swapaxes(0, 1))) for part in np.split(shown, MANY // _ACROSS, axis=1)]
    white = np.full((len(shown), 2, lines[0].shape[2], 3), 255, np.uint8)
    return sheets.ping_pong_gif(np.concatenate([part for line in lines for part in (white, line)][1:], axis=1), scale=4)


def strip(walked: Callable[[], Way], named: Sequence[str], title: str, guess: bool) -> bytes:
    """A row a sample, a column a moment: PNG."""
    times, shown = _thinned(walked(), guess, STRIP)
    rows = [sheets.Row(named[i] if named else f"Sample {i + 1}", shown[:, i]) for i in range(shown.shape[1])]
    of = "what it already holds the end to be at each time" if guess else ""
    return sheets.labelled_png(rows, [f"t = {time:.2f}" for time in times], title, of=of)
