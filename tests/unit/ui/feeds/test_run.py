"""How far a run is, in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from explorer.processes import Process
from explorer.runs import Control, Status
from explorer.ui.feeds.run import duration, head, progress_facts, where_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59, "59 s"), (200, "3 min 20 s"), (3000, "50 min"), (7500, "2 h 5 min")],
)
def test_duration(seconds: float, words: str):
    assert duration(seconds) == words


def test_progress():
    status = Status("running", step=150, total_steps=1200, steps_per_epoch=100, images_per_s=1234.5, eta_s=61)
    assert progress_facts(status) == ["step 150 of 1,200", "epoch 1.5 of 12.0", "1,234 images/s", "1 min 1 s left"]
    assert progress_facts(Status("starting")) == []
    paused = Status("paused", step=1, total_steps=2, steps_per_epoch=1, images_per_s=5, eta_s=9)
    assert not any("left" in fact for fact in progress_facts(paused))


def test_a_run_that_is_trained_elsewhere_says_so_and_for_how_long_it_was_silent():
    def words(silent_s: float | None, **values) -> str:
        return where_words(Status("running", host="lab-3", unheard_s=silent_s, **values))

    assert words(None) == ""  # here
    assert words(2.0) == "trained on lab-3"
    assert words(11.2) == "trained on lab-3; nothing heard for 12 s"
    assert where_words(Status("running", unheard_s=75.0)) == "nothing heard for 1 min 15 s"
    assert where_words(Status("failed", host="lab-3", unheard_s=100.0)) == ""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing is suspended by a signal there")
def test_a_suspended_run_says_so_and_no_time_that_is_left():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as trainer:
        status = Status("running", images_per_s=100.0, eta_s=12.0).by(Process.of(trainer.pid))
        assert "12 s left" in head("A run", status, Control())
        trainer.send_signal(signal.SIGSTOP)
        os.waitpid(trainer.pid, os.WUNTRACED)
        said = head("A run", status, Control())
        trainer.kill()
    assert "suspended: it goes on when the system wakes it" in said
    assert "left" not in said
    assert not status.suspended
