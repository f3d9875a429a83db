"""What a run measured as one table, a row a line of its log, for other programs: CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer import files
from explorer.errors import ExplorerError
from explorer.files import finite, write_bytes
from explorer.runs.metrics import Metrics

_WORDS, _WHOLE = ("kind", "what"), ("step", "active_units", "codes_used")  # columns; all others are real numbers


def to_csv(metrics: Metrics) -> bytes:
    """One line a row, without those undone; columns in the order in which they first appear, empty without a number."""
    rows, names = _table(metrics)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def to_parquet(metrics: Metrics) -> bytes:
    """The same as Parquet: words, whole numbers (int64) and reals (double), where CSV has an empty cell null.

    Raises
    ------
    ExplorerError
        If pyarrow, which Streamlit brings, isn't installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as e:
        raise ExplorerError(f"Parquet needs pyarrow: {e}", "Install it (pip install pyarrow), or choose CSV.") from e
    rows, names = _table(metrics)
    types = {name: pyarrow.string() if name in _WORDS else pyarrow.float64() for name in names}
    types |= {name: pyarrow.int64() for name in _WHOLE if name in types}
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows, pyarrow.schema(list(types.items()))), file)
    return file.getvalue()


_FORMATS: dict[str, Callable[[Metrics], bytes]] = {".csv": to_csv, ".parquet": to_parquet}


def write(metrics: Metrics, path: Path) -> None:
    """Write them as what the file's suffix says, in place of what is there.

    Raises
    ------
    ExplorerError
        If it says neither, or the file can't be written.
    """
    make = _FORMATS.get(path.suffix.lower())
    if make is None:
        raise ExplorerError(f"{path.name} ends in {path.suffix or 'no suffix'}", f"Choose {' or '.join(_FORMATS)}.")
    with files.explained(f"{path.name} can't be written", path):
        write_bytes(path, make(metrics))


def _table(metrics: Metrics) -> tuple[list[dict[str, Any]], list[str]]:
    rows: list[dict[str, Any]] = finite([row.to_json() for row in metrics.rows])
    return rows, list(dict.fromkeys(name for row in rows for name in row))
