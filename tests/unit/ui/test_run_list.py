"""What the list of runs says and hands out."""

from __future__ import annotations

import csv
import io

from explorer.ui.run_list import metrics_csv, validation


def test_csv_has_a_line_a_row():
    rows = [
        {"kind": "train", "step": 1, "total": 0.5},
        {"kind": "change", "step": 1, "what": "beta", "value": 0.01},
        {"kind": "full", "step": 2, "total": None},
    ]
    read = list(csv.DictReader(io.StringIO(metrics_csv(rows).decode())))
    assert list(read[0]) == ["kind", "step", "total", "what", "value"]
    assert [line["step"] for line in read] == ["1", "1", "2"]
    assert read[1]["value"] == "0.01"
    assert read[2]["total"] == ""
    assert metrics_csv([]) == b"\r\n"


def test_the_whole_split_counts_once_it_was_measured_twice():
    subset, full = [{"kind": "subset", "step": i} for i in range(3)], [{"kind": "full", "step": i} for i in range(2)]
    assert validation([*subset, *full[:1]]) == subset
    assert validation([*subset, *full]) == full
