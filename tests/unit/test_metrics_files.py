"""What a run measured as a table for other programs, written by the command line too."""

from __future__ import annotations

import csv
import io
import math
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from explorer import metrics_files, runs
from explorer.__main__ import main
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs.metrics import Metrics
from explorer.runs.rows import Full, Train
from tests.rows import change, measured

ROWS = [measured(Train, 1), change(1, "beta", 0.01), measured(Full, 2, math.nan, kl_median=0.5, active_units=3)]
NAMES = [
    "kind", "step", "time", "epoch", "beta", "learning_rate", "total", "recon", "kl", "what", "value", "kl_median",
    "active_units",
]  # fmt: skip


def test_csv_has_a_line_a_row():
    read = list(csv.DictReader(io.StringIO(metrics_files.to_csv(Metrics(ROWS)).decode())))
    assert list(read[0]) == NAMES
    assert [line["step"] for line in read] == ["1", "1", "2"]
    assert read[1]["value"] == "0.01"
    assert read[2]["total"] == ""
    assert metrics_files.to_csv(Metrics()) == b"\r\n"


def test_parquet_has_the_same_with_types():
    table = parquet.read_table(io.BytesIO(metrics_files.to_parquet(Metrics(ROWS))))
    assert table.column_names == NAMES
    types = dict(zip(NAMES, map(str, table.schema.types), strict=True))
    assert (types["kind"], types["step"], types["active_units"], types["total"]) == (
        "string",
        "int64",
        "int64",
        "double",
    )
    rows = table.to_pylist()
    assert [row["active_units"] for row in rows] == [None, None, 3]
    assert (rows[1]["value"], rows[1]["what"], rows[2]["total"]) == (0.01, "beta", None)


def test_without_pyarrow_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExplorerError, match="or choose CSV"):
        metrics_files.to_parquet(Metrics(ROWS))


def test_the_command_writes_what_the_suffix_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = runs.create(TrainConfig(source="shapes"), "Mine")
    assert main(["metrics", run.id, "--to", str(tmp_path / "m.csv")]) == 1
    assert "has measured nothing yet" in capsys.readouterr().err
    for row in ROWS:
        run.append_metrics(row)
    for of, name in ((run.id, "m.csv"), (str(run.path), "m.parquet")):
        assert main(["metrics", of, "--to", str(tmp_path / name)]) == 0
    assert (tmp_path / "m.csv").read_bytes() == metrics_files.to_csv(run.metrics())
    assert parquet.read_table(tmp_path / "m.parquet").num_rows == 3
    capsys.readouterr()
    for name, words in (("m.xlsx", "Choose .csv or .parquet"), ("no/m.csv", "m.csv can't be written")):
        assert main(["metrics", run.id, "--to", str(tmp_path / name)]) == 1
        assert words in capsys.readouterr().err
    assert main(["metrics", "20200101-000000-abcd", "--to", str(tmp_path / "m.csv")]) == 1
    assert "holds no run" in capsys.readouterr().err
