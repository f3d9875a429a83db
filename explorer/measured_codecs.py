"""What JPEG, WebP and PNG make of CIFAR-10's test images, to stand beside models: measured by `studies.coding`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import places, units
from explorer.analysis.measures import MEASURES, quick
from explorer.errors import ExplorerError
from explorer.files import Kept
from explorer.records import Record, read

if TYPE_CHECKING:
    import numpy as np

ROWS = places.PROJECT / "studies" / "coding.json"
LIVE = 200  # images, at most, that are written as files while somebody waits: means of as many are 3 % off, or less
_MOST_ROWS = 1_000


@dataclass(frozen=True)
class CodecRow:
    """A codec at one quality.

    Parameters
    ----------
    codec : str
        Key of `explorer.analysis.coding.codecs.CODECS`.
    title : str
        "JPEG, quality 10".
    quality : int, optional
        None where nothing is lost.
    images : int
        How many were written, and measured.
    together : float
        Bytes an image, in files of up to a thousand.
    alone, head : float
        Bytes an image in a file of its own, and how many of these are head.
    values : dict of str to float or None
        By the keys of `MEASURES`, of what comes back from files of many; None where there is no finite value.
    mse_alone : float
        Mean squared error of what comes back from files of one.
    """

    codec: str
    title: str
    quality: int | None
    images: int
    together: float
    alone: float
    head: float
    values: dict[str, float | None]
    mse_alone: float

    @property
    def nats(self) -> float:
        """An image, in files of many."""
        return units.bytes_to_nats(self.together)

    @property
    def sizes(self) -> str:
        """Bytes in words."""
        return (
            f"{self.together:,.0f} bytes an image in files of many; {self.alone:,.0f} in one of its own, "
            f"{self.head:,.0f} of them head"
        )


def known(digest: str) -> list[CodecRow]:
    """Of images with that digest, if they are those that were measured; otherwise none."""
    return [row for of, row in _read(ROWS) if of == digest]


def measure(images: np.ndarray, codec: str, quality: int | None) -> CodecRow:
    """Write images, uint8 (N, 3, 32, 32), as files and read them again: a second for a thousand."""
    from explorer.analysis.coding import codecs

    of = codecs.CODECS[codec]
    found = codecs.measure(of, images, quality)
    values = {key: measure.of_all(found.made_together) for key, measure in quick().items()}
    title = of.title if quality is None else f"{of.title}, quality {quality}"
    return CodecRow(
        codec, title, quality, found.images, found.together, found.alone, found.head, values,
        float(found.made.mse.mean()),
    )  # fmt: skip


def to_json(row: CodecRow, digest: str) -> dict[str, Any]:
    """For `ROWS`, numbers to five digits."""
    said = {**vars(row), "values": {key: _short(value) for key, value in row.values.items()}, "digest": digest}
    return {key: _short(value) for key, value in said.items()}


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _parse(path: Path) -> list[tuple[str, CodecRow]]:
    try:
        said = read(path)
        return [] if said is None else [_row(row) for row in said.records("codecs", 0, _MOST_ROWS, "row")]
    except ExplorerError:
        return []


_read = Kept(_parse)


def _row(row: Record) -> tuple[str, CodecRow]:
    values = row.record("values")
    return row.text("digest", 200), CodecRow(
        codec=row.text("codec", 40),
        title=row.text("title", 80),
        quality=row.whole("quality") if row.has("quality") else None,
        images=row.whole("images", 1),
        together=row.number("together", 0.0),
        alone=row.number("alone", 0.0),
        head=row.number("head", 0.0),
        values={key: values.number(key) if values.has(key) else None for key in MEASURES if key in values.values},
        mse_alone=row.number("mse_alone", 0.0),
    )
