"""kill -9, over and over, at random moments and while checkpoints are written: does the run end as if left alone?

    python -m tests.benchmarks.kills [--kills 20] [--seed 0]

A small net on a hundred of the Shapes trains once without a pause, and once again with every process of it killed,
resumed and killed anew, until the last one may finish. All tensors of both last checkpoints are compared, bit for bit.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from explorer import runs
from explorer.config import TrainConfig
from explorer.data import shapes
from explorer.runs.rows import Resumed
from tests import trainer

_CHECKPOINT_EVERY_S = 0.1
_SETTINGS = TrainConfig(
    source="folder",
    latent_dim=4,
    batch_size=4,
    epochs=1000,
    max_steps=200,
    learning_rate_schedule="cosine",
    warmup_steps=20,
    precision="float32",  # a trial may choose now this, now that
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), options.kills, random.Random(options.seed))))


def measure(folder: Path, kills: int, chance: random.Random) -> dict[str, Any]:
    """Both runs, in `folder`, and what came of them."""
    started = time.monotonic()
    pictures = folder / "pictures"
    pictures.mkdir()
    for i, image in enumerate(shapes.render(shapes.scenes(100))):
        Image.fromarray(image.transpose(1, 2, 0)).save(pictures / f"{i:03}.png")
    settings = replace(_SETTINGS, data_path=str(pictures))
    whole, killed = (runs.create(settings, name, folder / name) for name in ("whole", "killed"))
    trainer.train(whole)
    left_half = 0
    for i in range(kills):
        left_half += trainer.train_and_kill(killed, _CHECKPOINT_EVERY_S, chance, while_writing=i % 3 == 2)
        print(f"kill {i + 1}", flush=True)
    trainer.train(killed)
    resumed_at = [row.step for row in killed.metrics().of(Resumed)]
    return {
        "kills": kills,
        "kills_that_left_a_half_written_checkpoint": left_half,
        "steps": killed.status().step,
        "resumed_at": resumed_at,
        "tensors": len(trainer.tensors(whole)),
        "differing_tensors": trainer.differing(whole, killed),
        "checkpoints_kept": killed.checkpoint_steps(),
        "megabytes_on_disk": round(killed.size_bytes() / 1e6, 1),
        "seconds": round(time.monotonic() - started, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


if __name__ == "__main__":
    main()
