"""Trials on a Ray of this machine, with real trainings: what they write comes back, and what a lost worker leaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.runs.rows import Full, Resumed
from explorer.sweeps import folder
from explorer.sweeps.axes import parsed
from explorer.sweeps.cluster import Cluster
from explorer.sweeps.driver import go
from explorer.sweeps.plan import planned

ray = pytest.importorskip("ray", reason="Ray is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two cores, and no address of a cluster elsewhere."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("RAY_ADDRESS", raising=False)
        environment.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of what it will do one day
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        yield
        ray.shutdown()


def test_trials_come_back_and_one_whose_worker_is_killed_goes_on(pictures: Path, cluster: None):
    """Killed once it has a checkpoint here: it goes on from that, and nothing is trained twice."""
    start = TrainConfig(
        source="folder", data_path=str(pictures), channels=16, latent_dim=2, batch_size=2, epochs=1000, max_steps=300
    )
    sweep = folder.create(planned(start, [parsed("beta", "0.01,0.02")]))
    killed: list[int] = []

    def watch() -> bool:
        first = next(iter(sweep.trials().values()), None)
        if first is None or killed:
            return False
        if first.checkpoint_steps():
            killed.append(first.checkpoint_steps()[-1])
            os.kill(first.status().pid, signal.SIGKILL)
        elif first.status().state == "running" and not first.control().paused:
            first.update_control(paused=True)  # makes a checkpoint
        return False

    go(sweep, Cluster(), watch)
    first, second = sweep.trials().values()
    assert sweep.status().state == "finished"
    assert [run.status().state for run in (first, second)] == ["finished", "finished"]
    (resumed,) = first.metrics().of(Resumed)
    assert resumed.step == killed[0]
    assert not second.metrics().of(Resumed)
    for run in (first, second):
        assert run.checkpoint_steps()[-1] == 300
        assert run.metrics().of(Full)[-1].step == 300
        assert run.preview_path(300).is_file()
        assert not run.damaged()
        run.must_be_left_alone()


def test_more_than_any_node_has_is_explained(cluster: None):
    with pytest.raises(ExplorerError, match=r"no node has 64 cores\. Ask for less a trial\. There are: 2 cores"):
        Cluster(64).__enter__()
