"""A real `streamlit run` on a free loopback port, for the browser tests and the benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from explorer import lessons, runs
from explorer.data import cifar10, decoded
from tests import timed

PROJECT = Path(__file__).parent.parent
_START_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Server:
    """A running Streamlit server.

    Parameters
    ----------
    url : str
        Without a slash at the end.
    pid : int
    started : float
        Unix time at which its command was given.
    runs : Path
        The folder of runs that it shows.
    log : Path
        What it printed.
    """

    url: str
    pid: int
    started: float
    runs: Path
    log: Path

    def wait_until_listening(self) -> None:
        """Return as soon as a browser can connect."""
        at = urlsplit(self.url)
        self._poll(lambda: socket.create_connection((at.hostname, at.port), timeout=1).close())

    def wait_until_healthy(self) -> None:
        """Return when the server says that it is well."""
        self._poll(lambda: urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).close())

    def _poll(self, attempt: Callable[[], None]) -> None:
        while True:
            try:
                return attempt()
            except OSError:
                if not psutil.pid_exists(self.pid) or time.time() - self.started > _START_TIMEOUT_S:
                    raise RuntimeError(f"the server did not start:\n{self.log.read_text()}") from None
                time.sleep(0.01)


@contextmanager
def serve(
    folder: Path,
    script: Path = PROJECT / "streamlit_app.py",
    environment: dict[str, str] | None = None,
    path: str = "",
    streamlit: str = "streamlit",
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """Run a Streamlit script until the block ends, and end what it trains.

    It finds no CIFAR-10, as in a fresh clone: neither tests nor timings depend on what lies in data/.

    Parameters
    ----------
    folder : Path
        Where it keeps its runs and its log.
    script : Path
        It runs in the script's folder, so with the settings that stand there.
    environment : dict, optional
        Variables on top of this process's own.
    path : str
        Below which the app lies: "/class/vae".
    streamlit : str
        The module that is run.
    options : sequence of str
        Of the app itself.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"server.address": "127.0.0.1", "server.port": port, "server.headless": "true"}
    settings |= {"server.baseUrlPath": path} if path else {}
    command = [sys.executable, "-m", streamlit, "run", script.name]
    command += [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    command += ["--", *options] if options else []
    folder.mkdir(parents=True, exist_ok=True)
    timed.keep_all(folder / "runs")
    log = folder / "server.log"
    with open(log, "wb") as output:
        started = time.time()
        process = subprocess.Popen(
            command,
            cwd=script.parent,
            env={
                **os.environ,
                "VAE_EXPLORER_RUNS": str(folder / "runs"),
                cifar10.ENVIRONMENT_VARIABLE: str(folder / "no-cifar10"),
                decoded.ENVIRONMENT_VARIABLE: str(folder / "decoded"),
                lessons.ENVIRONMENT_VARIABLE: str(folder / "lessons"),
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(f"http://127.0.0.1:{port}{path}", process.pid, started, folder / "runs", log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end_training(folder / "runs")


def end_training(root: Path) -> None:
    """Kill the training processes of all runs under `root`: they outlive the app by design."""
    for path in root.glob("*/status.json"):
        run = runs.Run(path.parent)
        status = run.status()
        if not status.active:
            continue
        run.update_control(stop=True)  # one that is only starting has no process id yet: it will see this
        if status.pid not in (0, os.getpid()):  # some tests are themselves the process of the run they write
            trainer = psutil.Process(status.pid)
            trainer.kill()
            trainer.wait(20)
