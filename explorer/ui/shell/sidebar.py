"""The shared sidebar: which images, where they come from, and what is training.

Pages always have images: where those of the chosen source can't be had, the sidebar says why and photos stand in.
"""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from explorer import runs
from explorer.data import SOURCES, ImageSet, Source
from explorer.data.cifar10 import HalfThereError
from explorer.errors import ExplorerError
from explorer.ui.components import live, projector
from explorer.ui.feeds import training
from explorer.ui.shell import address, cache, cifar10, deeds, frame, permissions, reading_now

_SOURCE = "source"  # the address's parameter that says the source of images
_MODEL = "model"  # that which says a model, of pages that show one
_OWN = "images"  # and that which says what images of a person's own are, to those whose machine has none at their path
_SHOWN, _TAKEN = "shown_source", "taken_upload"
_STAND_IN = ("photos", "")


def show() -> None:
    """Draw the sidebar. The source of images stands in the URL."""
    cache.prepare()
    with st.sidebar:
        source = _choose_source()
        shown, own = _STAND_IN, ""
        with frame.explained_errors():
            path = _where(SOURCES[source])
            if path is not None and (images := _images(source, path)):
                _say_what(images)
                shown = (source, path)
                if SOURCES[source].upload:
                    own = f"{images.name}, {len(images):,} pictures"
        _say_own(source, own)
        if shown[0] != source:
            st.caption(f"Until then: {SOURCES[shown[0]].title}.")
        st.session_state[_SHOWN] = shown
        if source != cifar10.KEY and not SOURCES[cifar10.KEY].is_here() and permissions.may("download data"):
            with st.expander(f"Get {SOURCES[cifar10.KEY].title}", expanded=cifar10.is_coming()):
                if cifar10.offer():
                    _ask_path("Or a path on this machine", SOURCES[cifar10.KEY])
        _training()
        projector.offer()
        if not permissions.is_teacher():
            st.caption("You are a viewer: look, choose, drag. The teacher sees to the rest.")


def chosen_source() -> tuple[str, str]:
    """(key, path) of the images that pages show."""
    return st.session_state.get(_SHOWN, _STAND_IN)


def chosen_images() -> ImageSet:
    """The images that pages show; ExplorerError if not even the photos can be had."""
    return cache.image_set(*chosen_source())


def go_to_source(key: str) -> None:
    """Show the images of another source; to be called from a callback."""
    st.session_state[_SOURCE] = key


def offer_cifar10() -> None:
    """A line on the page where photos stand in: what the models learnt from can be had."""
    if chosen_source() == _STAND_IN and (not SOURCES[cifar10.KEY].is_here() or _asked_for() == cifar10.KEY):
        cifar10.offer_in_a_line()


def _asked_for() -> str:
    return st.session_state.get(_SOURCE, "")


def _choose_source() -> str:
    if cifar10.has_arrived():
        st.session_state[_SOURCE] = cifar10.KEY
        st.session_state[_path_key(SOURCES[cifar10.KEY])] = ""
    default = cifar10.KEY if SOURCES[cifar10.KEY].is_here() else _STAND_IN[0]
    return st.selectbox(
        "Images",
        list(SOURCES),
        index=list(SOURCES).index(default),
        format_func=lambda key: SOURCES[key].title,
        persist_state="session",
        **address.choice(_SOURCE, "source", {key: source.title for key, source in SOURCES.items()}, default),
    )


def _say_own(source: str, own: str) -> None:
    """Images of a person's own stand in the address by name and number; who has none at their path is told which."""
    said = address.asked(_OWN)
    if own or not SOURCES[source].upload:
        if said != own:
            address.write(**{_OWN: own or None})
    elif said:
        address.note(
            f"This address was made with own pictures, \u201c{said[:80]}\u201d, which no address brings along. "
            f"Shown instead: {SOURCES[_STAND_IN[0]].title}. To see the same, give their path or file in the sidebar."
        )


