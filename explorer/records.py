"""What a file says, field by field, each of its type and within its bounds: whoever reads a file does it through this.

What is read so is valid from there on: nobody asks again whether a number is one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from explorer import files
from explorer.errors import ExplorerError

T = TypeVar("T")

LARGEST = 1e100  # of any number in our files; its square is a number still
MOST = 10**12  # of any count
_QUOTED = 60  # characters of what a file says that are quoted


class Record:
    """An object of a JSON file or a table of a TOML file, which is asked for its fields by their names.

    Parameters
    ----------
    values : mapping
        Whatever was read.
    where : str
        Which it is, as errors begin: "price-of-a-nat.toml, step 3".
    see : str
        What to do about a field that is missing, as errors end.
    """

    def __init__(self, values: Any, where: str, see: str = "") -> None:
        if not isinstance(values, Mapping):
            raise ExplorerError(f"{where} is {quoted(values)}, no object with fields", see)
        self.values, self.where, self.see = values, where, see
        self.asked: set[str] = set()

    def wrong(self, field: str, what: str, advice: str) -> ExplorerError:
        """For a field that can't be as it is."""
        return ExplorerError(f"{self.where}: {field} {what}", advice)

    def has(self, field: str) -> bool:
        """Whether it says anything for a field."""
        self.asked.add(field)
        return self.values.get(field) is not None

    def text(self, field: str, longest: int, empty: bool = False) -> str:
        """One line that can be printed; where it may be `empty` it may be missing, too."""
        self.asked.add(field)
        return self._text(field, self.values.get(field, "" if empty else None), longest, empty)

    def texts(self, field: str, least: int, most: int, longest: int) -> tuple[str, ...]:
        """So many lines, none of them empty."""
        return tuple(self._text(field, each, longest, False) for each in self._list(field, least, most, "texts"))

    def choice(self, field: str, known: Collection[str]) -> str:
        """One of some words."""
        value = self._get(field)
        if not isinstance(value, str) or value not in known:
            raise self.wrong(field, f"is {quoted(value)}", f"One of: {', '.join(known)}.")
        return value

    def whole(self, field: str, low: int = 0, high: int = MOST) -> int:
        """A whole number."""
        return self._whole(field, self._get(field), low, high)

    def wholes(self, field: str, low: int = 0, high: int = MOST, most: int = 100_000) -> list[int]:
        """Whole numbers, one at least."""
        return [self._whole(field, each, low, high) for each in self._list(field, 1, most, "whole numbers")]

    def number(self, field: str, low: float = -LARGEST, high: float = LARGEST) -> float:
        """A number that is finite."""
        return self._number(field, self._get(field), low, high)

    def numbers(self, field: str, low: float = -LARGEST, high: float = LARGEST, most: int = 100_000) -> list[float]:
        """Numbers, one at least."""
        return [self._number(field, each, low, high) for each in self._list(field, 1, most, "numbers")]

    def flag(self, field: str) -> bool:
        """True or false, which it is where it is missing."""
        self.asked.add(field)
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            raise self.wrong(field, f"is {quoted(value)}", "true or false.")
        return value

    def record(self, field: str) -> Record:
        """An object of its own."""
        value = self._get(field)
        if not isinstance(value, Mapping):
            raise self.wrong(field, f"is {quoted(value)}", "It must have fields of its own.")
        return Record(value, f"{self.where}, {field}", self.see)

    def records(self, field: str, least: int, most: int, each: str) -> list[Record]:
        """Several of them; `each` is what one is called."""
        values = self._list(field, least, most, f"{each}s")
        return [Record(value, f"{self.where}, {each} {i}", self.see) for i, value in enumerate(values, 1)]

    def no_more(self) -> None:
        """Fields that nobody asked for are mistyped ones."""
        if unknown := sorted(set(self.values) - self.asked):
            raise self.wrong(unknown[0][:_QUOTED], "is no field here", f"Known are {', '.join(sorted(self.asked))}.")

    def _get(self, field: str) -> Any:
        self.asked.add(field)
        if field not in self.values:
            raise self.wrong(field, "is missing", self.see)
        return self.values[field]

    def _list(self, field: str, least: int, most: int, of: str) -> list[Any]:
        value = self._get(field)
        if not isinstance(value, list) or not least <= len(value) <= most:
            said = f"has {len(value):,}" if isinstance(value, list) else f"is {quoted(value)}"
            raise self.wrong(field, said, f"A list of {least:,} to {most:,} {of}.")
        return value

    def _whole(self, field: str, value: Any, low: int, high: int) -> int:
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(field, f"is {quoted(value)}", f"A whole number from {low:,} to {high:,}.")
        return value

    def _number(self, field: str, value: Any, low: float, high: float) -> float:
        if type(value) not in (int, float) or not low <= value <= high:  # NaN is not
            bounds = "." if (low, high) == (-LARGEST, LARGEST) else f" from {low:g} to {high:g}."
            raise self.wrong(field, f"is {quoted(value)}", f"A number{bounds}")
        return float(value)

    def _text(self, field: str, value: Any, longest: int, empty: bool) -> str:
        if value is None:
            raise self.wrong(field, "is missing", f"A text of up to {longest:,} characters.")
        if not isinstance(value, str):
            raise self.wrong(field, f"is {quoted(value)}", "A text, in quotation marks.")
        if not value.strip() and not empty:
            raise self.wrong(field, "is empty", f"A text of up to {longest:,} characters.")
        if len(value) > longest:
            raise self.wrong(field, f"has {len(value):,} characters", f"Up to {longest:,}.")
        if not value.isprintable():
            raise self.wrong(field, "has a line break, or another character that isn't printed", "One line of text.")
        return value.strip()


