"""What figures show of trials, as numbers and in Plotly."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.claims.drawing import to_plotly
from explorer.claims.evidence import Evidence, read
from explorer.claims.figure import Axis, Figure, Mark, Panel, curves, ends, table_of_ends, table_of_looks
from tests import claims_rows


@pytest.fixture
def spatial(tmp_path: Path) -> Evidence:
    """Two seeds of a claim."""
    rows = [row for seed in range(2) for row in claims_rows.spatial(seed, 0.01 * (1 + seed))]
    return Evidence(read([claims_rows.write(tmp_path / "rows.json", rows)]))


def test_each_seed_and_their_mean(spatial: Evidence):
    *seeds, mean = curves(spatial.of(family="spatial_vae"), "step", "validation_recon", "spatial", "#000000")
    assert [seed.y[-1] for seed in seeds] == [0.01, 0.02]
    assert mean.y[-1] == pytest.approx(0.015)
    assert mean.x == claims_rows.STEPS
    assert [(mark.faint, mark.legend) for mark in (*seeds, mean)] == [(True, False), (True, False), (False, True)]
    assert seeds[1].labels[-1] == "spatial, seed 1: 0.02000 after 300"


def test_seeds_looked_at_after_different_steps_are_in_the_legend(tmp_path: Path):
    rows = [row for seed in range(2) for row in claims_rows.time(seed, 1.0)]
    for row in rows:
        if row["name"].endswith("seed 1"):
            row["looks"]["step"] = [0, 40, 150, 300]
    trials = Evidence(read([claims_rows.write(tmp_path / "rows.json", rows)])).of(family="autoencoder")
    marks = curves(trials, "seconds", "validation_recon", "autoencoder", "#000000")
    assert [(mark.legend, mark.faint, mark.width) for mark in marks] == [(True, False, 2), (False, False, 2)]


def test_where_trials_ended_is_a_line_a_seed(spatial: Evidence):
    marks = ends(spatial.of(family="residual_vae"), "flat", "#000000", "circle")
    assert [(list(mark.x), list(mark.y)) for mark in marks] == [([100.0, 400.0], [0.016, 0.0064])] * 2
    assert [mark.legend for mark in marks] == [True, False]
    assert marks[1].labels[0] == "flat, beta 0.003, seed 1<br>MSE 0.01600 at 100 nats"


def test_tables(spatial: Evidence):
    ended, looked = table_of_ends(spatial.trials), table_of_looks(spatial.trials)
    assert ended["rate, nats an image"] == [400.0, 100.0, 200.0] * 2
    assert len(looked["step"]) == len(spatial.trials) * len(claims_rows.STEPS)
    assert looked["validation MSE, pixels 0 to 1"][-1] == 0.02


def test_what_is_drawn():
    figure = Figure(
        "Title",
        [
            Panel([Mark("line", [1, 2], [3, 4], "#123456", "dot", width=3), Mark("points", [1], [5], "#000000",
                  symbol="star", labels=["here"])], Axis("across", ticks={1.0: "one"}), Axis("up", log=True)),
            Panel([], Axis(from_zero=True)),
        ],
        {"y": [3, 4]},
    )  # fmt: skip
    drawn = to_plotly(figure)
    line, points = drawn.data
    assert (line.mode, line.line.dash, line.line.color, line.hoverinfo) == ("lines", "dot", "#123456", "skip")
    assert (points.mode, points.marker.symbol, points.text) == ("markers", "star", ("here",))
    layout = drawn.layout
    assert (layout.title.text, layout.xaxis.title.text, layout.yaxis.type) == ("Title", "across", "log")
    assert (layout.xaxis.ticktext, layout.xaxis2.rangemode) == (("one",), "tozero")
