"""What a run in progress writes into its folder: rows, pictures, checkpoints, each at the moment it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from explorer import checkpoints
from explorer.files import replacing
from explorer.runs.rows import Best, Change, Row, Setting
from explorer.training import events
from explorer.training.endings import DivergedError
from explorer.training.setup import Training
from explorer.training.step import Taken

MAX_PREVIEWS = 240  # pictures of the probe images that a run keeps; once there are more, every second one is deleted


class Writer:
    """Writes into the folder of a run in progress.

    Parameters
    ----------
    training : Training
    between_batches : callable
        Called between the batches of a whole validation split, which takes seconds.

    Attributes
    ----------
    summary : Summary
        Of all rows so far.
    """

    def __init__(self, training: Training, between_batches: Callable[[], object]) -> None:
        self.training, self.run, self._between_batches = training, training.run, between_batches
        self.summary = training.run.summarised()
        self._events = events.of(training.run, training.step)

    def change(self, name: Setting, value: float) -> None:
        """A setting was changed in flight."""
        self._append(Change(step=self.training.step, time=time.time(), what=name, value=value))

    def train(self, steps: Sequence[Taken]) -> Row:
        """What came of the steps since the last such row."""
        row = self.training.row(steps)
        self._append(row)
        return row

    def subset(self) -> None:
        """The net on the validation subset."""
        for row in self.training.subset_rows():
            self._append(row)

    def full(self) -> Row:
        """The net on the whole validation split."""
        row = self.training.full_row(self._between_batches)
        self._append(row)
        self.write_summary()
        return row

    def originals(self) -> None:
        """What its pictures are to be like."""
        originals = self.training.originals()
        if originals is not None:
            _write_strip(self.run.originals_path, originals)

    def preview(self) -> None:
        """What the net makes at this step."""
        pictures, samples = self.training.pictures()
        if samples is not None:  # first: a picture's step is shown with its samples
            _write_strip(self.run.samples_path(self.training.step), samples)
        _write_strip(self.run.preview_path(self.training.step), pictures)
        steps = self.run.preview_steps()
        if len(steps) > MAX_PREVIEWS:
            for step in set(steps[1:-1:2]) - set(self.run.checkpoint_steps()):
                self.run.drop_preview(step)

    def checkpoint(self) -> None:
        """Weights and all that the run needs to go on from here; DivergedError if the weights are no numbers."""
        training = self.training
        if not all(torch.isfinite(p).all() for p in training.net.parameters()):
            raise DivergedError(training.step, "weights are no numbers any more")
        metadata = {
            "step": training.step,
            "beta": training.beta_in_force,
            "learning_rate": training.learning_rate.base,
            "schedule": training.beta.state,
            "run": self.run.id,
        }
        folder, rng = self.run.path / "checkpoints", training.noise.get_state()
        best = training.patience.best
        checkpoints.save_checkpoint(
            folder,
            training.kept,
            training.optimisers,
            metadata,
            rng,
            moving=training.net if training.average else None,
            spared=best.step if best else None,
        )
        self.summary = self.summary.after_checkpoint(training.step)
        self.write_summary()

    def go_back(self) -> None:
        """Keep the weights of the best measurement, and none of later steps."""
        training, best = self.training, self.training.patience.best
        if best is None or best.step == training.step or best.step not in self.run.checkpoint_steps():
            return
        epochs = f"{training.patience.epochs:,} epoch{'s' if training.patience.epochs > 1 else ''}"
        why = f"Ended after {epochs} without a lower validation total" if training.patience.out else "Ended"
        checkpoints.drop_after(self.run.path / "checkpoints", self.run.weights_path(best.step).parent)
        self._append(Best(**vars(best)))
        self.write_summary()
        training.note([f"{why}: its weights are the best, of step {best.step:,} (epoch {best.epoch:g})."])

    def write_summary(self, *, news: bool = False) -> None:
        """What the log comes to; `news` where it is written again soon."""
        self.run.write_summary(self.summary, news=news)

    def close(self) -> None:
        """Nothing more is written."""
        if self._events:
            self._events.close()

    def _append(self, row: Row) -> None:
        self.run.append_metrics(row)
        if self._events:
            self._events.add(row)
        self.summary = self.summary.after(row)


def _write_strip(path: Path, images: np.ndarray) -> None:
    """Images (N, H, W, 3), uint8, side by side as one PNG."""
    with replacing(path, news=True) as temporary:
        Image.fromarray(np.concatenate(list(images), axis=1)).save(temporary, format="png")
