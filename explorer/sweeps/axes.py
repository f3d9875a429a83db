"""Which settings vary in a sweep, over which values: as a person writes it, and as its record holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from explorer.config import SettingError, TrainConfig, checked
from explorer.errors import ExplorerError
from explorer.records import Record, quoted

Value = int | float | str
MOST_VALUES = 1000  # of an axis
HOW = "Write values with commas (1e-4,1e-3), whole numbers as first:end (0:3 is 0,1,2), a range as low..high."

_FIELDS = {f.name: f for f in fields(TrainConfig)}
_SPAN = re.compile(r"(\d+):(\d+)")
_DECADE = 10.0  # high over low, from which on a range is drawn from on a logarithmic scale


@dataclass(frozen=True)
class Axis:
    """A setting that varies: over values, or where a sampler chooses over a range.

    Parameters
    ----------
    name : str
        Of a field of `TrainConfig`.
    values : tuple
        In the order in which a grid takes them; empty of a range.
    low, high : float or None
        Of a range, both included; None of values.
    log : bool
        Whether a range is drawn from on a logarithmic scale.
    """

    name: str
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether its setting is a whole number."""
        return _FIELDS[self.name].type == "int"

    @property
    def words(self) -> str:
        """ "beta 1e-04, 0.001", "learning rate 0.0001 to 0.01"."""
        name = self.name.replace("_", " ")
        if self.low is not None and self.high is not None:
            return f"{name} {self.low:g} to {self.high:g}"
        return f"{name} {', '.join(value_words(value) for value in self.values)}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in sweep.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Record) -> Axis:
        """What `to_json` wrote; ExplorerError for anything else."""
        name = said.choice("name", _FIELDS)
        if said.has("low"):
            low, high = checked(name, _as(name, said.number("low"))), checked(name, _as(name, said.number("high")))
            return cls(name, (), low, high, said.flag("log"))
        values = said.values.get("values")
        if not isinstance(values, list) or not 1 <= len(values) <= MOST_VALUES:
            raise said.wrong("values", f"is {quoted(values)}", f"A list of 1 to {MOST_VALUES:,} values.")
        return cls(name, tuple(checked(name, value) for value in values))


def parsed(name: str, text: str) -> Axis:
    """What a person writes for a setting: "1e-4,1e-3", "0:3", "1e-4..1e-2". One value is an axis that doesn't vary.

    Raises
    ------
    ExplorerError
        If there is no such setting, or it can't have such a value.
    """
    name = name.strip().replace("-", "_")
    if name not in _FIELDS:
        raise ExplorerError(f"there is no setting {name[:60]!r}", "`python -m explorer train --help` lists them.")
    text = text.strip()
    if ".." in text and _FIELDS[name].type != "str":
        return _range(name, *(part.strip() for part in text.split("..", 1)))
    span = _SPAN.fullmatch(text) if _FIELDS[name].type == "int" else None
    if span:
        first, end = int(span[1]), int(span[2])
        if not 0 < end - first <= MOST_VALUES:
            what = f"{name} is {text}, which is {max(0, end - first):,} values"
            raise SettingError(name, what, f"first:end with the end left out, of 1 to {MOST_VALUES:,} values.")
        return Axis(name, tuple(checked(name, value) for value in range(first, end)))
    words = [word.strip() for word in text.split(",")] if text else [""]
    values = tuple(checked(name, _read(name, word)) for word in words)
    if len(values) > MOST_VALUES:
        raise SettingError(name, f"{name} has {len(values):,} values", f"Up to {MOST_VALUES:,}.")
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise SettingError(name, f"{name} has {value_words(twice)} twice", "Give each value once.")
    return Axis(name, values)


def assigned(text: str) -> Axis:
    """The same of "NAME=VALUES"."""
    name, equals, values = text.partition("=")
    if not equals:
        raise ExplorerError(f"{text[:60]!r} sets nothing", f"NAME=VALUES, like norm=group,batch. {HOW}")
    return parsed(name, values)


def value_words(value: Value) -> str:
    """A value as people read it."""
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def described(values: Mapping[str, Value]) -> str:
    """What a trial's settings are where they vary: "beta 0.001, seed 2"."""
    return ", ".join(f"{name.replace('_', ' ')} {value_words(value)}" for name, value in values.items())


def _range(name: str, low: str, high: str) -> Axis:
    first, last = checked(name, _read(name, low)), checked(name, _read(name, high))
    if not first < last:
        raise SettingError(name, f"{name} is {low}..{high}", "low..high, the low end first.")
    log = not isinstance(first, int) and first > 0 and last / first >= _DECADE
    return Axis(name, (), first, last, log)


def _read(name: str, word: str) -> Any:
    kind = {"int": int, "float": float, "str": str}[str(_FIELDS[name].type)]
    try:
        return kind(word)
    except ValueError:
        said = f"{name} is {quoted(word)}, which is no {'whole ' * (kind is int)}number"
        raise SettingError(name, said, HOW) from None


def _as(name: str, value: float) -> int | float:
    return int(value) if _FIELDS[name].type == "int" else value
