"""Real training processes: started, waited for, told things, killed and resumed, as by the app and by a terminal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from explorer import cores, models, runs
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs import Run, Status
from explorer.runs.rows import Full, Resumed, Train
from explorer.training import priority, process

PROJECT = Path(process.__file__).parent.parent.parent
PATIENCE_S = 180.0  # trainers go last on a busy machine, and importing torch alone takes seconds


@pytest.fixture
def config(pictures: Path) -> Callable[..., TrainConfig]:
    """Settings of a small net on 20 pictures, which goes on until it is stopped unless told otherwise."""

    def make(**changes) -> TrainConfig:
        settings: dict[str, Any] = {
            "latent_dim": 2,
            "batch_size": 2,
            "epochs": 1000,
            "data_path": str(pictures),
            **changes,
        }
        return TrainConfig(source="folder", **settings)

    return make


@pytest.fixture(autouse=True)
def none_left(own_folders: None) -> Iterator[None]:
    """Whatever a test started ends with it, however the test ended and whatever the run says of itself."""
    yield
    folders = [str(run.path) for run in runs.list_runs()]
    for trainer in psutil.process_iter(["cmdline"]):
        if set(trainer.info["cmdline"] or ()) & set(folders):
            trainer.kill()


def wait(run: Run, seen: Callable[[Status], bool]) -> Status:
    """The first status of which `seen` holds; none after a failure will."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if seen(status := run.status()):
            return status
        assert status.state != "failed", f"{status.error}\n{(run.path / 'trainer.log').read_text()}"
        time.sleep(0.05)
    pytest.fail(f"still {run.status()}")


def failed(run: Run) -> Status:
    return wait(run, lambda status: status.state == "failed")


def beyond(step: int) -> Callable[[Status], bool]:
    return lambda status: status.state == "running" and status.step > step


def test_told_things_while_it_runs_and_another_waits(config: Callable[..., TrainConfig]):
    """Pause, single step, changes, resume, stop; a second start stands in line meanwhile and runs to its end."""
    run = process.start(config(), "First")
    wait(run, beyond(0))
    second = process.start(config(max_steps=3), "Second")

    pid = run.status().pid
    assert priority.share(pid) in (None, 10)
    assert run.environment["threads"] == cores.threads()
    run.update_control(paused=True)
    paused_at = wait(run, lambda s: s.state == "paused").step
    assert priority.share(pid) in (None, 0)  # whoever asks for single steps waits for them
    model = models.get(run.id)
    assert model.step == paused_at  # to look at while it rests
    run.ask_single_step()
    assert wait(run, lambda s: s.step > paused_at).step == paused_at + 1
    run.ask_single_step()
    run.ask_single_step()
    wait(run, lambda s: s.step == paused_at + 3)
    assert wait(second, lambda s: s.state == "queued").ahead == 1

    run.update_control(beta=0.25, learning_rate=1e-5)
    run.ask_single_step()
    wait(run, lambda s: s.step == paused_at + 4)
    metrics = run.metrics()
    changes = {row.what: (row.step, row.value) for row in metrics.changes}
    assert changes == {"beta": (paused_at + 3, 0.25), "learning_rate": (paused_at + 3, 1e-5)}
    stepped = [row for row in metrics.train if row.step > paused_at]
    assert [(r.step - paused_at, r.beta) for r in stepped] == [(1, 0.001), (2, 0.001), (3, 0.001), (4, 0.25)]
    assert stepped[-1].learning_rate == pytest.approx(1e-5)

    with pytest.raises(ExplorerError, match="still"):
        process.spawn(run)
    run.update_control(paused=False)
    wait(run, beyond(paused_at + 5))
    assert priority.share(pid) in (None, 10)
    assert second.status().state == "queued"
    run.update_control(stop=True)
    stopped_at = wait(run, lambda s: s.state == "stopped").step
    assert models.get(run.id).step == stopped_at
    assert wait(second, lambda s: s.state == "finished").step == 3
    wait(run, lambda s: not psutil.pid_exists(s.pid))


