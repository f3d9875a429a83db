"""python -m explorer metrics: what a run measured, as a table for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer import metrics_files, runs
from explorer.commands.run_folder import existing
from explorer.errors import ExplorerError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("metrics", help="write what a run measured as CSV or Parquet")
    parser.set_defaults(run=run)
    parser.add_argument("of", metavar="RUN", help="a run's id, or its folder")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="FILE.csv or FILE.parquet")


def run(options: argparse.Namespace) -> None:
    found = runs.find(options.of) or existing(Path(options.of))
    metrics = found.metrics()
    if not metrics.rows:
        raise ExplorerError(f"{found.title} has measured nothing yet", "Wait until its training has begun.")
    metrics_files.write(metrics, options.to)
    print(f"wrote {len(metrics.rows):,} rows to {options.to}")