def _say_what(images: ImageSet) -> None:
    train, validation, test = (f"{len(images.splits[split]):,}" for split in ("train", "validation", "test"))
    st.caption(f"{images.note}  \n{train} train, {validation} validate, {test} test.")
    if images.subjects:
        st.caption(
            f"Pages open on {len(images.subjects.images)} whole subjects, in no split.", help=images.subjects.terms
        )


def _where(source: Source) -> str | None:
    """The path to load a source from, "" for its own place; None while it has none, and is asked for one."""
    here = source.is_here()
    if not source.takes_path or (here and not st.session_state.get(_path_key(source))):
        return ""
    if source.key == cifar10.KEY:
        if not here and not cifar10.offer():
            return None
    elif source.upload:
        _take_upload(source)
        _take_from_run(source)
    _ask_path("Or a path on this machine" if source.upload or source.key == cifar10.KEY else "A path here", source)
    path = st.session_state.get(_path_key(source), "")
    if not path:
        return None
    return deeds.place(path)


def _images(source: str, path: str) -> ImageSet | None:
    """The images of a source; none while they are read, how far that is stands here then.

    Nor are there any of a CIFAR-10 that is half there: the ways out stand here then.
    """
    reading = cache.reading(source, path)
    if reading and reading.active:
        reading_now.follow(reading, "page")
        return None
    if reading and reading.cancelled:
        reading_now.say_cancelled(reading, "page")
        reading_now.offer_again(source, path, cancelled=True)
        return None
    if path:
        reading_now.offer_again(source, path, cancelled=False)
    try:
        return reading.images() if reading else cache.image_set(source, path)
    except HalfThereError as error:
        frame.show_error(error)
        key = _path_key(SOURCES[source])
        if cifar10.mend(error, lambda instead: st.session_state.update({key: instead})) and not path:
            _ask_path("Or a path on this machine", SOURCES[source])
        return None


def _path_key(source: Source) -> str:
    """Of the field that asks for a path: in the session, never in the URL, since a link must not read files."""
    return f"{source.key}_path"


def _take_upload(source: Source) -> None:
    """A file in place of a path: kept, because a training process reads it later."""
    assert source.upload
    if not permissions.may("upload files"):
        st.caption("Only the teacher can bring pictures for all. One of your own, for you: on Compare, Beta or Blur.")
        return
    key = f"{source.key}_{source.upload.suffix}"
    uploaded = st.file_uploader(source.upload.label, type=source.upload.suffix, key=key, help=source.upload.help)
    if uploaded and uploaded.file_id != st.session_state.get(_TAKEN):
        st.session_state[_path_key(source)] = str(deeds.keep_upload(uploaded.name, uploaded.getvalue()))
        st.session_state[_TAKEN] = uploaded.file_id


def _take_from_run(source: Source) -> None:
    """A link to a run's model names its images by the run: they lie where it read them."""
    run = runs.find(address.asked(_MODEL))
    if run is None or st.session_state.get(_path_key(source)):
        return
    with suppress(ExplorerError):  # settings that can't be read name nothing
        if run.config.source == source.key:
            st.session_state[_path_key(source)] = run.config.data_path


def _ask_path(label: str, source: Source) -> None:
    """A path on this machine: asked of the teacher only, however wide the app's address was opened."""
    if permissions.may("read a path"):
        st.text_input(
            label,
            key=_path_key(source),
            persist_state="session",
            max_chars=deeds.LONGEST_PATH,
            on_change=st.session_state.__setitem__,
            args=(_SOURCE, source.key),
        )


@frame.fragment
def _training() -> None:
    """What trains now, on every page: the link is drawn anew when another run does."""
    running = training.active()
    first = training.first(running, training.titles())
    live.rerun_when_changed(training.TOPIC, "first", first, key="sidebar")
    if first:
        run_id, title = first
        icon = ":material/monitoring:"
        st.page_link("explorer/pages/train.py", label=frame.plain(title), query_params={"run": run_id}, icon=icon)
        live.show(training.TOPIC, "progress", training.progress(running))
