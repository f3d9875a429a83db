"""The one optimiser loop: hears the run folder's wishes and takes steps. `recorder` writes what comes of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor, nn

from explorer.data.imageset import ImageSet
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.runs import Control, Run, RunError, State, Status
from explorer.training import parallel
from explorer.training.endings import StopRequested, out_of_memory, reason
from explorer.training.follower import Follower
from explorer.training.kinds import begin
from explorer.training.reading import Reading
from explorer.training.recorder import Recorder, Watched
from explorer.training.setup import Training
from explorer.training.step import Terms

LISTEN_EVERY_S = 0.02  # seconds between two looks at control.json while the run is paused


def run_training(
    run: Run,
    status: Status,
    stop_asked: Callable[[], bool] = lambda: False,
    watch: Callable[[Training], None] | None = None,
    rest: Callable[[bool], object] = lambda resting: None,
    load: Callable[[str, str | None], ImageSet] | None = None,
) -> None:
    """Train until the run's settings are fulfilled, resuming from its last checkpoint if it has one.

    Whatever happens, the folder's status says so: "finished", "stopped" or "failed" with the reason.

    Parameters
    ----------
    status : Status
        What the process has said of itself so far (its pid).
    stop_asked : callable
        Looked at before every step, beside control.json.
    watch : callable
        Called with the `Training` before every step and after the last, to measure what it likes: weights come out the
        same. A watched run measures the whole validation split at its end only.
    rest : callable
        Told True when the run pauses, and False when it goes on.
    load : callable, optional
        As `load_image_set`, where the images are at hand.

    Raises
    ------
    ExplorerError
        If the run failed for a reason that a person can act on; it stands in the status too.
    """
    for _ in turns(run, status, stop_asked, watch, rest, load=load):
        pass


@dataclass(frozen=True)
class Company:
    """What a run shares with others that are trained in step with it.

    Parameters
    ----------
    watched : Watched
    load : callable
        As `load_image_set`.
    is_ahead : callable
        Of a run: whether another one has taken fewer steps, so that it waits.
    is_paused : callable
        Of a run: whether it was to pause when this round of turns began, so that all pause at the same step.
    is_a_step_behind : callable
        Of a run: whether another one has taken a step more, so that it takes that, too, before it stops.
    """

    watched: Watched
    load: Callable[[str, str | None], ImageSet]
    is_ahead: Callable[[Run], bool]
    is_paused: Callable[[Run], bool]
    is_a_step_behind: Callable[[Run], bool]


def turns(
    run: Run,
    status: Status,
    stop_asked: Callable[[], bool] = lambda: False,
    watch: Callable[[Training], None] | None = None,
    rest: Callable[[bool], object] = lambda resting: None,
    company: Company | None = None,
    load: Callable[[str, str | None], ImageSet] | None = None,
) -> Iterator[int]:
    """The same in turns: what is yielded, once before the first step and then after each turn, is how many were taken.

    A turn is a step, or a look at what is wished for while the run is paused, or waits for its company.
    """
    loop: Loop | None = None

    def end(state: State, error: RunError | None = None) -> None:
        if loop:
            loop.recorder.end(state, error, status.stopped_early)
        else:
            run.write_status(replace(status, state=state, eta_s=None, error=error))

    try:
        reading = Reading([(run, status)], stop_asked)
        read = company.load if company else load or reading.load
        training = parallel.one_by_one(lambda: begin(run, read, reading.watch))
        parallel.align(training.net, training.device)
        loop = Loop(training, status, stop_asked, watch, rest, company)
        yield from loop.train()
    except StopRequested:
        status = replace(status, stopped_early=run.control().stop_early)
        end("stopped")
    except Exception as e:
        known = reason(e)
        told = known or ExplorerError(f"{type(e).__name__}: {e}", "The run folder's trainer.log says where.")
        with suppress(OSError):  # a full disk or deleted folder: readers see that the process is gone
            end("failed", RunError(told.what, told.advice))
        if known is None or known is e:
            raise
        raise known from e
    else:
        end("finished")


class Loop:
    """Takes a run's steps, each after hearing what is wished for.

    Parameters
    ----------
    training : Training
    status, stop_asked, watch, rest, company
        As for `turns`.
    """

    def __init__(
        self,
        training: Training,
        status: Status,
        stop_asked: Callable[[], bool],
        watch: Callable[[Training], None] | None = None,
        rest: Callable[[bool], object] = lambda resting: None,
        company: Company | None = None,
    ) -> None:
        self.training, self.run, self._stop_asked, self._watch = training, training.run, stop_asked, watch
        watched = company.watched if company else None
        self.recorder: Recorder | Follower = (
            Recorder(training, status, self._heed_stop, watched) if parallel.first() else Follower(training)
        )
        self._rest, self._company = rest, company
        self._round_began: float | None = None  # in company, where a step takes as long as all take for theirs
        self._take_back: Callable[[], None] | None = lambda: None  # a step that is begun; None once it moves weights
        self._single_steps = 0  # taken; some may have been asked for while images and network were loaded

    def train(self) -> Iterator[int]:
        """Until the last step, in turns; raises `StopRequested`, with a checkpoint, or `DivergedError`."""
        self.recorder.begin()
        yield self.training.step
        if self.training.config.closed_form:
            self._solve()
            return
        try:
            yield from self._take_steps()
        except StopRequested:
            self.recorder.checkpoint()
            raise
        except (RuntimeError, MemoryError, parallel.LostError) as e:
            if (out_of_memory(e) or isinstance(e, parallel.LostError)) and self._take_back:
                traceback.clear_frames(e.__traceback__)  # its tensors take the room
                self._take_back()
                with suppress(RuntimeError, MemoryError):  # not even room for that: there is the checkpoint before
                    self.recorder.checkpoint()
            raise

    def _solve(self) -> None:
        """In closed form a step is a batch read; the net is as it was until the last one, so there is no checkpoint."""
        training, recorder = self.training, self.recorder
        assert isinstance(training.net, Net)
        assert isinstance(recorder, Recorder)
        if not training.over:
            recorder.validate_all()
            batches = np.array_split(training.train_indices, training.total_steps)
            read_at = time.monotonic()
            for read in training.net.solve(training.images.images, batches, training.beta.base):
                if read > training.step:
                    training.took_step(time.monotonic() - read_at)
                    training.caught_up()
                    read_at = time.monotonic()
                self._heed_stop()
                recorder.beat()
                recorder.say_solving()
            recorder.checkpoint()
            recorder.validate_subset()
        recorder.preview()
        if recorder.epoch_is_over:
            recorder.validate_all()

    def _take_steps(self) -> Iterator[int]:
        while True:
            if self._watch:
                self._watch(self.training)
            self.recorder.before_step(measure=not self._watch)
            if self.training.over:
                self.recorder.go_back()
                return
            yield from self._obey()
            started = self._round_began or time.monotonic()
            terms, grad_norm = self._take_step()
            self.training.took_step(time.monotonic() - started)
            self._round_began = time.monotonic() if self._company else None
            self._take_back = lambda: None
            self.recorder.after_step(terms, grad_norm)
            yield self.training.step

    def _take_step(self) -> tuple[Terms, Tensor]:
        """Terms of the batch, detached, and the gradient's norm; a GPU may still be at it."""
        training = self.training
        training.net.train()
        training.set_learning_rates()
        self._take_back = training.moved()
        terms = parallel.of_all(training.forward())
        for optimiser in training.optimisers:
            optimiser.zero_grad(set_to_none=True)
        terms.total.backward()
        parallel.average(training.net)
        norm = nn.utils.clip_grad_norm_(training.net.parameters(), training.config.grad_clip)
        self._take_back = None
        for optimiser in training.optimisers:
            optimiser.step()
        if training.average:
            training.average.update(training.step + 1)
        training.fetch_ahead()
        return terms.detach(), norm

    def _obey(self) -> Iterator[int]:
        """Do what control.json asks, in turns until a step is to be taken."""
        while True:
            wish = self._hear()
            self._change(wish)
            paused = self._company.is_paused(self.run) if self._company else wish.paused
            if paused != (self.recorder.state == "paused"):
                self._rest(paused)
            if not paused:
                self.recorder.go_on(measure=not self._watch)
                if not (self._company and self._company.is_ahead(self.run)):
                    return
                self.recorder.beat()
            else:
                self.recorder.pause()
                self._round_began = None
                if wish.single_steps > self._single_steps:
                    self._single_steps += 1
                    return
                time.sleep(LISTEN_EVERY_S)
            yield self.training.step

    def _change(self, wish: Control) -> None:
        for name, schedule in self.training.changeable.items():
            value = getattr(wish, name)
            if value is not None and value != schedule.base:
                replace(self.training.config, **{name: value})  # raises ExplorerError where it is out of bounds
                schedule.base = value
                self.recorder.change(name, value)

    def _hear(self) -> Control:
        """What is wished for, the same on all ranks, which stop at the same step."""
        wish = self.run.control()
        wish = parallel.agreed(replace(wish, stop=self._is_to_stop(wish)))
        if wish.stop:
            raise StopRequested
        return wish

    def _heed_stop(self) -> None:
        """In the midst of what the first rank does alone; the others hear of it as it leaves."""
        if self._is_to_stop(self.run.control()):
            raise StopRequested

    def _is_to_stop(self, wish: Control) -> bool:
        return self._stop_asked() or (wish.stop and not self._catches_up())

    def _catches_up(self) -> bool:
        """Whether the step that the rest of its company has taken is still to come, and will: all stop at the same."""
        company = self._company
        return bool(company and company.is_a_step_behind(self.run) and not company.is_paused(self.run))
