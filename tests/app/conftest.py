"""What the tests of pages share."""

from __future__ import annotations

import pytest

from explorer.analysis import blur, samples


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blur measures fewer images: what it measures is the unit tests' matter."""
    monkeypatch.setattr(blur, "COUNT", 24)
    monkeypatch.setattr(blur, "POOL", 200)
    monkeypatch.setattr(samples, "FITTED_ON", 40)
    monkeypatch.setattr(samples, "SAMPLES", 24)
