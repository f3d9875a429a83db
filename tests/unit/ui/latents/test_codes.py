"""What a person painted, in an address and in the codes of an image."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.latents.codes import Use
from explorer.ui.components.code_grid import TAKEN, View
from explorer.ui.components.shelved import Shelved
from explorer.ui.latents.codes import Bench, painted, parse, write

Cells = tuple[int | None, ...]
_NONE: Cells = (None,) * 64


def put(**cells: int) -> Cells:
    return tuple(cells.get(f"c{i}") for i in range(64))


def test_an_address_says_runs_of_cells():
    cells = put(c3=17, c8=TAKEN, c9=TAKEN, c10=TAKEN, c11=0, c63=511)
    assert write(cells) == "3.17_8-10.b_11.0_63.511"
    assert write(_NONE) == ""
    assert write((TAKEN,) * 64) == "0-63.b"


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_is_read_again(seed: int):
    drawn = np.random.default_rng(seed).integers(-3, 4, 64).tolist()
    cells = tuple(None if value < TAKEN else value for value in drawn)
    assert parse(write(cells), 4) == cells


@pytest.mark.parametrize(
    "text", ["64.1", "5-3.1", "1.8", "1", "1.c", "1.-1", "1.1,2.1", "\u0663.1", "1.99999", "0-63.1_x"]
)
def test_what_is_no_painting_is_none(text: str):
    assert parse(text, 8) is None


def test_cells_of_b_are_taken_where_they_are_painted():
    indices = np.random.default_rng(0).integers(0, 9, (2, 64))
    bench = Bench(Use(indices, 9), indices, 0, 0, np.empty((0, 4, 4, 3)), Shelved("", "", b""))

    def found(cells: Cells) -> list[int]:
        return painted(bench, View(0, 1, cells, 0, "use")).tolist()

    assert found(_NONE) == indices[0].tolist()
    assert found((TAKEN,) * 64) == indices[1].tolist()
    some = indices[0].copy()
    some[5], some[9] = 7, indices[1, 9]
    assert found(put(c5=7, c9=TAKEN)) == some.tolist()
