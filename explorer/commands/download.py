"""python -m explorer download: fetch CIFAR-10."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer import progress


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("download", help="fetch CIFAR-10 (about 170 MB)")
    parser.set_defaults(run=run)
    parser.add_argument("--to", type=Path, help="folder to put it in (default: data/, where the app looks)")


def run(options: argparse.Namespace) -> None:
    from explorer.data import download
    from explorer.training.process import StopSignals

    size = download.size()
    print(f"CIFAR-10 from {download.URL}: {size / 1e6:.0f} MB" if size else f"CIFAR-10 from {download.URL}")
    signals = StopSignals()  # Ctrl-C ends it between two chunks, and the next try goes on from there
    line = progress.Line(lambda done, total: f"{done / 1e6:.1f} MB", after_s=0.0)
    try:
        folder = download.download(options.to, progress=line.show, cancelled=lambda: signals.received)
    finally:
        line.end()
    print(f"ready in {folder}")
