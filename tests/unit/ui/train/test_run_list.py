"""What the list of runs says and hands out."""

from __future__ import annotations

import csv
import io
import math

from explorer.runs.metrics import Metrics
from explorer.runs.rows import Full, Train
from explorer.ui.train.run_list import metrics_csv
from tests.rows import change, measured


def test_csv_has_a_line_a_row():
    rows = [measured(Train, 1), change(1, "beta", 0.01), measured(Full, 2, math.nan, kl_median=0.5)]
    read = list(csv.DictReader(io.StringIO(metrics_csv(Metrics(rows)).decode())))
    common = ["kind", "step", "time", "epoch", "beta", "learning_rate", "total", "recon", "kl"]
    assert list(read[0]) == [*common, "what", "value", "kl_median"]
    assert [line["step"] for line in read] == ["1", "1", "2"]
    assert read[1]["value"] == "0.01"
    assert read[2]["total"] == ""
    assert metrics_csv(Metrics()) == b"\r\n"
