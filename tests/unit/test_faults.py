"""Errors that nobody foresaw stand in the log under numbers."""

from __future__ import annotations

import logging

import pytest

from explorer import faults


def divide(by: int) -> Exception:
    try:
        return ValueError(1 / by)
    except ZeroDivisionError as e:
        return e


def look_up(name: str) -> Exception:
    known: dict[str, int] = {}
    try:
        return ValueError(known[name])
    except KeyError as e:
        return e


def test_a_fault_keeps_its_number_and_another_has_another():
    assert faults.number(look_up("a")) == faults.number(look_up("b"))
    assert faults.number(look_up("a")) != faults.number(divide(0))
    assert faults.number(OSError("never raised")) == faults.number(OSError("nor this one"))


def test_the_log_has_the_traceback_under_the_number_once(caplog: pytest.LogCaptureFixture):
    first, again = look_up("one\ntwo"), look_up("three\nfour")
    with caplog.at_level(logging.ERROR):
        assert faults.log(first, "looking") == faults.log(again, "looking once more")
    told, once_more = caplog.records
    assert told.exc_info
    assert told.exc_info[1] is first
    assert f"Error {faults.number(first)}, looking" in told.getMessage()
    assert not once_more.exc_info
    assert once_more.getMessage() == f"Error {faults.number(first)} again, looking once more: {again!r}"
    assert "\n" not in once_more.getMessage()
