"""Trials of the studies beside this file: real runs of the training loop on CIFAR-10, and what each came to."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer import runs
from explorer.config import TrainConfig, dumps
from explorer.errors import ExplorerError
from explorer.training.loop import run_training


def train(trials: Mapping[str, TrainConfig], to: Path) -> None:
    """Run each trial that `to` does not have yet, and add a row to that JSON file when it ends.

    A row has the trial's name, its settings' command, its seconds, precision and threads, all validations on the subset
    of the validation split, as [step, total], and "validation", those on all of it at the end: recon, kl (nats a
    dimension), total. A trial whose objective is no number any more has an "error" instead of the latter.
    """
    rows = json.loads(to.read_text()) if to.exists() else []
    for name, config in trials.items():
        if any(row["name"] == name for row in rows):
            continue
        print(name, flush=True)
        rows.append(
            {"name": name, **_outcome(replace(config, source="cifar10", data_path=str(Path("data").resolve())))}
        )
        to.write_text("[\n" + ",\n".join(map(dumps, rows)) + "\n]\n")


def _outcome(config: TrainConfig) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        run = runs.create(config, "Trial", Path(folder, "run"))
        try:
            run_training(run, run.status())
            error = {}
        except ExplorerError as e:
            error = {"error": e.what}
        rows = run.metrics()[0]
        environment = run.environment
    full = [row for row in rows if row["kind"] == "full"]
    return {
        "command": replace(config, data_path="").command(),
        "seconds": round(rows[-1]["time"] - rows[0]["time"], 1),
        "precision": environment["precision"],
        "threads": environment["threads"],
        "subset": [[row["step"], round(row["total"], 6)] for row in rows if row["kind"] == "subset"],
        **(error or {"validation": {key: full[-1][key] for key in ("recon", "kl", "total")}}),
    }
