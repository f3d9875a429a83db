"""Two processes with a thread each beside one with two threads: images/s of the same training, in turn.

    python -m tests.benchmarks.parallel [--rounds 4] [--steps 60] [--preset quick] [--source photos]

Both train the preset's batch, in float32, for as many steps: `status` says the running mean of its last 20 or so, which
counts steps alone. Between rounds it is timed what a message of all gradients takes between two processes that do
nothing else. Machines are seldom quiet: the share of all cores that was in use, ours included, stands beside each rate.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import torch
import torch.distributed as dist

from explorer import nets
from explorer.presets import PRESETS
from explorer.runs import Run
from tests.server import PROJECT

_MESSAGES = 20


def train(folder: Path, options: argparse.Namespace, ranks: int, threads: int) -> tuple[float, float]:
    """Images/s, and the share of all cores in use meanwhile, 0..1."""
    by = ["torch.distributed.run", "--nproc-per-node", str(ranks), "-m"] if ranks > 1 else []
    settings = ["--preset", options.preset, "--source", options.source, "--max-steps", str(options.steps)]
    command = [sys.executable, "-m", *by, "explorer", "train", *settings, "--precision", "float32"]
    psutil.cpu_percent()
    subprocess.run(
        [*command, "--run-dir", str(folder)],
        cwd=PROJECT,
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return Run(folder).status().images_per_s, psutil.cpu_percent() / 100


def message_ms(numbers: int) -> float:
    """Median time in which two processes have added up so many float32."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn = multiprocessing.get_context("spawn")
    times: Any = spawn.Queue()
    both = [spawn.Process(target=_send, args=(rank, port, numbers, times)) for rank in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    return 1000 * statistics.median(times.get())


def _send(rank: int, port: int, numbers: int, times: Any) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    message, found = torch.zeros(numbers), []
    for _ in range(_MESSAGES):
        started = time.perf_counter()
        dist.all_reduce(message)
        found.append(time.perf_counter() - started)
    if rank == 0:
        times.put(found)
    dist.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--preset", choices=PRESETS, default="quick")
    parser.add_argument("--source", default="photos")
    options = parser.parse_args()
    settings = PRESETS[options.preset].settings
    net = nets.build(settings.family, settings.latent_dim, **settings.net_options)
    parameters = sum(p.numel() for p in net.parameters())
    sides = {"one process, 2 threads": (1, 2), "two processes, 1 thread each": (2, 1)}
    rates: dict[str, list[float]] = {name: [] for name in sides}
    used: dict[str, list[float]] = {name: [] for name in sides}
    messages = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(options.rounds):
            for name, (ranks, threads) in sides.items():
                rate, share = train(Path(folder, f"{i}-{ranks}"), options, ranks, threads)
                rates[name].append(round(rate, 1))
                used[name].append(round(share, 2))
                print(f"{name}: {rate:.0f} images/s, {share:.0%} of all cores in use", flush=True)
            messages.append(round(message_ms(parameters), 2))
    one, two = (rates[name] for name in sides)
    result = {
        "benchmark": "parallel",
        "preset": options.preset,
        "batch_size": settings.batch_size,
        "parameters": parameters,
        "steps": options.steps,
        "machine": f"{platform.machine()}, {psutil.cpu_count()} cores",
        "torch": torch.__version__,
        "images_per_s": rates,
        "cores_in_use": used,
        "ratio": [round(b / a, 2) for a, b in zip(one, two, strict=True)],
        "message_ms": messages,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
