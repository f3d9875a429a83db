"""The rhythm in which a run in progress is written down: often enough to watch, too seldom to hold it up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from torch import Tensor

from explorer.runs import RunError, State, Status
from explorer.runs.rows import Full, Row, Setting
from explorer.training.setup import Training
from explorer.training.shares import MEASURING_SHARE, WATCHING_SHARE
from explorer.training.step import Terms
from explorer.training.tally import Tally
from explorer.training.writer import Writer

# Seconds between two of a kind, at least.
LOG_EVERY_S = 0.25  # rows on training batches
STATUS_EVERY_S = 0.5  # writings of status.json and summary.json
PREVIEW_EVERY_S = 1.0  # reconstructions of the probe images
SUBSET_EVERY_S = 2.0  # measurements on the validation subset
SAY_EVERY_S = 10.0  # lines for the terminal
CHECKPOINT_EVERY_S = 60.0
FIRST_CHECKPOINT_S = 5.0  # after the start: pages can show what the run has made so far
FIRST_STEPS = 20  # each of which has a preview: noise is gone before a second preview would be due
# Seconds between two previews, at most, even if they then take more than their share: somebody may be watching.
MOST_BETWEEN_PREVIEWS_S = 1.7
# An interval is at least the run's time so far divided by this, so a day's run logs thousands of rows, not the 350,000
# that one each `LOG_EVERY_S` would be.
INTERVALS = 1000


@dataclass
class Rhythm:
    """Says when something timed is due again.

    Runs that are trained in step share one: asked of the same step again, it says the same.

    At least `every_s` apart and at most `share` of the time, unless that is more than `most_s` apart; after `INTERVALS`
    of them, ever further apart. Times are `time.monotonic`'s, in seconds.
    """

    every_s: float
    share: float = 1.0
    most_s: float = math.inf
    next_at: float = 0.0
    began_at: float = field(default_factory=time.monotonic)
    _said: tuple[int | None, bool] = (None, False)

    def due(self, step: int | None = None) -> bool:
        if step is None or step != self._said[0]:
            self._said = step, time.monotonic() >= self.next_at
        return self._said[1]

    def done(self, cost_s: float = 0.0) -> None:
        """It was done just now, and took so many seconds."""
        now = time.monotonic()
        self.next_at = now + max(self.every_s, min(self.most_s, cost_s / self.share), (now - self.began_at) / INTERVALS)

    def keep(self, action: Callable[[], object]) -> None:
        """Do it now."""
        started = time.monotonic()
        action()
        self.done(time.monotonic() - started)


class Watched:
    """The rhythms of what runs that are trained in step are watched by: each of them at the same steps.

    `costly` is as `Training.costly_pictures`.
    """

    def __init__(self, costly: bool = False) -> None:
        self.logs = Rhythm(LOG_EVERY_S)
        self.previews = Rhythm(PREVIEW_EVERY_S, WATCHING_SHARE, math.inf if costly else MOST_BETWEEN_PREVIEWS_S)
        self.first_steps = 1 if costly else FIRST_STEPS
        self.subsets, self.fulls = Rhythm(SUBSET_EVERY_S, WATCHING_SHARE), Rhythm(0.0, MEASURING_SHARE)


class Recorder:
    """Says when the folder of a run in progress gets what.

    Parameters
    ----------
    training : Training
    status : Status
        As the process has written it so far: its pid and when that was started.
    heed_stop : callable
        Raises `StopRequested` if somebody asked for it; called in the midst of long measurements.
    watched : Watched
        Its own, or that of all runs that are trained in step with it.

    Attributes
    ----------
    state : str
        "running" or "paused".
    """

    def __init__(
        self, training: Training, status: Status, heed_stop: Callable[[], object], watched: Watched | None = None
    ) -> None:
        self.training = training
        self.state: State = "running"
        self._first_status, self._heed_stop = status, heed_stop
        self._writer = Writer(training, self._live)
        self._tally = Tally(training, alone=watched is None)
        self._watched = watched or Watched(training.costly_pictures)
        self._statuses, self._sayings = Rhythm(STATUS_EVERY_S), Rhythm(SAY_EVERY_S)
        self._checkpoints = Rhythm(CHECKPOINT_EVERY_S, next_at=time.monotonic() + FIRST_CHECKPOINT_S)

    def begin(self) -> None:
        """Before the first step of this process."""
        self._writer.originals()
        self.beat(now=True)
        self.preview()

    def before_step(self, measure: bool = True) -> None:
        """Before each step and after the last one; without `measure`, the whole split is left for the latter."""
        over = self.training.over
        if over:
            self.preview()
        if over or self._checkpoints.due():
            self.checkpoint()
        single = self.state == "paused"  # whoever asks for steps one by one isn't kept waiting for thousands of images
        impatient = self.training.patience.epochs > 0  # a run ends at the same step on any machine
        due = over or impatient or (measure and not single and self._watched.fulls.due(self.training.step))
        if self.epoch_is_over and due:
            self._watched.fulls.keep(self.validate_all)

    def after_step(self, terms: Terms, grad_norm: Tensor) -> None:
        """After each step: what its batch came to, detached, and the gradient's norm. Both are read with the log.

        Raises
        ------
        DivergedError
            As `Tally.read`, once they are, and before anything else is made of the weights.
        """
        self._tally.add(terms, grad_norm)
        single = self.state == "paused"  # steps that are asked for one by one are looked at one by one
        if single or self._watched.logs.due(self.training.step):
            row = self._log()
            if self._sayings.due():
                self._say("training", row)
                self._sayings.done()
        if single or self.training.step <= self._watched.first_steps or self._watched.previews.due(self.training.step):
            self._watched.previews.keep(self.preview)
        self.beat(now=single)
        # last: whoever asked for a single step is looking at its picture meanwhile
        if self._watched.subsets.due(self.training.step):
            self._watched.subsets.keep(self.validate_subset)

    def change(self, name: Setting, value: float) -> None:
        """A setting was changed in flight."""
        self._writer.change(name, value)

    def pause(self) -> None:
        """While no step is taken; at first with a picture and a checkpoint, which pages show."""
        if self.state != "paused":
            self.state = "paused"
            self.preview()
            self.checkpoint()
            self.beat(now=True)
        self._checkpoints.done()
        self.beat()

    def go_on(self, measure: bool = True) -> None:
        """Steps are taken without a pause from here on; what `before_step` left out where it stands is made up for."""
        if self.state == "paused":
            self.state = "running"
            self.before_step(measure)

    @property
    def epoch_is_over(self) -> bool:
        """Whether the whole validation split is to be measured, which a run cut off in its midst makes up for."""
        training, measured = self.training, self._writer.summary.full
        ends = training.over or training.step % training.steps_per_epoch == 0
        return ends and training.step > (measured.step if measured else 0)

    def preview(self) -> None:
        self._tally.read()
        self._writer.preview()

    def validate_subset(self) -> None:
        self._tally.read()
        self._writer.subset()

    def validate_all(self) -> None:
        self._tally.read()
        row = self._writer.full()
        self._say("validation", row)
        if isinstance(row, Full) and self.training.patience.after(row):
            self.checkpoint()

    def go_back(self) -> None:
        """After the last step, to the best weights, where a run is to end with them."""
        self._writer.go_back()

    def checkpoint(self) -> None:
        if self._tally:
            self._log()  # curves end where the weights do
        self._writer.checkpoint()
        if not self.training.run.preview_path(self.training.step).exists():  # a kept step can be looked at
            self.preview()
        self._checkpoints.done()

    def beat(self, now: bool = False) -> None:
        """Say that the run lives, at once or when it is time."""
        if now or self._statuses.due():
            self._writer.write_summary(news=True)
            self.training.run.write_status(self._status(), news=True)
            self._statuses.done()

    def end(self, state: State, error: RunError | None, stopped_early: str = "") -> None:
        """The last word: "finished", "stopped" or "failed"."""
        self._writer.close()
        self._writer.write_summary()
        last = replace(self._status(), state=state, eta_s=None, error=error, stopped_early=stopped_early)
        self.training.run.write_status(last)

    def say_solving(self) -> None:
        """What is being done in closed form, for the terminal, when it is time."""
        if self._sayings.due():
            step, of = self.training.step, self.training.total_steps
            doing = "covariance" if step < of else "principal components"
            print(f"step {step:,} of {of:,}: {doing} of the training images", flush=True)
            self._sayings.done()

    def _say(self, what: str, row: Row) -> None:
        """One line for the terminal, or the run folder's trainer.log."""
        training = self.training
        print(
            f"step {row.step:,} of {training.total_steps:,}: {what} {training.words(row)}; "
            f"{training.images_per_s:.0f} {training.config.counted}/s",
            flush=True,
        )

    def _log(self) -> Row:
        row = self._writer.train(self._tally.take())
        self._watched.logs.done()
        return row

    def _live(self) -> None:
        self.beat()
        self._heed_stop()

    def _status(self) -> Status:
        training = self.training
        left = (training.total_steps - training.step) * training.batch_size
        return replace(
            self._first_status,
            state=self.state,
            step=training.step,
            total_steps=training.total_steps,
            steps_per_epoch=training.steps_per_epoch,
            images_per_s=training.images_per_s,
            eta_s=left / training.images_per_s if training.images_per_s else None,
            ahead=0,
            heartbeat=time.time(),
        )