def quoted(value: Any) -> str:
    """What a file says, so short that a sentence holds it, and all of it printable."""
    if isinstance(value, (Mapping, list)):
        return f"a list of {len(value):,}" if isinstance(value, list) else "an object"
    if type(value) is int and abs(value) > MOST**2:
        return f"a number of {math.floor(value.bit_length() * math.log10(2)) + 1:,} digits"
    said = repr(value)
    return said if len(said) <= _QUOTED else f"{said[:_QUOTED]}…"


def read(path: Path) -> Record | None:
    """A JSON file that holds an object; None where there is none.

    Raises
    ------
    ExplorerError
        If it can't be read as one.
    """
    try:
        values = json.loads(files.read_bytes(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ExplorerError(
            f"{path.name} can't be read: {error.strerror or error}", "Delete it, or restore it."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ExplorerError(f"{path.name} is no JSON", "Delete it, or restore it.") from error
    return Record(values, path.name, "Delete the file, or restore it.")


class Part(Generic[T]):
    """What a JSON file of a folder says of something; parsed again when the file has changed, and not to be changed.

    Parameters
    ----------
    name : str
        Of the file.
    parse : callable (Record) -> T
        Raises an ExplorerError where the file is damaged.
    """

    def __init__(self, name: str, parse: Callable[[Record], T]) -> None:
        self.name, self._parse = name, parse
        self._kept = files.Kept(self._read)

    def of(self, folder: Path) -> T | None:
        """What it says; None where there is no such file, or it is damaged."""
        found = self._kept(folder / self.name)
        return None if isinstance(found, ExplorerError) else found

    def wrong(self, folder: Path) -> ExplorerError | None:
        """What is wrong with it; None of a file that isn't there."""
        found = self._kept(folder / self.name)
        return found if isinstance(found, ExplorerError) else None

    def sure(self, folder: Path) -> T | None:
        """What it says, for whoever can't go on without: None where there is no such file; ExplorerError if it is
        damaged."""
        if wrong := self.wrong(folder):
            raise ExplorerError(wrong.what, wrong.advice)
        return self.of(folder)

    def _read(self, path: Path) -> T | ExplorerError | None:
        try:
            said = read(path)
            return None if said is None else self._parse(said)
        except ExplorerError as error:
            return ExplorerError(error.what, error.advice)  # without what it was raised by: this one is kept