def test_stopped_while_waiting(config: Callable[..., TrainConfig]):
    blocker = runs.create(config(), "Blocker")
    me = psutil.Process()
    blocker.write_status(Status("running", pid=me.pid, pid_started=me.create_time(), asked_at=0.0))
    run = process.start(config(), "Waits")
    wait(run, lambda s: s.state == "queued" and s.ahead == 1)
    run.update_control(stop=True)
    assert wait(run, lambda s: s.state == "stopped").step == 0


def test_killed_and_resumed(config: Callable[..., TrainConfig]):
    run = process.start(config(), "Killed")
    wait(run, beyond(0))
    run.update_control(paused=True)  # makes a checkpoint
    saved_at = wait(run, lambda s: s.state == "paused").step
    run.update_control(paused=False)
    pid = wait(run, beyond(saved_at + 2)).pid
    os.kill(pid, signal.SIGKILL)
    status = failed(run)
    assert status.error is not None
    assert "without saying why" in status.error.what
    assert models.load_model(models.get(run.id))

    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"kind": "tr')  # as a kill in the middle of a write leaves it
    process.spawn(run)
    wait(run, beyond(status.step + 2))
    run.update_control(stop=True)
    wait(run, lambda s: s.state == "stopped")
    metrics = run.metrics()
    (resumed_at,) = (row.step for row in metrics.of(Resumed))
    assert saved_at <= resumed_at <= status.step + 1
    for kind in (Train, Full):
        steps = [row.step for row in metrics.of(kind)]
        assert steps == sorted(set(steps))


def test_the_run_outlives_the_app_and_obeys_signals(config: Callable[..., TrainConfig], tmp_path: Path):
    """A process starts a run and is killed with its whole group; the run goes on, until SIGTERM."""
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(config().to_json()))
    code = (
        "import json, time; from pathlib import Path; from explorer.config import TrainConfig;"
        "from explorer.training import process;"
        f"process.start(TrainConfig.from_json(json.loads(Path({str(settings)!r}).read_text())), 'Left alone');"
        "print('started', flush=True); time.sleep(1000)"
    )
    app = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    with app:
        assert app.stdout
        assert app.stdout.readline() == "started\n"
        os.killpg(app.pid, signal.SIGKILL)
    (run,) = runs.list_runs()
    status = wait(run, beyond(1))
    assert psutil.Process(status.pid).nice() == 19
    os.kill(status.pid, signal.SIGTERM)
    stopped = wait(run, lambda s: s.state == "stopped")
    assert models.get(run.id).step == stopped.step
    assert "Traceback" not in (run.path / "trainer.log").read_text()


def test_a_trainer_that_can_not_start_is_seen_at_once(
    config: Callable[..., TrainConfig], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    run = process.start(config(), "Stillborn")
    status = failed(run)
    assert "ended at once" in str(status.error)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ExplorerError, match="could not be started"):
        process.spawn(run)
    assert run.status().state == "failed"


def terminal(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`python -m explorer ...`, to its end."""
    command = [sys.executable, "-m", "explorer", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE_S)


def test_from_a_terminal(pictures: Path, tmp_path: Path):
    """Train into a folder of one's own, and resume there."""
    folder = tmp_path / "mine"
    settings = ["--source", "folder", "--data-path", os.path.relpath(pictures, PROJECT), "--latent-dim", 2]
    done = terminal("train", *settings, "--batch-size", 4, "--max-steps", 2, "--run-dir", folder, "--preset", "quick")
    assert done.returncode == 0, done.stderr
    assert "finished at step 2 of 2" in done.stdout
    run = Run(folder)
    assert run.config.data_path == str(pictures)
    assert run.title == "Quick look, latent dim 2, max steps 2, batch size 4, beta 0.001"

    done = terminal("train", "--begin", folder)
    assert done.returncode == 1
    assert "has begun already. Go on with it: --resume" in done.stderr

    run.update_control(stop=True)  # an old wish must not stop the resumed run
    done = terminal("train", "--resume", folder)
    assert done.returncode == 0, done.stderr
    assert run.status().state == "finished"


def test_a_finished_run_whose_status_is_lost_is_resumed(run: Run):
    """It has nothing left to do."""
    (run.path / "status.json").write_text("[]")
    assert run.status().state == "failed"
    process.ask_again(run)
    process.train(run)
    assert run.status().state == "finished"
