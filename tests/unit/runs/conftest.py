"""A run that was just made."""

from __future__ import annotations

import pytest

from explorer import runs
from explorer.config import TrainConfig
from explorer.runs import Run


@pytest.fixture
def run() -> Run:
    return runs.create(TrainConfig(beta=0.002), "A run")
