"""Numbers to take away."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from plotly.graph_objects import Figure, Scatter

from explorer.ui.charts import figures


def test_a_csv_reads_back_as_it_was_written():
    table: dict[str, list[Any]] = {
        "model": ['beta 0.1, "mine"', "b"],
        "MSE": [0.25, 1e-7],
        "half power, cycles a pixel": [None, 0.5],
    }
    header, *rows = csv.reader(figures.to_csv(table).decode().splitlines())
    assert header == list(table)
    assert rows == [['beta 0.1, "mine"', "0.25", ""], ["b", "1e-07", "0.5"]]


def test_columns_are_of_one_length():
    with pytest.raises(ValueError, match="shorter"):
        figures.to_csv({"a": [1, 2], "b": [1]})


def test_who_sees_the_same_shares_a_figure():
    def line(values: list[float]) -> tuple[Figure, dict[str, list[float]]]:
        return Figure(Scatter(y=values), {"height": 100, "title": "Line"}), {"y": values}

    first = figures.drawn(line, [1.0, 2.0], of=("one",))
    assert figures.drawn(line, [1.0, 2.0], of=("one",)) is first
    others = [figures.drawn(line, [1.0, 3.0], of=("one",)), figures.drawn(line, [1.0, 2.0], of=("two",))]
    assert len({first.version, *(other.version for other in others)}) == 3
    assert first.figure.layout.title.subtitle.text == "one"
