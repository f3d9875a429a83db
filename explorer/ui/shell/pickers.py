"""Widgets that several pages share: which model, which images. What is chosen stands in the address."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import models, runs
from explorer.data import SOURCES, SUBJECTS, ImageSet, Pool, PoolName
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import BETA_STOPS
from explorer.ui.shell import address, frame
from explorer.units import NOTEBOOK_BETA, beta_text

LabelVisibility = Literal["visible", "hidden", "collapsed"]
Rank = Callable[[np.ndarray], np.ndarray]  # indices of images (n,) -> how badly each fares (n,)

MAX_SEED = 9_999
RANKED = 1_000  # images of a class and split that are ranked by their error, at most: seconds of work on two cores
_ALL, _NO_MODEL = "all", "none"
YOURS, IMPORTED = " (yours)", " (imported)"  # behind the titles of runs, and of models from elsewhere
_RANDOM, _WORST, _BEST = "random", "worst first", "best first"
_SPLIT = "split"
_LAST_SPLIT = "split-last"  # in the session: what the last page with a choice of it showed
# What chooses among the images of a split: links that say one of these and no split are of validation images.
_OF_A_SPLIT = ("seed", "class", "order", "image", "loupe", "class_a", "class_b", "index_a", "index_b", "picked")
_PICKED = "picked"  # in the address: images by their places in the split, "12-45-99"


def model_labels(known: list[Model]) -> dict[str, str]:
    """Ids to what select boxes and URLs call them: titles, with the id where two are alike."""
    labels = {model.id: f"{model.title}{_origin(model)}" for model in known}
    count = Counter(labels.values())
    return {i: label if count[label] == 1 else f"{label} {i}" for i, label in labels.items()}


def _origin(model: Model) -> str:
    """Behind a model's title: where it is from; nothing for those that are shipped."""
    if model.imported:
        return IMPORTED
    return "" if model.shipped else YOURS


def choose_model(
    label: str,
    key: str,
    default: str = models.DEFAULT,
    fits: Callable[[Model], bool] = lambda model: True,
    unfit: str = address.MISSING,
    slides: bool = True,
) -> Model:
    """A select box over those shipped and trained models that fit, and for a conditional one a slider of beta.

    `key` is its name in the address, and with "-beta" the slider's; `unfit` says why a model isn't among them. Where
    nothing `slides`, because the page has a slider of its own, the address still says which beta it begins at.
    """
    every = models.list_models()
    known = {model.id: model for model in every if fits(model)}
    if not known:
        frame.say_left_out(models.left_out(), "model")
        raise ExplorerError("There is no model here to choose", "Train one, or restore the folder models.")
    default = default if default in known else next(iter(known))
    others = model_labels([model for model in every if model.id not in known])
    labels = model_labels(list(known.values()))
    chosen = known[_choose_id(label, key, labels, default, dict.fromkeys(others, unfit))]
    frame.say_left_out(models.left_out(), "model")
    return _at_chosen_beta(chosen, key, slides)


def choose_other_model(
    label: str, key: str, first: Model, default: str | None = None, fits: Callable[[Model], bool] = lambda model: True
) -> Model | None:
    """As `choose_model`, with none, by default the default, and without the first, unless that knows other betas."""
    known = {model.id: model for model in models.list_models() if fits(model)}
    labels = model_labels(list(known.values()))
    others = {i: label for i, label in labels.items() if i != first.id or first.conditional}
    chosen = _choose_id(label, key, {_NO_MODEL: _NO_MODEL, **others}, default if default in others else _NO_MODEL)
    return _at_chosen_beta(known[chosen], key) if chosen in known else None


def choose_models(label: str, key: str, default: Callable[[list[Model]], list[str]], most: int) -> list[Model]:
    """A box of up to `most` models, a conditional one once for each decade of beta.

    `default` says which ids stand there at first. An id of a conditional model at a beta is ID@BETA.
    """
    known: dict[str, Model] = {}
    for model in models.list_models():
        if model.conditional:
            betas = BETA_STOPS[::10]
            known |= {f"{model.id}@{beta_text(b)}": at_beta(model, b) for b in betas}
        else:
            known[model.id] = model
    named = [replace(model, id=i) for i, model in known.items()]
    labels, at_first = model_labels(named), default(named)

    def resolve(asked: list[str]) -> list[str]:
        found = _ids_of(asked, labels)[:most] or at_first
        known_texts = {*labels, *labels.values()}
        if not known_texts.issuperset(asked):
            shown = ", ".join(labels[i] for i in found)
            address.refuse(key, "models", shown, keep=[text for text in asked if text in known_texts])
        return found

    _follow_url(key, resolve, at_first)
    st.session_state[key] = [i for i in st.session_state[key] if i in labels]  # without runs that were deleted
    chosen = st.multiselect(
        label, list(known), format_func=labels.__getitem__, key=key, max_selections=most,
        on_change=_write_url, args=(key, at_first),
    )  # fmt: skip
    frame.say_left_out(models.left_out(), "model")
    return [replace(known[i], title=labels[i]) for i in chosen]


