from __future__ import annotations

import sys

import pytest

from explorer import progress
from explorer.progress import Line


def words(done: int, total: int) -> str:
    return f"{done} of {total or 'many'}"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_in_a_log_it_is_said_now_and_then(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    line = Line(words, after_s=1.0)
    for second, done in enumerate((0, 10, 20, 30, 40)):
        clock[0] = 5.0 * second
        line.show(done, 40 if second else 0)
    line.end()
    said = capsys.readouterr().out.splitlines()
    assert said == [f"[{'#' * 10}{' ' * 30}] 10 of 40", f"[{'#' * 30}{' ' * 10}] 30 of 40", f"[{'#' * 40}] 40 of 40"]


def test_what_is_soon_over_is_not_worth_a_word(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    line = Line(words, after_s=1.0)
    line.show(40, 40)
    line.end()
    assert capsys.readouterr().out == ""


def test_on_a_terminal_one_line_changes(
    clock: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = Line(words, after_s=0.0)
    line.show(1, 0)
    clock[0] = 0.3
    line.show(2, 0)
    line.end()
    assert capsys.readouterr().out == "\r\x1b[K1 of many\r\x1b[K2 of many\n"
