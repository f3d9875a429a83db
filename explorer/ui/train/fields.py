"""Widgets for settings of `TrainConfig`, each with its unit and explanation, and with what is wrong beneath it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import Field, fields, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import models
from explorer.config import SettingError, TrainConfig, checked

LENGTH = {"epochs": "epochs", "max_steps": "steps"}  # settings asked for as one, how long, and what each counts
_FIELDS = {f.name: f for f in fields(TrainConfig)}  # settings by their names


class Fields:
    """Asks for settings one by one; `config` is what they come to.

    Parameters
    ----------
    start : TrainConfig
        What stands in the fields until a person changes it.
    group : str
        Part of the widgets' keys: those of another group are others.
    images : int
        How many there are to train on.

    Attributes
    ----------
    wrong : list of str
        Once `config` was asked for: which fields are to be changed, in words.
    """

    def __init__(self, start: TrainConfig, group: str, images: int) -> None:
        self.start, self._group, self._images = start, group, images
        self.wrong: list[str] = []
        self._counted = ""  # of `LENGTH`, what how long is told in
        self._typed: dict[str, Any] = {}
        self._places: dict[str, DeltaGenerator] = {}  # for what is wrong with each
        self._names: dict[str, str] = {}  # what the page calls each, and the fold that it is in

    def ask_all(self, names: Sequence[str], fold: str = "") -> None:
        """In two columns, a field for each; `fold` is the heading that they are folded away under."""
        columns = st.columns(2)
        for i, name in enumerate(names):
            with columns[i % 2]:
                self.ask(name, fold)

    def ask(self, name: str, fold: str = "") -> None:
        """A field for a setting."""
        self._typed[name] = _widget(_FIELDS[name], getattr(self.start, name), self._group, self.start.family)
        self._places[name] = st.empty()
        self._names[name] = _label(name) + (f", under {fold}" if fold else "")

    def ask_length(self) -> None:
        """Epochs, or steps: a run ends with whichever is over first, so nobody is asked for both."""
        start, per_epoch = self.start, self.start.steps_per_epoch(self._images)
        ends_by = "max_steps" if 0 < start.max_steps < start.epochs * per_epoch else "epochs"
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        number = row.container()
        with row:
            counted = st.segmented_control(
                "Length in", list(LENGTH), default=ends_by, required=True, format_func=LENGTH.__getitem__,
                key=f"form-{self._group}-counted-{ends_by}", label_visibility="collapsed",
            )  # fmt: skip
        if counted == ends_by:
            value = getattr(start, counted)
        else:  # about as long, in the other unit
            total = start.total_steps(self._images)
            value = total if counted == "max_steps" else -(-total // per_epoch)
        with number:
            typed = st.number_input(
                "How long", value=value, step=1, key=f"form-{self._group}-{counted}-{value}",
                help="Epochs are passes over the training images; a step is a batch of them.",
            )  # fmt: skip
        place = st.empty()
        self._places |= dict.fromkeys(LENGTH, place)
        self._names |= dict.fromkeys(LENGTH, "How long")
        self._counted = counted
        self._typed[counted] = typed
        if counted == "max_steps":
            self._typed["epochs"] = max(start.epochs, -(-typed // per_epoch))
        elif ends_by != "epochs" or typed != start.epochs:
            self._typed["max_steps"] = 0

    def config(self) -> TrainConfig | None:
        """The settings with what was typed; None if something can't be so, which is then said at its field."""
        values = {}
        for name, typed in self._typed.items():
            try:
                values[name] = self._checked(name, typed)
            except SettingError as e:
                self._say(e)
        if self.wrong:
            return None
        try:
            return replace(self.start, **values)
        except SettingError as e:  # what can't be together
            self._say(e)
            return None

    def _checked(self, name: str, typed: Any) -> Any:
        if _FIELDS[name].type == "float":
            try:
                typed = float(typed.replace(",", "."))
            except ValueError:
                low, high = _FIELDS[name].metadata["low"], _FIELDS[name].metadata["high"]
                allowed = f"Choose a number from {low:g} to {high:g}."
                raise SettingError(name, f"{name} is {typed!r}, which is no number", allowed) from None
        if name == "max_steps" and typed == 0 and self._counted == name:
            raise SettingError(name, "0 steps", f"Choose at least 1, and at most {_FIELDS[name].metadata['high']:,}.")
        return checked(name, typed)

    def _say(self, error: SettingError) -> None:
        words = f"{error.what}. {error.advice}"
        where = self._names.get(error.name)
        if (where or words) not in self.wrong:
            self.wrong.append(where or words)
        if where:
            self._places[error.name].html(f'<p class="field-error" role="alert">{html.escape(words)}</p>')


def _label(name: str) -> str:
    unit = _FIELDS[name].metadata["unit"]
    return name.replace("_", " ").capitalize() + (f" ({unit})" if unit and unit not in name else "")


def _widget(f: Field[Any], value: Any, group: str, family: str) -> Any:
    low, high, choices = (f.metadata[k] for k in ("low", "high", "choices"))
    label, words = _label(f.name), f.metadata["help"] + (f" From {low:,g} to {high:,g}." if low is not None else "")
    # the starting value is part of the key: another preset is another widget, and so shows its own
    key = f"form-{group}-{f.name}-{value}"
    if f.name == "start_from":
        trained = [model for model in models.list_models() if model.family == family]
        known = {"": "none"} | {model.id: model.title for model in trained}
        return st.selectbox(
            label,
            list(known),
            format_func=known.__getitem__,
            key=key,
            help="Its weights; or a fresh net, as the family starts.",
        )
    if choices:
        return st.selectbox(label, choices, choices.index(value), key=key, help=words)
    if f.type == "int":  # without bounds of its own: the browser would refuse a number beyond them without a word
        return st.number_input(label, value=value, step=1, key=key, help=words)
    return st.text_input(label, f"{value:g}", key=key, help=f"{words} Like 0.001 or 1e-3.")