def choose_conditional_model(label: str, key: str) -> Model | None:
    """A select box over the models that know every beta, if there are several; None if there is none."""
    known = {model.id: model for model in models.list_models() if model.conditional}
    frame.say_left_out(models.left_out(), "model")
    if len(known) < 2:
        return next(iter(known.values()), None)
    labels = model_labels(list(known.values()))
    return known[_choose_id(label, key, labels, next(iter(known)), label_visibility="collapsed")]


# -- ids in the URL: titles change; Streamlit's own binding would write what a box shows -------------------------------


def _choose_id(
    label: str, key: str, labels: dict[str, str], default: str, unfit: Mapping[str, str] | None = None,
    label_visibility: LabelVisibility = "visible",
) -> str:  # fmt: skip
    """A select box that shows labels and writes ids into the URL; returns the id chosen.

    `unfit` has ids that it doesn't show, and why.
    """

    def resolve(asked: list[str]) -> str:
        if found := _ids_of(asked, labels):
            return found[0]
        because = next((why for i, why in (unfit or {}).items() if i in asked), address.MISSING)
        address.refuse(key, label.lower(), labels[default], because)
        return default

    _follow_url(key, resolve, default)
    if st.session_state[key] not in labels:  # its run was deleted
        st.session_state[key] = default
    return st.selectbox(
        label, list(labels), format_func=labels.__getitem__, key=key, on_change=_write_url, args=(key, default),
        label_visibility=label_visibility,
    )  # fmt: skip


def _follow_url(key: str, resolve: Callable[[list[str]], Any], default: Any) -> None:
    """Give a widget the value that the URL asks for, when that is new: a link was opened, or Back was pressed.

    It is new on each page that is come to: what a widget of that key was left at there doesn't count. Where the URL
    asks for nothing, another default is news as well.
    """
    asked = st.query_params.get_all(key)
    if key not in st.session_state or _asked(asked, default) != st.session_state.get(_followed(key)):
        st.session_state[key] = resolve(asked) if any(asked) else default
        _keep_followed(key, default)


def _write_url(key: str, default: Any) -> None:
    """What was chosen stands in the URL, unless it is what a link without it shows."""
    chosen = st.session_state[key]
    if chosen == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    _keep_followed(key, default)


def _keep_followed(key: str, default: Any) -> None:
    st.session_state[_followed(key)] = _asked(st.query_params.get_all(key), default)


def _asked(asked: list[str], default: Any) -> tuple[str, Any]:
    """On which page the URL asks for what; or what is shown where it asks for nothing."""
    return _page(), asked if any(asked) else [default]


def _page() -> str:
    context = get_script_run_ctx()
    return context.page_script_hash if context else ""


def _followed(key: str) -> str:
    return f"{key}-in-url"


def _ids_of(asked: list[str], labels: dict[str, str]) -> list[str]:
    """The ids among what a URL asks for; titles too, which links held before they held ids."""
    by_title = {label: i for i, label in labels.items()}
    found = (text if text in labels else by_title.get(text) or _of_former_title(text) for text in dict.fromkeys(asked))
    return [i for i in dict.fromkeys(found) if i in labels]


def _of_former_title(label: str) -> str:
    """The id of a run that select boxes have called so: by its title then, with its id behind where two were alike."""
    title, _, rest = label.rpartition(YOURS)
    run = runs.titled(title) if title else None
    return rest.strip() or (run.id if run else "")


def _at_chosen_beta(model: Model, key: str, slides: bool = True) -> Model:
    """The model, at another beta if it knows others."""
    if not model.conditional:
        return model
    default = model.beta if model.beta in BETA_STOPS else NOTEBOOK_BETA
    if not slides:
        stops = {beta_text(stop): stop for stop in BETA_STOPS}
        return at_beta(model, stops.get(address.asked(f"{key}-beta"), default))
    beta = st.select_slider(
        "Beta", BETA_STOPS, default, format_func=beta_text, help="This model knows every beta: one network.",
        **address.choice(f"{key}-beta", "beta", {stop: beta_text(stop) for stop in BETA_STOPS}, default),
    )  # fmt: skip
    return at_beta(model, beta)


def at_beta(model: Model, beta: float) -> Model:
    """A conditional model at a beta, which its title says."""
    measured = model.measured if beta == model.beta else {}  # a card's numbers hold at its own beta only
    return replace(model, beta=beta, title=f"{model.title}, at {beta_text(beta)}", measured=measured)


