"""A real nginx on a free loopback port, for a test and a benchmark, where it is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Server

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def nginx(folder: Path, settings: Callable[[str], str], connections: int = 512) -> Iterator[str]:
    """Its address, without a slash at the end, until the block ends.

    Parameters
    ----------
    folder : Path
        New: where its settings, its log and what it holds for a while go.
    settings : callable
        Where it is to listen, "127.0.0.1:8080" -> what stands in its `http` block.
    connections : int
        At the same time, at most.
    """
    assert NGINX
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir()
    bodies = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;"
        f"events {{ worker_connections {connections}; }} http {{ access_log off; {bodies} {settings(place)} }}"
    )
    started = time.time()
    with subprocess.Popen([NGINX, "-p", str(folder), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]) as process:
        try:
            Server(f"http://{place}", process.pid, started, folder, folder / "log").wait_until_listening()
            yield f"http://{place}"
        finally:
            process.terminate()
