"""Samples of a prior on their way from noise to picture, under one slider, as the server computes them.

Moments come over the live line: `explorer.live.sampling`. The scene marks itself data-picture="from-noise", with a
data-version once a whole way has come, and has the moment that it shows in data-at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from explorer.ui.components import register, reported

KEY = "from-noise"
ANY, EACH = "anything", "each"  # in place of a class: whichever comes; of each picture the next
MANY = 8  # pictures; a phone shows 4
_component = register("from_noise")


class State(NamedTuple):
    """What a person chose, as the address has it.

    Parameters
    ----------
    draw : int
        The seed of the noise.
    label : str
        A class by its name, `ANY` or `EACH`.
    guidance : float
    steps : int
    time : float
        Where the slider stands, 0 to 1.
    guess : bool
        Whether what it already thinks of the end is shown.
    picture : int
        Whose way is shown below, from 1.
    """

    draw: int
    label: str
    guidance: float
    steps: int
    time: float
    guess: bool
    picture: int


@dataclass(frozen=True)
class Scene:
    """What there is to be seen on its way.

    Parameters
    ----------
    model, prior : str
        Their ids.
    classes : tuple of str
        That the prior may be asked for; none if it knows no labels.
    guidances : tuple of float
        To choose among, ascending.
    cells : int
        Whose codes are said one after the other; 0 of a flow.
    most : int
        Steps.
    """

    model: str
    prior: str
    classes: tuple[str, ...]
    guidances: tuple[float, ...]
    cells: int
    most: int


def show(
    scene: Scene,
    version: str,
    words: Mapping[str, Mapping[str, str]],
    state: State,
    told: bool,
    on_state: Callable[[], None],
) -> None:
    """Draw it; what is chosen comes back as the trigger "state", which `chosen` reads.

    Parameters
    ----------
    scene : Scene
    version : str
        Another one whenever its model or its prior paints something else.
    words : mapping
        As of `terms.templates`, for "guess" and "guidance".
    state : State
    told : bool
        Whether the address says which draw and class that is; if not, it comes back at once.
    on_state : callable
    """
    data: dict[str, Any] = asdict(scene) | {"terms": words}
    digest = hashlib.sha1(repr((version, data)).encode(), usedforsecurity=False).hexdigest()[:16]
    _component(
        key=KEY, data=data | {"version": digest, "state": state._asdict(), "told": told}, on_state_change=on_state
    )


def chosen() -> dict[str, Any]:
    """What was chosen last, for `on_state`, by the names of `State`; of anybody's making.

    Empty where the view has been left by then.
    """
    said = reported(KEY, "state")
    return {name: said.get(name) for name in State._fields} if said else {}
