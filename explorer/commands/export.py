"""python -m explorer export: make a finished run a shipped model."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.commands.run_folder import existing


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("export", help="make a finished run a shipped model: weights and card in models/")
    parser.set_defaults(run=run)
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="the run's folder")
    parser.add_argument("name", metavar="NAME", help="its id as a model: small letters, digits, hyphens")


def run(options: argparse.Namespace) -> None:
    from explorer import threads
    from explorer.export import export

    threads.limit()
    card = export(existing(options.run_dir), options.name)
    print(f"wrote {card.with_suffix('.safetensors')} and {card}")
