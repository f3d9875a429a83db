"""Trains trials on a Ray cluster: each on whichever node has the cores and GPUs free that it asks for.

What a trial writes comes back while it trains, checkpoints too. If its worker is lost, it goes on elsewhere from the
last that came; if whoever goes through the sweep is lost, its workers end with it, and what has come is gone on from.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from explorer import files
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.files import write_bytes
from explorer.processes import Process
from explorer.runs import Run, RunError
from explorer.sweeps import node
from explorer.sweeps.driver import Engine
from explorer.sweeps.node import CHECKPOINTS, STATUS, News
from explorer.training import process

_LARGEST = 2**40  # bytes of weights
EXCHANGE_EVERY_S = 0.3  # seconds between two askings for what has changed
_WEIGHTS = {"start.safetensors": "start_from", "model.safetensors": "prior_of"}  # files to the settings that name them
_PACKAGE = Path(__file__).parent.parent


@dataclass
class _Work:
    """A trial on its way."""

    run: Run
    worker: Any
    answer: Any  # of Ray: what it is asked at the moment
    held: ExitStack  # the lock of whoever trains it
    began: bool = False
    next_at: float = 0.0


class Cluster(Engine):
    """Ray, as RAY_ADDRESS says or else on this machine; a Ray that this process has begun already is taken as it is.

    Parameters
    ----------
    cpus, gpus : float
        Of each trial.
    """

    def __init__(self, cpus: float = 1, gpus: float = 0) -> None:
        self._cpus, self._gpus = cpus, gpus
        self._works: list[_Work] = []
        self._idle: list[Any] = []
        self._kept: dict[tuple[str, ...], Any] = {}  # images and weights in the object store, by what they are
        self._own = False
        self._me = Process.of(os.getpid())

    def __enter__(self) -> Cluster:
        try:
            import ray
        except ImportError as e:
            raise ExplorerError(
                "A sweep on a cluster needs Ray, which is not installed",
                "pip install ray, or leave out --on ray: trials then train here, one by one.",
            ) from e
        self._ray = ray
        if not ray.is_initialized():
            self._begin_ray()
        if not self.room:
            self._end()
            asked = f"{self._cpus:g} cores" + (f" and {self._gpus:g} GPUs" if self._gpus else "")
            told = "; ".join(f"{r.get('CPU', 0):g} cores, {r.get('GPU', 0):g} GPUs" for r in self._nodes())
            raise ExplorerError(f"no node has {asked}", f"Ask for less a trial. There are: {told or 'no nodes'}.")
        return self

    def _begin_ray(self) -> None:
        elsewhere, before = bool(os.environ.get("RAY_ADDRESS")), signal.getsignal(signal.SIGTERM)
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if elsewhere:  # nodes get the code that this process has
            options["runtime_env"] = {"py_modules": [str(_PACKAGE)]}
        else:
            options["include_dashboard"] = False
        try:
            self._ray.init(**options)
        except (ConnectionError, RuntimeError, OSError, ValueError) as e:
            where = f" at {os.environ['RAY_ADDRESS']}" if elsewhere else ""
            first = next(iter(str(e).splitlines()), type(e).__name__)
            raise ExplorerError(f"Ray could not be reached{where}: {first}", "`ray status` tells more.") from e
        finally:
            signal.signal(signal.SIGTERM, before)  # Ray's own would end us without a word
        self._own = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        for work in list(self._works):
            self._drop(work)
        for worker in self._idle:
            self._ray.kill(worker)
        self._idle.clear()
        if self._own:
            self._ray.shutdown()

    def _nodes(self) -> list[dict[str, float]]:
        return [each["Resources"] for each in self._ray.nodes() if each["Alive"]]

    @property
    def room(self) -> int:
        """Trials that fit at once onto all nodes."""
        fits = 0
        for there in self._nodes():
            each = [there.get(kind, 0) // asked for kind, asked in (("CPU", self._cpus), ("GPU", self._gpus)) if asked]
            fits += int(min(each, default=1))
        return fits

    def begin(self, run: Run) -> None:
        for work in [work for work in self._works if work.run == run]:
            self._drop(work)  # on this machine its end is seen in its status, before Ray tells of it
        if not run.status().active:
            process.ask_again(run)
        config = run.config
        of_images = ("images", config.source, config.data_path)
        images = self._keep(of_images, lambda: load_image_set(config.source, config.data_path or None))
        weights = {
            name: (name, str(getattr(config, setting)))
            for name, setting in _WEIGHTS.items()
            if (run.path / name).is_file()
        }
        of_weights = ("weights", *map(str, sorted(weights.values())))
        kept = self._keep(of_weights, lambda: {name: files.read_bytes(run.path / name, _LARGEST) for name in weights})
        held = ExitStack()
        held.enter_context(run.as_its_trainer())
        run.write_status(replace(run.status().by(self._me), state="queued", heartbeat=time.time()))
        content = self._ray.put(node.contents(run.path, frozenset(_WEIGHTS)))
        worker = self._idle.pop() if self._idle else self._worker()
        answer = worker.begin.remote(run.id, content, kept, images, max(1, int(self._cpus)))
        self._works.append(_Work(run, worker, answer, held))

    def _keep(self, key: tuple[str, ...], make: Any) -> Any:
        if key not in self._kept:
            self._kept[key] = self._ray.put(make())
        return self._kept[key]

    def _worker(self) -> Any:
        return self._ray.remote(node.Node).options(num_cpus=self._cpus, num_gpus=self._gpus).remote()

    def tend(self) -> None:
        for work in list(self._works):
            if work.answer is not None:
                self._hear(work)
            elif time.monotonic() >= work.next_at:
                control = files.read_json(work.run.path / "control.json")
                said = files.dumps(control).encode() if control else b""
                work.answer = work.worker.exchange.remote(said)

    def _hear(self, work: _Work) -> None:
        ready, _ = self._ray.wait([work.answer], timeout=0)
        if not ready:
            self._wait_with(work)
            return
        try:
            news = self._ray.get(work.answer)
        except self._ray.exceptions.RayError as e:  # of a process that is gone, or never began
            self._lose(work, e)
            return
        work.answer, work.next_at = None, time.monotonic() + EXCHANGE_EVERY_S
        if not work.began:
            work.began = True
            return
        _take(work.run.path, news)
        if news.ended:
            self._works.remove(work)
            work.held.close()
            self._idle.append(work.worker)

    def _wait_with(self, work: _Work) -> None:
        """While no node has room for a trial, it is ours, and can be stopped."""
        if work.began or time.monotonic() < work.next_at:
            return
        work.next_at = time.monotonic() + EXCHANGE_EVERY_S
        status = replace(work.run.status(), heartbeat=time.time())
        if work.run.control().stop:
            self._drop(work)
            status = replace(status, state="stopped")
        work.run.write_status(status)

    def _lose(self, work: _Work, error: Exception) -> None:
        """Its worker is gone: the trial is as one whose process ended without a word, and is taken up again."""
        self._drop(work)
        why = next(iter(str(error).splitlines()), type(error).__name__)
        lost = RunError(f"Its worker on the cluster was lost: {why}", "Resume the sweep, or the run here.")
        work.run.write_status(replace(work.run.status(), state="failed", pid=0, eta_s=None, error=lost))

    def _drop(self, work: _Work) -> None:
        self._works.remove(work)
        with suppress(Exception):
            self._ray.kill(work.worker)
        work.held.close()


def _take(folder: Path, news: News) -> None:
    """Write what a node tells of: the log first, then checkpoints, each at once, and the status last."""
    for name, (size, content) in news.appended.items():
        with open(folder / name, "rb+") as file:
            file.seek(size)
            file.truncate()
            file.write(content)
    whole: dict[str, dict[str, bytes]] = {}
    for name, content in news.files.items():
        if name == STATUS or name == "control.json":
            continue
        if name.startswith(CHECKPOINTS + os.sep) and not (folder / name).parent.is_dir():
            whole.setdefault(os.path.dirname(name), {})[os.path.basename(name)] = content
        else:
            write_bytes(folder / name, content)
    for name, parts in whole.items():
        files.write_folder(folder / name, parts)
    for name in news.gone:
        files.remove(folder / name, news=True)
        parent = (folder / name).parent
        if parent.parent.name == CHECKPOINTS and not any(parent.iterdir()):
            files.remove_folder(parent, news=True)
    if STATUS in news.files:
        write_bytes(folder / STATUS, news.files[STATUS])
