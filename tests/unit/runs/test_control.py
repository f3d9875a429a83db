"""What people want of a run, several at once."""

from __future__ import annotations

import threading

import pytest

from explorer.errors import ExplorerError
from explorer.runs import Control, Run


def test_wishes_add_up(run: Run):
    assert run.control() == Control()
    run.update_control(beta=0.1)
    run.update_control(paused=True)
    run.ask_single_step()
    run.ask_single_step()
    assert run.control() == Control(paused=True, single_steps=2, beta=0.1)
    run.update_control(paused=False, learning_rate=1e-4)
    assert run.control() == Control(single_steps=2, beta=0.1, learning_rate=1e-4)


def test_wishes_of_many_viewers_are_all_kept(run: Run):
    def ask() -> None:
        for _ in range(10):
            run.ask_single_step()

    viewers = [threading.Thread(target=ask) for _ in range(5)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert run.control().single_steps == 50


def test_wishes_out_of_bounds_are_refused(run: Run):
    for wish in ({"beta": -1.0}, {"learning_rate": 0.0}, {"beta": float("nan")}):
        with pytest.raises(ExplorerError):
            run.update_control(**wish)
    assert run.control() == Control()
