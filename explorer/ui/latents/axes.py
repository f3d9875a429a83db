"""Which plane through the latent the map shows: how it is chosen, and that it stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.latents.chosen import Chosen
from explorer.ui.shell import address

if TYPE_CHECKING:
    from explorer.analysis.latents.plane import Plane

PRINCIPAL, APART, DIMENSIONS, IMAGES, CLASSES = "principal", "apart", "dimensions", "images", "classes"
TITLES = {
    APART: "Where classes differ",
    PRINCIPAL: "Principal plane",
    DIMENSIONS: "Two dimensions",
    IMAGES: "Through three images",
    CLASSES: "From class to class",
}
_PLANE, _PICKS = "plane", "picks"
_ACROSS, _UP, _FROM, _TO = "across", "up", "class_from", "class_to"
_SLOTS = ("A", "B", "C")
_OF_A_PLANE = ("at", "zoom", "area", "area-on", "area-beta", "path")  # what means another place on another plane
_WIDTH = 190
# Means of fewer classes span no plane. Where there are more it is what opens: of beta 0.001 the principal plane keeps
# 2 % of the variance, and shows a ball.
_FEWEST_CLASSES = 3


@dataclass(frozen=True, eq=False)
class Axes:
    """A plane, what tells it from others through the same latent, for caches, and what it was laid through, by name."""

    key: tuple
    plane: Plane
    through: tuple[tuple[str, np.ndarray], ...] = ()

    @property
    def landmarks(self) -> list[tuple[str, float, float]]:
        """Where on the map that lies: name, x and y."""
        return [(name, *self.plane.coordinates(z).tolist()) for name, z in self.through]


def choose(chosen: Chosen, marked: int | None) -> Axes:
    """The widgets; `marked` is the one of the images that is marked on the map.

    Raises
    ------
    ExplorerError
        If what was chosen spans no plane.
    """
    from explorer.analysis.latents import plane

    cloud, names = chosen.cloud, chosen.images.class_names
    default = APART if len(np.unique(chosen.labels)) >= _FEWEST_CLASSES else PRINCIPAL
    kind = select("Plane", _PLANE, "plane", TITLES, default)
    if kind == PRINCIPAL:
        return Axes((kind,), plane.principal(cloud))
    if kind == APART:
        return Axes((kind,), plane.of_classes(cloud, chosen.labels))
    if kind == DIMENSIONS:
        labels = dimension_labels(chosen)
        first, second = [*labels, *labels][:2]
        across = int(select("Across", _ACROSS, "dimension", labels, first))
        up = int(select("Up", _UP, "dimension", labels, second))
        return Axes((kind, across, up), plane.dimensions(cloud, across, up))
    if kind == CLASSES:
        known = {str(label): names[label] for label in np.unique(chosen.labels).tolist()}
        if len(known) < 2:
            raise ExplorerError("All of these images are of one class", "Choose another plane, or more images.")
        far = [str(label) for label in farthest_classes(chosen)]
        a = int(select("From", _FROM, "class", known, far[0]))
        b = int(select("To", _TO, "class", known, far[1]))
        means = tuple((f"mean of {names[label]}", cloud.mu[chosen.labels == label].mean(axis=0)) for label in (a, b))
        return Axes((kind, a, b), plane.between_classes(cloud, chosen.labels, a, b, (names[a], names[b])), means)
    picks = _choose_images(chosen, marked)
    z = _latents((chosen.key, picks), chosen, picks)
    first, second, third = (name_of(chosen, pick) for pick in picks)
    return Axes((kind, *picks), plane.through(z, (first, second, third)), tuple(zip(_SLOTS, z, strict=True)))


def name_of(chosen: Chosen, number: int) -> str:
    """Of the image with a number in the split."""
    of = chosen.images.indices(chosen.split)
    return f"{chosen.images.class_names[chosen.images.labels[of[number]]]} {number:,}"


@st.cache_resource(max_entries=64, show_spinner=False)
def _latents(key: tuple, _chosen: Chosen, picks: tuple[int, ...]) -> np.ndarray:
    """Of images with some numbers in the split, whether they are among those on the map or not."""
    from explorer.analysis.latents import cloud

    of = _chosen.images.indices(_chosen.split)
    return cloud.encode(_chosen.net, _chosen.images.images[of[list(picks)]]).mu


def dimension_labels(chosen: Chosen) -> dict[str, str]:
    """Dimensions, the dearest first, with what each costs; where that says nothing, with how it varies."""
    cloud = chosen.cloud
    kl, variance = cloud.kl.mean(axis=0), cloud.mu.var(axis=0)
    says_kl = kl.shape == variance.shape and np.isfinite(kl).all()
    value, unit = (kl, "nats") if says_kl else (variance, "variance")
    return {str(i): f"dimension {i}: {value[i]:.2f} {unit}" for i in cloud.order.tolist()}


def farthest_classes(chosen: Chosen) -> tuple[int, int]:
    """Of those that have images the two whose means lie farthest apart."""
    known = np.unique(chosen.labels)
    means = np.stack([chosen.cloud.mu[chosen.labels == label].mean(axis=0) for label in known])
    away = np.square(means[:, None] - means).sum(axis=2)
    a, b = np.unravel_index(int(away.argmax()), away.shape)
    return int(known[a]), int(known[b])


# -- three images ------------------------------------------------------------------------------------------------------


def _choose_images(chosen: Chosen, marked: int | None) -> tuple[int, ...]:
    """Their numbers: three fields, and a button each that takes the image which is marked on the map."""
    last = len(chosen.images.indices(chosen.split)) - 1
    picks = _asked_picks(chosen, last)
    for slot, pick in enumerate(picks):
        key = f"pick-{slot}"
        st.session_state[key] = pick
        st.number_input(
            f"{_SLOTS[slot]}: {name_of(chosen, pick).rpartition(' ')[0]}", 0, last, key=key, width=130,
            on_change=_typed, args=(picks,), help=f"Number in the split: 0 to {last:,}.",
        )  # fmt: skip
    if marked is not None:
        number = int(chosen.numbers[marked])
        for slot, name in enumerate(_SLOTS):
            taken = (*picks[:slot], number, *picks[slot + 1 :])
            st.button(f"Marked as {name}", key=f"take-{slot}", on_click=_take, args=(taken,), disabled=number in picks)
    return picks


def _asked_picks(chosen: Chosen, last: int) -> tuple[int, ...]:
    default = _opening_picks(chosen)
    asked = address.asked(_PICKS)
    if not asked:
        return default
    found = tuple(address.whole_number(text) for text in asked.split("-"))
    there = tuple(number for number in found if number is not None and number <= last)
    if len(found) == len(there) == 3:
        return there
    address.refuse(_PICKS, "three images", "-".join(map(str, default)), f"which are no three from 0 to {last:,}")
    return default


def _opening_picks(chosen: Chosen) -> tuple[int, ...]:
    """The first images of three classes, as far as there are so many."""
    _, first = np.unique(chosen.labels, return_index=True)
    order = [*np.sort(first).tolist(), *range(len(chosen.labels))]
    return tuple(int(chosen.numbers[i]) for i in list(dict.fromkeys(order))[:3])


def _typed(picks: tuple[int, ...]) -> None:
    _take(tuple(int(st.session_state[f"pick-{slot}"]) for slot in range(len(picks))))


def _take(picks: tuple[int, ...]) -> None:
    address.write(**{_PICKS: "-".join(map(str, picks)), **dict.fromkeys(_OF_A_PLANE)})


# -- choices by their keys ---------------------------------------------------------------------------------------------


def select(
    label: str, name: str, what: str, options: Mapping[str, str], default: str,
    forget: tuple[str, ...] = _OF_A_PLANE, width: int = _WIDTH,
) -> str:  # fmt: skip
    """A select box over labels whose keys stand in the address; what `forget` names goes out of it with a choice.

    Streamlit's own binding would write what the box shows, which has numbers in it that change with the model.
    """
    asked = address.asked(name)
    if asked and asked not in options:
        address.refuse(name, what, options[default])
        asked = ""
    st.session_state[name] = asked or default
    return st.selectbox(
        label, list(options), format_func=options.__getitem__, key=name, width=width,
        on_change=_writer(name, default, forget),
    )  # fmt: skip


def _writer(name: str, default: str, forget: tuple[str, ...]) -> Callable[[], None]:
    def write() -> None:
        value = st.session_state[name]
        address.write(**{name: None if value == default else value, **dict.fromkeys(forget)})

    return write
