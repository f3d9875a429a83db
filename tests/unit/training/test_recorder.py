"""Intervals grow with the run, and what costs much is done less often."""

from __future__ import annotations

import pytest

from explorer.training.recorder import Rhythm


def test_intervals_grow_with_the_run(monkeypatch: pytest.MonkeyPatch):
    """A day of log rows, 0.25 s apart at first: thousands, not 350,000."""
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    rhythm, rows = Rhythm(0.25, began_at=0.0), 0
    while now < 24 * 3600:
        assert rhythm.due()
        rhythm.done()
        now, rows = rhythm.next_at, rows + 1
    assert 1000 < rows < 10_000


def test_intervals_keep_to_their_share(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    rhythm = Rhythm(1.0, share=0.05, began_at=100.0)
    rhythm.done(cost_s=2.0)
    assert rhythm.next_at == 140.0
    rhythm = Rhythm(1.0, share=0.05, most_s=1.7, began_at=100.0)
    rhythm.done(cost_s=2.0)
    assert rhythm.next_at == 101.7
