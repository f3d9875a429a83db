"""Directions: what happens along the latent's dimensions, along what means something, and around an image."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.data import SUBJECTS
from explorer.glossary import TERMS
from explorer.in_use import IN_USE_NATS
from explorer.nets import CELLS
from explorer.ui.components import latent_sliders, terms
from explorer.ui.components.latent_sliders import Nearest, Slot, Start, State
from explorer.ui.components.shelved import Shelved, shelve
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import address, frame, pickers, upload
from explorer.units import nats_to_bits

if TYPE_CHECKING:
    from explorer.analysis.latents.directions import Direction

DIMENSIONS, MEANINGS, LOCAL, SUM = "dimensions", "meanings", "local", "sum"
WAYS = {DIMENSIONS: "Dimensions", MEANINGS: "Attributes", LOCAL: "Local", SUM: "a \u2212 b + c"}
SHOWN = 16  # dimensions with most KL
LOCALS = 12  # directions around an image
ROW = 10  # images to start from
NEAREST = 8
TOGETHER = 0.5  # correlation from which a dimension is said to go with something
MEAN, OWN = "mean", "own"
_FARTHEST = 1e3  # a strength, as of `explorer.live.decoding`
_OF = "~"  # in the address, between a model and what was moved of it
_SEEN = "own-start"  # in the session: the uploaded picture that the page went to


class Ways(NamedTuple):
    """Those that are shown, and names of what is hardly in the latent, so that there is no way along it."""

    shown: list[Direction]
    missing: tuple[str, ...] = ()


def show(chosen: Chosen) -> None:
    """Draw it."""
    with st.container(key="directions-head", horizontal=True, vertical_alignment="bottom"):
        ways = st.segmented_control(
            "Ways", list(WAYS), default=DIMENSIONS, required=True, format_func=WAYS.__getitem__,
            label_visibility="collapsed", on_change=_stand_still,
            **address.choice("along", "ways", WAYS, DIMENSIONS),
        )  # fmt: skip
        classes = _choose_classes(chosen) if ways == MEANINGS else None
    picture = st.container()
    with st.expander("Start from a picture of your own", icon=":material/add_photo_alternate:"):
        own = upload.uploaded_photo("Picture", key="photo")
    _go_to_own(own)
    with picture:
        _sliders(chosen, ways, classes, own)


@frame.fragment
def _sliders(chosen: Chosen, ways: str, classes: tuple[str, str] | None, own: np.ndarray | None) -> None:
    """All that follows a hand on the sliders."""
    seed = address.asked_number("row", "row of images", 0, pickers.MAX_SEED, 0)
    pool, row = pickers.row_of_images(chosen.images, ROW, seed)
    pixels = [(str(i), name, pool.images[j]) for i, (j, name) in enumerate(zip(row, pool.names(row), strict=True))]
    if own is not None:
        pixels.append((OWN, "your picture", own))
    starts = _starts(chosen, pixels)
    image = _asked_start("start", "image", starts, 0)
    a, b = (_asked_start(*asked) for asked in (("plus", "image a", starts, 1), ("minus", "image b", starts, 2)))
    also = _asked_dimensions(chosen) if ways == DIMENSIONS else []
    by_key = {start.key: start for start in starts}
    found, missing = _ways(chosen, ways, classes, also, *(by_key[key] for key in (image, a, b)))
    at = _asked_strengths()
    state = State(image, a, b, _moved() if at else "", address.asked("locked"), "*".join(map(str, also)))
    if not found:
        why = "a and b are the same" if ways == SUM else "these images are too few, or too much alike"
        st.info(f"There is no way to go: {why}. Choose others.")
    sheet = _sheet(chosen, ways, starts, found)
    z = _walked(by_key[image].z, ways, found, at)
    latent_sliders.show(sheet, state, _nearest(chosen, z), _keep, partial(_other_images, pool.name, seed))
    terms.caption(_words(chosen, ways, missing), _explained(chosen))


def _words(chosen: Chosen, ways: str, missing: Sequence[str]) -> str:
    """What the numbers are."""
    from explorer.analysis.latents.directions import HARDLY

    points = chosen.family.posterior == "point"
    order = {
        DIMENSIONS: "Ordered by the variance of images: an autoencoder has no prior, and pays nothing for a dimension. "
        if points
        else f"Ordered by KL, its mean over these images, {_rate(chosen)} for all dimensions. "
        "r: correlation with what a dimension goes with most, from 0.5 up.",
        MEANINGS: "Along each, latents change as they do on average when what it is called after grows. SD: a standard "
        "deviation of images. R\u00b2 and what is told right: by linear fits, of images that they have not seen.",
        LOCAL: "Singular vectors of the decoder's Jacobian at the start, of latents measured in images' standard "
        "deviations: along the first, pixels change most.",
        SUM: "The way from b to a, added to c. Where the same sum of pixels looks alike, the latent did little more.",
    }[ways]
    hidden = f" Hardly in this latent, with R\u00b2 below {HARDLY}: {'; '.join(missing)}." if missing else ""
    size, of = chosen.model.latent_size, frame.plain(chosen.words)
    return f"{order}{hidden} Range, and what lies nearest in the latent of {size}: {of}."


def _rate(chosen: Chosen) -> str:
    return f"{float(chosen.cloud.rate.mean()):,.1f} nats"


def _explained(chosen: Chosen) -> dict[str, str]:
    """What words of the trade come to here."""
    says = {"latent": TERMS["latent"].says(size=chosen.model.latent_size)}
    if chosen.family.posterior == "gaussian":
        says["kl"] = TERMS["kl"].says(amount=f"{_rate(chosen)} an image on average")
        most = float(chosen.cloud.kl.mean(axis=0).max())
        says["nat"] = TERMS["nat"].says(nats=f"{most:.2f}", bits=f"{nats_to_bits(most):.2f}")
    return says


# -- what there is -----------------------------------------------------------------------------------------------------


def _choose_classes(chosen: Chosen) -> tuple[str, str] | None:
    """Two classes that there are enough images of to tell them apart; None where there are no two."""
    from explorer.analysis.latents.directions import FEWEST

    names = chosen.images.class_names
    counts = np.bincount(chosen.labels, minlength=len(names))
    there = [name for name, count in zip(names, counts, strict=True) if count >= FEWEST]
    if len(there) < 2:
        return None
    first, second = (
        st.selectbox(label, there, index=i, width=150, **address.choice(name, "class", there, there[i]))
        for i, (label, name) in enumerate((("From", "class-from"), ("To", "class-to")))
    )  # fmt: skip
    return first, second


def _starts(chosen: Chosen, pixels: Sequence[tuple[str, str, np.ndarray]]) -> list[Start]:
    """Images to start from, and the mean of many: with their latents."""
    return _encoded((*chosen.key, tuple((key, name, each.tobytes()) for key, name, each in pixels)), chosen, pixels)


@st.cache_resource(max_entries=48, show_spinner=False)
def _encoded(key: tuple, _chosen: Chosen, _pixels: Sequence[tuple[str, str, np.ndarray]]) -> list[Start]:
    import torch

    from explorer.analysis.latents import cloud
    from explorer.pixels import to_float
    from explorer.ui.charts import pictures

    with torch.inference_mode():
        z = _chosen.net.encode(to_float(np.stack([each for _, _, each in _pixels]))).mode().numpy()
    mean = _chosen.cloud.mu.mean(axis=0)
    decoded = pictures.to_uint8(cloud.decode(_chosen.net, mean[None]))[0].transpose(2, 0, 1)
    images = [Start(i, name, each, at) for (i, name, each), at in zip(_pixels, z, strict=True)]
    return [*images, Start(MEAN, f"mean of {len(_chosen.cloud):,} images", decoded, mean)]


def _ways(
    chosen: Chosen, ways: str, classes: tuple[str, str] | None, also: Sequence[int], start: Start, a: Start, b: Start
) -> Ways:
    """Those that are shown."""
    key: tuple[Any, ...] = (*chosen.key, ways)
    if ways == DIMENSIONS:
        return _found((*key, tuple(also)), lambda: dimensions(chosen, also))
    if ways == MEANINGS:
        return _found((*key, classes), lambda: _meanings(chosen, classes))
    if ways == LOCAL:
        return _found((*key, start.z.tobytes()), lambda: _around(chosen, start))
    return _found((*key, a.name, b.name, a.z.tobytes(), b.z.tobytes()), lambda: _sum(chosen, a, b))


@st.cache_resource(max_entries=64, show_spinner="Looking for directions")
def _found(key: tuple, _find: Callable[[], Ways]) -> Ways:
    return _find()


def dimensions(chosen: Chosen, also: Sequence[int] = ()) -> Ways:
    """Those with most KL, and others by their numbers."""
    from explorer.analysis.latents import directions

    cloud = chosen.cloud
    known = directions.known(chosen.images.factors, chosen.indices) or directions.appearance(chosen.pixels)
    shown = dict.fromkeys([*cloud.order[:SHOWN].tolist(), *also])
    companions = directions.companions(cloud, known)
    return Ways([directions.dimension(cloud, number, _about(chosen, number, *companions[number])) for number in shown])


def _about(chosen: Chosen, number: int, companion: str, correlation: float) -> str:
    """What one dimension costs, where it stands, and what it goes with."""
    cloud = chosen.cloud
    if chosen.family.posterior == "point":
        said = f"variance {cloud.mu[:, number].var():.3g}"
    else:
        nats = float(cloud.kl[:, number].mean())
        said = f"{nats:.2f} nats" + ("" if nats > IN_USE_NATS else ": not in use")
    if chosen.family.cells == CELLS:
        side = math.isqrt(CELLS)
        part, cell = divmod(number, CELLS)
        said += f"\nmap {part}, row {cell // side + 1}, column {cell % side + 1}"
    if abs(correlation) >= TOGETHER:
        said += f"\n{companion}: r\u00a0{correlation:.2f}".replace("-", "\u2212")
    return said


def _meanings(chosen: Chosen, classes: tuple[str, str] | None) -> Ways:
    from explorer.analysis.latents import directions

    cloud, found = chosen.cloud, []
    if classes:
        first, second = map(chosen.images.class_names.index, classes)
        found = directions.between_classes(cloud, chosen.labels, first, second, classes)
    known, hidden = directions.of_properties(cloud, directions.known(chosen.images.factors, chosen.indices))
    looks, faint = directions.of_properties(cloud, directions.appearance(chosen.pixels))
    seen = directions.effects(cloud, chosen.net, chosen.pixels, looks)
    said = (f"{each.note}\ndecoded, 1 SD moves it by {effect:.2f} SD" for each, effect in zip(looks, seen, strict=True))
    shown = [*found, *known, *(replace(each, note=note) for each, note in zip(looks, said, strict=True))]
    return Ways(shown, (*hidden, *faint))


def _around(chosen: Chosen, start: Start) -> Ways:
    from explorer.analysis.latents import directions

    return Ways(directions.local(chosen.cloud, chosen.net, start.z, LOCALS))


def _sum(chosen: Chosen, a: Start, b: Start) -> Ways:
    from explorer.analysis.latents import directions

    found = directions.from_to(chosen.cloud, b.z, a.z, SUM, f"{a.name} \u2212 {b.name}")
    return Ways([found] if found else [])


def _sheet(chosen: Chosen, ways: str, starts: list[Start], found: list[Direction]) -> Shelved:
    key = (
        *chosen.key,
        ways,
        tuple((s.key, s.name, s.z.tobytes()) for s in starts),
        tuple(d.vector.tobytes() for d in found),
    )
    return _shelved((*key, tuple((d.name, d.note) for d in found)), chosen, ways, starts, found)


@st.cache_resource(max_entries=64, show_spinner=False)
def _shelved(key: tuple, _chosen: Chosen, _ways: str, _starts: list[Start], _found: list[Direction]) -> Shelved:
    options: dict[str, Any] = {}
    if _ways == DIMENSIONS:
        least = 0.0 if _chosen.family.posterior == "point" else 0.5  # an unused dimension has no range to speak of
        options = {"others": _chosen.cloud.mu.shape[1], "least": least}
    if _ways == LOCAL:
        options = {"local": True}
    if _ways == SUM:
        slots = Slot("a", "a"), Slot("b", "b", "\u2212"), Slot("image", "c", "+")
        options = {"slots": slots, "suffix": "(a \u2212 b)", "at_rest": 1.0, "fixed": (-2.0, 2.0)}
    range_words = f"where 98 % of {len(_chosen.cloud):,} images lie"
    return shelve(latent_sliders.payload(_chosen.model, _starts, _found, range_words, **options))


def _walked(start: np.ndarray, ways: str, found: list[Direction], at: dict[str, float]) -> np.ndarray:
    from explorer.analysis.latents import directions

    at_rest = dict.fromkeys((each.key for each in found), 1.0) if ways == SUM else {}
    return directions.walk(start, found, at_rest | at)


def _nearest(chosen: Chosen, z: np.ndarray) -> Nearest:
    """Images whose means lie nearest to a latent."""
    away = np.square(chosen.cloud.mu - z).sum(axis=1)
    first = np.argsort(away, kind="stable")[:NEAREST]
    names = [chosen.images.class_names[label] for label in chosen.labels[first]]
    count = {name: names.count(name) for name in dict.fromkeys(names)}
    said = ", ".join(f"{n} {name}" if n > 1 else name for name, n in sorted(count.items(), key=lambda item: -item[1]))
    return Nearest(chosen.pixels[first], f"Nearest images, by latent: {said}")


# -- the address -------------------------------------------------------------------------------------------------------


def _asked_start(name: str, what: str, starts: list[Start], default: int) -> str:
    keys, asked = [start.key for start in starts], address.asked(name)
    if asked in keys:
        return asked
    instead = starts[min(default, len(starts) - 1)]
    if asked:
        because = "which only who uploaded it has" if asked == OWN else address.MISSING
        address.refuse(name, what, instead.name, because)
    return instead.key


def _asked_dimensions(chosen: Chosen) -> list[int]:
    """Dimensions that are shown beside those with most KL: added by number."""
    width = chosen.cloud.mu.shape[1]
    numbers = [address.whole_number(text) for text in address.asked("also").split("*")]
    return [number for number in dict.fromkeys(numbers) if number is not None and number < width]


def _moved() -> str:
    """What the address says was moved, of the model that is shown: dimension 4 of another is another thing."""
    model, between, moved = address.asked("moved").rpartition(_OF)
    return moved if not between or model == st.session_state["model"] else ""


def _asked_strengths() -> dict[str, float]:
    """How far one has gone along ways, by their keys; some may be those of other ways."""
    found = {}
    for part in filter(None, _moved().split("*")):
        key, _, text = part.partition("_")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not abs(value) <= _FARTHEST:
            address.refuse("moved", "place", "where it starts", "which is none")
            return {}
        found[key] = value
    return found


def _keep() -> None:
    """What was chosen in the sliders goes into the address."""
    state = latent_sliders.chosen()
    moved = state.at and f"{st.session_state['model']}{_OF}{state.at}"
    said = {"start": state.image, "moved": moved, "locked": state.locked, "also": state.also}
    if st.session_state["along"] == SUM:
        said |= {"plus": state.a, "minus": state.b}
    address.write(**{name: value or None for name, value in said.items()})


def _other_images(pool: str, seed: int) -> None:
    """Of the validation split, the next; from subjects, the first."""
    if pool == SUBJECTS:
        address.write(split="validation", row=None, start=None, plus=None, minus=None)
    else:
        address.write(row=str((seed + 1) % (pickers.MAX_SEED + 1)), start=None, plus=None, minus=None)


def _stand_still() -> None:
    """Other ways were chosen: strengths of those before mean nothing along them."""
    address.write(moved=None, locked=None, also=None)


def _go_to_own(own: np.ndarray | None) -> None:
    """Start from a picture once it is there, and no more once it is gone."""
    seen = own.tobytes() if own is not None else None
    if seen != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = seen
        address.write(start=OWN if seen else None)
