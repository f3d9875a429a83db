"""What runs are called: titles that say what is, and no two alike.

A run keeps its title as it was given. Where that ends with the beta of the settings, what is shown goes on with what
came after: "Quick look, beta 0.001, then 0.02".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

from explorer.config import TrainConfig
from explorer.nets import FAMILIES
from explorer.presets import PRESETS, Preset
from explorer.priors import PRIORS
from explorer.runs.metrics import Change
from explorer.schedules import BETA_SCHEDULES, CONSTANT
from explorer.units import beta_text

TITLE_LENGTH = 80
MOST_DIFFERENCES = 3  # settings that a title names; of more it says how many
MOST_BETAS = 3  # that a title names one by one; of more the first and the last
# Settings that are no differences: beta and its schedule have words of their own, and lists say the images.
_ELSEWHERE = ("source", "data_path", "family", "beta", "beta_schedule", "target_nats", "prior", "prior_of")


def title_of(config: TrainConfig, parent: TrainConfig | None = None, base: str = "") -> str:
    """The title of a new run: its preset, what differs from that, and its beta if that means anything.

    Parameters
    ----------
    config : TrainConfig
    parent : TrainConfig, optional
        What held where it branches off another run: it is named by what differs from that.
    base : str
        Of a prior what the model that it is of is called.
    """
    if config.prior and not parent:
        name = f"{PRIORS[config.prior].title} of {base or config.prior_of}"
        differences = _differences(config, TrainConfig.of_prior(config.prior))
    elif config.closed_form:
        name, differences = FAMILIES[config.family].title, []
    elif parent:
        name, differences = "Branch", _differences(config, parent)
    else:
        like = [(preset.title, _differences(config, preset.settings)) for preset in _presets_of(config.family)]
        name, differences = min(like, key=lambda found: len(found[1]))
    stated = [_stated(config)] if config.weighs_beta else []
    for count in range(min(MOST_DIFFERENCES, len(differences)), -1, -1):
        rest = len(differences) - count
        more = [] if not rest else [f"{rest} other {'settings' if rest > 1 else 'setting'}"]
        title = ", ".join([name, *differences[:count], *more, *stated])
        if len(title) <= TITLE_LENGTH:
            break
    return title[:TITLE_LENGTH]


def _presets_of(family: str) -> list[Preset]:
    """Those of a family; of one without any its defaults, by its own title."""
    found = [preset for preset in PRESETS.values() if preset.settings.family == family]
    return found or [Preset(FAMILIES[family].title, "", "", TrainConfig(family=family))]


def _differences(config: TrainConfig, other: TrainConfig) -> list[str]:
    """Settings that differ, in words: "latent dim 8"."""
    found = []
    for f in fields(TrainConfig):
        value = getattr(config, f.name)
        if f.name in _ELSEWHERE or value == getattr(other, f.name):
            continue
        words = f"{value:g}" if isinstance(value, float) else f"{value}"
        name = "from" if f.name == "start_from" else f.name.replace("_", " ")
        found.append(f"{name} {words}")
    return found


def shown(title: str, config: TrainConfig, changes: Iterable[Change]) -> str:
    """A title as it was given, with the beta that the run has had in place of the settings' at its end."""
    for stated in (_stated(config), f"beta {config.beta:g}"):
        head = title.removesuffix(stated)
        if head != title and not head[-1:].isalnum():
            words = beta_words(config, changes)
            return head + words if words else head.rstrip(" ,:") or title
    return title


def given(text: str, config: TrainConfig, changes: Iterable[Change]) -> str:
    """What `shown` makes that text of, to be kept: so it goes on with what comes after."""
    words = beta_words(config, changes)
    head = text.removesuffix(words)
    return head + _stated(config) if words and head != text and not head[-1:].isalnum() else text


def beta_words(config: TrainConfig, changes: Iterable[Change]) -> str:
    """Beta of a run, as titles say it: "beta 0.001, then 0.02"; "" of a net that has none, or learns all of them."""
    if not config.weighs_beta or config.conditional:
        return ""
    schedule = BETA_SCHEDULES[config.beta_schedule]
    moves = ", ".join([schedule.key, *([f"{config.target_nats:g} nats"] if schedule.targeted else [])])
    if not schedule.foreseeable:
        return f"beta by {moves}"
    betas = [beta_text(config.beta)]
    at = {change.step: change.value for change in changes if change.what == "beta"}  # of one step's only the last held
    for beta in map(beta_text, at.values()):
        if beta != betas[-1]:
            betas.append(beta)
    if len(betas) > MOST_BETAS:
        betas = [betas[0], f"{len(betas) - 2} others", betas[-1]]
    words = f"beta {', then '.join(betas)}"
    return words if schedule.key == CONSTANT else f"{words} ({moves})"


def _stated(config: TrainConfig) -> str:
    return f"beta {beta_text(config.beta)}"


def told_apart(titles: Mapping[str, str]) -> dict[str, str]:
    """Titles by id, none of them twice: of those alike the first one is as it was, and others have a number."""
    taken = set(titles.values())
    found: dict[str, str] = {}
    given: set[str] = set()
    for run_id, title in titles.items():
        number, name = 1, title
        while name in given or (number > 1 and name in taken):
            number += 1
            name = f"{title} ({number})"
        given.add(name)
        found[run_id] = name
    return found