@dataclass(frozen=True)
class Chosen:
    """Images that were chosen.

    Parameters
    ----------
    pixels : uint8 array (n, 3, 32, 32)
        n may be smaller than asked for, or 0.
    names : tuple of str
        What each shows.
    words : str
        Which they are, as a sentence.
    """

    pixels: np.ndarray
    names: tuple[str, ...]
    words: str


def choose_images(images: ImageSet, count: int, disabled: bool = False) -> Chosen:
    """Split, class and seed of `count` random images; or as many subjects, which have none of these."""
    with st.container(key="choose-images"):
        split_column, class_column, seed_column = st.columns(3, vertical_alignment="bottom")
    with split_column:
        pool = choose_pool(images, disabled, _forget_picked)
    picked = _picked(images, pool, count)
    with class_column:
        class_name = choose_class("Class", "class", images, disabled or picked is not None or pool == SUBJECTS)
    with seed_column:
        if picked:
            _offer_others(disabled)
            return picked
        seed = _choose_seed(disabled or pool == SUBJECTS)
    return drawn(images, pool, class_name, count, seed)


def choose_ranked_images(images: ImageSet, count: int, rank: Rank) -> Chosen:
    """As `choose_images`, and also the worst or best first among up to `RANKED` images, as `rank` has it."""
    split_column, class_column, order_column, seed_column = st.columns(4, vertical_alignment="bottom")
    with split_column:
        pool = choose_pool(images, on_change=_forget_picked)
    picked = _picked(images, pool, count)
    with class_column:
        class_name = choose_class("Class", "class", images, disabled=picked is not None or pool == SUBJECTS)
    with order_column:
        order = st.selectbox(
            "Order", [_RANDOM, _WORST, _BEST], disabled=picked is not None or pool == SUBJECTS,
            **address.choice("order", "order", [_RANDOM, _WORST, _BEST], _RANDOM),
        )  # fmt: skip
    with seed_column:
        if picked:
            _offer_others()
            return picked
        seed = _choose_seed(disabled=order != _RANDOM or pool == SUBJECTS)
    if pool == SUBJECTS or order == _RANDOM:
        return drawn(images, pool, class_name, count, seed)
    found = images.pool(pool, class_name)
    ranked = _random(found.indices, RANKED, seed=0)
    by_error = ranked[np.argsort(rank(ranked), kind="stable")]
    chosen = (by_error if order == _BEST else by_error[::-1])[:count]
    of, everything = len(found.indices), len(ranked) == len(found.indices)
    among = f"all {of:,}" if everything else f"a fixed {len(ranked):,} of {of:,}"
    words = f"The {len(chosen)} {order.split()[0]} of {among} {_kind(pool, class_name)}, by the MSE of the first model."
    return Chosen(found.images[chosen], found.names(chosen), words)


def drawn(images: ImageSet, pool: PoolName, class_name: str | None, count: int, seed: int) -> Chosen:
    if pool == SUBJECTS:
        found = images.pool(pool)
        chosen = found.indices[:count]
        words = f"{len(chosen)} of {len(found.indices)} whole subjects, which are in no split."
    else:
        found = images.pool(pool, class_name)
        chosen = _random(found.indices, count, seed)
        words = f"{len(chosen)} of {len(found.indices):,} {_kind(pool, class_name)}, drawn with seed {seed}."
    return Chosen(found.images[chosen], found.names(chosen), words)


def picked_query(images: ImageSet, split: PoolName, places: Iterable[int]) -> dict[str, str]:
    """What an address says to have `choose_images` show those at some places of a split, in this order."""
    return {"source": SOURCES[images.source].title, _SPLIT: split, _PICKED: "-".join(map(str, places))}


def _picked(images: ImageSet, of: PoolName, count: int) -> Chosen | None:
    """The first `count` of those that the address says, if it says any that are there."""
    if not (asked := address.asked(_PICKED)):
        return None
    pool = images.pool(of)
    places = list(dict.fromkeys(address.whole_number(text) for text in asked.split("-")))
    there = [place for place in places if place is not None and place < len(pool.indices)]
    if len(there) < len(places):
        last = len(pool.indices) - 1
        address.refuse(_PICKED, "images", f"{count} others", f"which are no images 0 to {last:,} of this split")
        return None
    shown = pool.indices[there[:count]]
    numbers = ", ".join(f"{place:,}" for place in there[:count])
    most = f"The first {count} of {len(there)}" if len(there) > count else f"{len(there)}"
    words = f"{most} picked of {len(pool.indices):,} {_kind(of, None)}: {numbers}."
    return Chosen(pool.images[shown], pool.names(shown), words)


def _offer_others(disabled: bool = False) -> None:
    st.button(
        "Draw others", icon=":material/shuffle:", on_click=_forget_picked, disabled=disabled, width="stretch",
        help="These were picked one by one. Random ones of the split stand in their place then.",
    )  # fmt: skip


