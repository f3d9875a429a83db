"""How many cores are counted, under each of the ways in which a machine is shared out."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import cores

SECOND = "36 25 0:31 {root} {at} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
FIRST = "33 23 0:29 {root} {at} rw,relatime shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct"
OTHER = "35 23 0:31 {root} {at} rw,relatime - cgroup cgroup rw,memory"


def process(folder: Path, groups: str, *mounts: str, root: str = "/", at: str = "cg") -> Path:
    """A folder as /proc has it of a process in `groups`, on a system whose hierarchies are mounted at folder/`at`."""
    escaped = str(folder / at).replace(" ", "\\040")
    (folder / "mountinfo").write_text("".join(mount.format(root=root, at=escaped) + "\n" for mount in mounts))
    (folder / "cgroup").write_text(groups)
    return folder


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


@pytest.mark.parametrize(
    ("text", "share"), [("max 100000", math.inf), ("200000 100000", 2), ("150000 100000", 1.5), ("5000 10000", 0.5)]
)
def test_quota_of_the_second_hierarchy(tmp_path: Path, text: str, share: float):
    group(tmp_path / "cg/app", cpu__max=text)
    assert cores.quota(process(tmp_path, "0::/app\n", SECOND)) == share


def test_quota_of_the_first_hierarchy(tmp_path: Path):
    me = process(tmp_path, "4:memory:/m\n2:cpu,cpuacct:/app\n0::/\n", OTHER, FIRST)
    assert cores.quota(me) == math.inf  # no such files
    group(tmp_path / "cg/app", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    assert cores.quota(me) == math.inf
    group(tmp_path / "cg/app", cpu__cfs_quota_us="250000", cpu__cfs_period_us="100000")
    assert cores.quota(me) == 2.5


def test_the_tightest_of_the_groups_above_counts(tmp_path: Path):
    """A pod may have less than its container asks for, and of those below, the process's siblings are none of its."""
    me = process(tmp_path, "0::/pod/box/shell\n", SECOND, at="c g")  # with a space, which /proc escapes
    group(tmp_path / "c g/pod/box/shell", cpu__max="max 100000")
    group(tmp_path / "c g/pod/box", cpu__max="800000 100000")
    group(tmp_path / "c g/pod", cpu__max="300000 100000")
    group(tmp_path / "c g/pod/other", cpu__max="100000 100000")
    assert cores.quota(me) == 3


@pytest.mark.parametrize(
    ("root", "within"),
    [
        ("/", "/"),  # a namespace of its own: it is the root
        ("/docker/4f2a", "/docker/4f2a"),  # none: the mount begins at its group
        ("/", "/../.."),  # entered from elsewhere
    ],
)
def test_a_container_sees_its_part_of_the_tree(tmp_path: Path, root: str, within: str):
    group(tmp_path / "cg", cpu__max="200000 100000", cpu__cfs_quota_us="200000", cpu__cfs_period_us="100000")
    assert cores.quota(process(tmp_path, f"0::{within}\n", SECOND, root=root)) == 2
    assert cores.quota(process(tmp_path, f"3:cpuacct,cpu:{within}\n0::/\n", FIRST, root=root)) == 2


def test_no_quota_where_nothing_is_known(tmp_path: Path):
    assert cores.quota(tmp_path) == math.inf  # not Linux
    assert cores.quota(process(tmp_path, "0::/app\n", SECOND)) == math.inf  # hidden from it
    assert cores.quota(process(tmp_path, "as\nother:kernels\n\n", "say", "it - cgroup2", "")) == math.inf
    assert cores.quota() > 0  # here


def test_cores_are_those_that_a_process_may_run_on(monkeypatch: pytest.MonkeyPatch):
    """`taskset` and cpusets leave some; of those, a quota a part, of which any part is a core begun."""
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); from explorer import cores"
    counted = subprocess.check_output([sys.executable, "-c", f"{code}; print(cores.allowed())"], cwd=Path.cwd())
    assert counted == b"1\n"
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))
    for share, count in ((math.inf, 64), (2, 2), (1.5, 2), (0.1, 1), (100, 64)):
        monkeypatch.setattr(cores, "quota", lambda share=share: share)
        assert cores.allowed() == count


@pytest.mark.parametrize(
    ("asked", "count"), [(None, 7), ("", 7), ("3", 3), ("12", 12), ("4,2", 4), ("0", 7), ("many", 7)]
)
def test_threads_are_the_persons_or_one_a_core(monkeypatch: pytest.MonkeyPatch, asked: str | None, count: int):
    monkeypatch.setattr(cores, "allowed", lambda: 8)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert cores.threads(spare=1) == count
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(cores, "allowed", lambda: 1)
    assert cores.threads(spare=1) == 1
