"""What is known of one subject, as JSON, and what of it a browser was not told yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.files import dumps

_ANEW = "rows_anew"
_LETTERS = 32  # kept for others who know as much: what browsers say that they know can be made up


@dataclass(frozen=True)
class Look:
    """All that there is to say of a subject now.

    Parameters
    ----------
    parts : mapping of str to JSON
        Each replaces what was said of it before. A value is not changed after it was said: the next is another object.
    rows : sequence
        What only grows at its end, such as a log. One that has shrunk, or whose last known row is another, was begun
        anew: the part "rows_anew" changes then, and who watches has to begin again.
    row_json : callable
        A row as JSON. It is called for new rows only.
    """

    parts: Mapping[str, Any]
    rows: Sequence[Any] = ()
    row_json: Callable[[Any], Any] = lambda row: row


@dataclass
class Told:
    """How much a browser knows of a topic: its parts up to a version, and so many of its rows."""

    version: int = 0
    rows: int = 0


@dataclass
class _Part:
    value: Any
    text: str
    version: int


@dataclass
class Topic:
    """A subject that browsers watch, named "KIND:ID".

    A browser that reads slowly is told the newest of each part when it is ready, and never what it missed in between;
    rows it is told all of.
    """

    name: str
    version: int = 0
    _parts: dict[str, _Part] = field(default_factory=dict)
    _rows: list[str] = field(default_factory=list)
    _letters: dict[tuple[int, int], str] = field(default_factory=dict)

    def take(self, look: Look) -> bool:
        """Take up what there is to say now; whether any of it is news."""
        before, version = self.version, self.version + 1
        for name, value in look.parts.items():
            self._put(name, value, version)
        for name in self._parts.keys() - look.parts.keys() - {_ANEW}:
            self._put(name, None, version)
        known = len(self._rows)
        if len(look.rows) < known or (known and dumps(look.row_json(look.rows[known - 1])) != self._rows[-1]):
            self._rows, known = [], 0
            self._put(_ANEW, version, version)
        if len(look.rows) > known:
            self._rows += [dumps(look.row_json(row)) for row in look.rows[known:]]
            self._changed(version)
        return self.version > before

    def put(self, part: str, value: Any) -> bool:
        """Say one part; whether that is news."""
        before = self.version
        self._put(part, value, self.version + 1)
        return self.version > before

    def value(self, part: str) -> Any:
        """What is known of a part; None if nothing."""
        return json.loads(self._parts[part].text) if part in self._parts else None

    def letter(self, told: Told) -> str | None:
        """What a browser doesn't know yet, as the JSON text of a message; None if it knows all. Marks it as told.

        {"topic", "version", "since": the version that it was told, "parts": {name: value}, "from": rows before these,
        "rows": [...]}
        """
        rows = min(told.rows, len(self._rows))
        key = told.version, rows
        if told.version >= self.version and rows == len(self._rows):
            return None
        if key not in self._letters:
            parts = ",".join(
                f"{json.dumps(name)}:{part.text}" for name, part in self._parts.items() if part.version > told.version
            )
            if len(self._letters) >= _LETTERS:
                self._letters.clear()
            self._letters[key] = (
                f'{{"topic":{json.dumps(self.name)},"version":{self.version},"since":{told.version},"parts":{{{parts}}},'
                f'"from":{rows},"rows":[{",".join(self._rows[rows:])}]}}'
            )
        told.version, told.rows = self.version, len(self._rows)
        return self._letters[key]

    def _put(self, name: str, value: Any, version: int) -> None:
        known = self._parts.get(name)
        if known and known.value is value:  # the very same: it need not be written to be compared
            return
        text = dumps(value)
        if known is None or known.text != text:
            self._parts[name] = _Part(value, text, version)
            self._changed(version)
        else:
            known.value = value

    def _changed(self, version: int) -> None:
        self.version = version
        self._letters.clear()
