"""Claims that are judged by rows that a test writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from explorer.claims import CLAIMS
from explorer.claims.evidence import Evidence, Sharpness, read
from explorer.claims.verdict import Finding
from tests import claims_rows
from tests.claims_rows import Row

Found = Callable[..., Finding]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """A claim's finding, by its key, from rows and from what cards say."""

    def find(claim: str, rows: Sequence[Row], cards: Sequence[Sharpness] = ()) -> Finding:
        trials = read([claims_rows.write(tmp_path / "measured.json", rows)])
        return CLAIMS[claim].find(Evidence(trials, cards))

    return find