def _forget_picked() -> None:
    address.write(**{_PICKED: None})


def _kind(split: str, class_name: str | None) -> str:
    return f"{split} images" + (f" of class {class_name}" if class_name else "")


def asked_pool(images: ImageSet) -> PoolName:
    """The split that the address says, or the subjects.

    Where it says none these are the subjects, if the images have any. But it has always been the validation split, so
    a link that chooses among the images of a split is taken at its word.
    """
    asked = address.asked(_SPLIT)
    found = next((name for name in images.pool_names if name == asked), None)
    if found:
        return found
    old = asked != SUBJECTS and any(map(address.asked, _OF_A_SPLIT))
    default: PoolName = SUBJECTS if images.subjects and not old else "validation"
    if asked and asked != SUBJECTS:
        address.refuse(_SPLIT, "split", default)
    return default


def row_of_images(images: ImageSet, count: int, seed: int, class_name: str = "") -> tuple[Pool, np.ndarray]:
    """The subjects, or validation images of all classes or of one, as a row to choose from.

    Returns
    -------
    (Pool, int64 array (n,))
        The pool, and indices into it: fewer than `count` where there are fewer.
    """
    if asked_pool(images) == SUBJECTS:
        pool = images.pool(SUBJECTS)
        return pool, pool.indices[:count]
    if class_name:
        pool = images.pool("validation", class_name)
        return pool, np.random.default_rng(seed).permutation(pool.indices)[:count]
    return images.pool("validation"), images.one_of_each("validation", count, seed)


def choose_pool(images: ImageSet, disabled: bool = False, on_change: Callable[[], None] | None = None) -> PoolName:
    """A select box over the splits that have images, and the subjects.

    It isn't bound to the address as other widgets are: among subjects the address must always say so, or the next
    choice would make it a link to validation images. As with them, what was chosen on a page holds on the next; but
    every page opens on subjects.
    """
    pool, known = asked_pool(images), st.session_state.get(_LAST_SPLIT)
    default = None if images.subjects else "validation"
    if address.has_arrived() and not images.subjects and not address.asked(_SPLIT) and known in images.pool_names:
        pool = known
    if address.asked(_SPLIT) != (said := "" if pool == default else pool):
        address.write(**{_SPLIT: said or None})
    st.session_state.update({_SPLIT: pool, _LAST_SPLIT: pool})

    def write() -> None:
        chosen = st.session_state[_SPLIT]
        address.write(**{_SPLIT: None if chosen == default else chosen})
        if on_change:
            on_change()

    return st.selectbox("Split", images.pool_names, key=_SPLIT, disabled=disabled, on_change=write)


def draw_from_validation() -> None:
    """To be called from a callback that draws other images: of subjects there are no others."""
    if address.asked(_SPLIT) == SUBJECTS:
        address.write(**{_SPLIT: "validation"})


def what_subjects_taught(images: ImageSet, shown: Iterable[Model]) -> str:
    """Which models have learnt from parts of the subjects, a sentence; empty where none has, or none are shown."""
    learnt = [f"**{model.title}**" for model in shown if model.source == images.source]
    if not learnt or not images.subjects or not images.subjects.trained_on or asked_pool(images) != SUBJECTS:
        return ""
    *most, last = images.subjects.trained_on
    return (
        f"{' and '.join(learnt)} learnt from patches of the photographs that {', '.join(most)} and {last} are cut from."
    )


def choose_class(
    label: str, key: str, images: ImageSet, disabled: bool = False, on_change: Callable[[], None] | None = None
) -> str | None:
    """A select box over classes; None for all of them."""
    names = [_ALL, *(name for name in images.class_names if name != _ALL)]
    chosen = st.selectbox(
        label, names, disabled=disabled, on_change=on_change, **address.choice(key, "class", names, _ALL)
    )
    return None if chosen == _ALL else chosen


def _choose_seed(disabled: bool = False) -> int:
    return int(
        st.number_input(
            "Seed", 0, MAX_SEED, 0, help="Another seed, other images.", disabled=disabled,
            **address.number("seed", "seed", 0, MAX_SEED, 0),
        )
    )  # fmt: skip


def choose_draw() -> int:
    """Which of all draws: a seed, the same for every prior and model."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw = int(st.number_input("Draw", 1, MAX_SEED, 1, width=140, **address.number("draw", "draw", 1, MAX_SEED, 1)))
        st.button("Other draws", icon=":material/shuffle:", on_click=_draw_others)
    return draw


def _draw_others() -> None:
    st.session_state["draw"] = random.randrange(1, MAX_SEED + 1)


def _random(pool: np.ndarray, count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(pool)[:count]
