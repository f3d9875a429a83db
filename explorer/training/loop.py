"""The one optimiser loop: reads the run folder's wishes, trains, and writes what happens into the folder."""

from __future__ import annotations

import errno
import platform
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
import torch
from PIL import Image
from torch import Tensor, nn

from explorer import checkpoints, nets, schedules
from explorer.analysis import evaluation
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.files import replacing
from explorer.nets.base import Net
from explorer.objective import Objective
from explorer.pixels import to_float, to_uint8
from explorer.runs import Control, Run, RunError, State, Status
from explorer.runs.metrics import AtBeta, Change, Full, Measured, Row, Setting, Subset, Train, Validation
from explorer.training import precision
from explorer.training.muon import Muon
from explorer.units import total

PROBES = 8  # validation images whose reconstructions are kept as training goes on
LOG_EVERY_S = 0.25
STATUS_EVERY_S = 0.5
PREVIEW_EVERY_S = 1.0
MOST_BETWEEN_PREVIEWS_S = 1.7  # and a step: on a busy machine a picture costs more, and somebody watches
SUBSET_EVERY_S = 2.0
INTERVALS = 1000  # after so many, intervals grow with the run: a day leaves thousands of log rows, not 350,000
SAY_EVERY_S = 10.0
WATCHING_SHARE = 0.05  # of the run's time, at most, for previews and the validation subset each
MEASURING_SHARE = 0.2  # for the whole validation split, which on few training images is far more than an epoch
CHECKPOINT_EVERY_S = 60.0
FIRST_CHECKPOINT_S = 5.0
MAX_PREVIEWS = 240  # older ones are thinned to every second one


AnyMeasured = TypeVar("AnyMeasured", bound=Measured)
AnyValidation = TypeVar("AnyValidation", bound=Validation)


class StopRequested(Exception):  # noqa: N818 - a wish, not an error
    """The person asked the run to stop."""


_CALM_DOWN = "Lower the learning rate or add warm-up steps; the last checkpoint is from before."


class DivergedError(ExplorerError):
    """A term of the objective is not a number any more."""


@dataclass
class Rhythm:
    """Says when something timed is due again.

    At least `every_s` apart and at most `share` of the time, unless that is more than `most_s` apart; after `INTERVALS`
    of them, ever further apart.
    """

    every_s: float
    share: float = 1.0
    most_s: float = np.inf
    next_at: float = 0.0
    began_at: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        return time.monotonic() >= self.next_at

    def done(self, cost_s: float = 0.0) -> None:
        now = time.monotonic()
        self.next_at = now + max(self.every_s, min(self.most_s, cost_s / self.share), (now - self.began_at) / INTERVALS)


def pick_device() -> torch.device:
    """CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def run_training(
    run: Run,
    status: Status,
    stop_asked: Callable[[], bool] = lambda: False,
    watch: Callable[[Trainer], None] | None = None,
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
        Called with the `Trainer` before every step and after the last, to measure what it likes: weights come out the
        same. A watched run measures the whole validation split at its end only.

    Raises
    ------
    ExplorerError
        If the run failed for a reason that a person can act on; it stands in the status too.
    """
    trainer = None

    def end(state: State, error: RunError | None = None) -> None:
        if trainer:
            run.write_summary(trainer.summary)
        run.write_status(replace(trainer.status() if trainer else status, state=state, eta_s=None, error=error))

    try:
        trainer = Trainer(run, status, stop_asked, watch)
        trainer.train()
    except StopRequested:
        end("stopped")
    except Exception as e:
        reason = _reason(e)
        told = reason or ExplorerError(f"{type(e).__name__}: {e}", "The run folder's trainer.log says where.")
        with suppress(OSError):  # no room, or no folder, for the news: readers see that the process is gone
            end("failed", RunError(told.what, told.advice))
        if reason is None or reason is e:
            raise
        raise reason from e
    else:
        end("finished")


def _reason(error: Exception) -> ExplorerError | None:
    if isinstance(error, ExplorerError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExplorerError("The disk is full", "Free some space, then resume the run from its last checkpoint.")
    # torch's allocators raise RuntimeErrors: "out of memory" on GPUs, "can't allocate memory" on the CPU
    no_room = isinstance(error, RuntimeError) and re.search("(out of|allocate) memory", str(error))
    if isinstance(error, MemoryError) or no_room:
        return ExplorerError("The machine is out of memory", "Choose a smaller batch size, or close other programs.")
    return None


class Trainer:
    """A run in progress.

    Parameters
    ----------
    run : Run
    status, stop_asked, watch
        As for `run_training`.
    """

    def __init__(
        self,
        run: Run,
        status: Status,
        stop_asked: Callable[[], bool],
        watch: Callable[[Trainer], None] | None = None,
    ) -> None:
        self.run, self.config = run, run.config
        self._said, self._stop_asked, self._watch = status, stop_asked, watch
        self.device = pick_device()
        self.images = load_image_set(self.config.source, self.config.data_path or None)
        self._check_images()
        self.train_indices = chosen_images(self.images.indices("train"), self.config.train_images)
        self.validation_indices = self.images.indices("validation")
        self.batch_size = min(self.config.batch_size, len(self.train_indices))
        self.steps_per_epoch = self.config.steps_per_epoch(len(self.train_indices))
        self.total_steps = self.config.total_steps(len(self.train_indices))

        torch.manual_seed(self.config.seed)
        self.net = self._fresh_net().to(self.device)
        self.precision = self._choose_precision()
        self.optimisers = build_optimisers(self.net, self.config)
        self._peak_rates = [[g["lr"] for g in o.param_groups] for o in self.optimisers]
        self.noise = torch.Generator(self.device).manual_seed(self.config.seed)
        self.step = 0
        self.beta, self.learning_rate = self.config.schedules(self.total_steps)
        self.images_per_s, self._steps_here = 0.0, 0
        self.stepping_s = 0.0  # seconds spent in steps, by this process
        self.state: State = "running"
        self._single_steps = run.control().single_steps
        self._measured_at = 0  # step of the last validation on the whole split
        self._measuring = Rhythm(0.0, MEASURING_SHARE)
        self._resume()
        self.summary = run.summarised()

        rng = np.random.default_rng(0)  # the same images in every run on the same set
        chosen = rng.choice(
            self.validation_indices, min(evaluation.SUBSET, len(self.validation_indices)), replace=False
        )
        self.subset_indices, self.probe_indices = chosen, chosen[:PROBES]

    # -- setting up --------------------------------------------------------------------------------------------------

    def _fresh_net(self) -> Net:
        config = self.config
        resumes = checkpoints.latest_readable(self.run.path / "checkpoints")  # has its own weights by now
        net = nets.build(config.family, config.latent_dim, **config.net_options)
        if resumes:
            return net
        if config.start_from:
            net.load_state_dict(checkpoints.load_weights(self.run.start_path)[0].state_dict())
        else:
            net.prepare(self.images.images[self.train_indices], config.beta)
        return net

    def _check_images(self) -> None:
        images, before = self.images, self.run.environment
        if before and before["digest"] != images.digest:
            raise ExplorerError(
                f"{images.name} has changed since this run began (digest {images.digest[:12]}, was "
                f"{before['digest'][:12]})",
                "Put the same images back to resume, or start a new run.",
            )

    def _choose_precision(self) -> str:
        """What the run began with; a new one notes it, with all else that its numbers depend on."""
        if before := self.run.environment:
            return before["precision"]
        chosen = self.config.precision
        if self.config.closed_form:
            chosen = "float32"
        elif chosen == "auto":
            chosen = precision.choose(self.net, self.batch_size, self.device)
        self.run.write_environment(
            {
                "images": self.images.name,
                "digest": self.images.digest,
                "counts": {split: len(self.images.indices(split)) for split in self.images.splits},
                "device": str(self.device),
                "precision": chosen,
                "threads": torch.get_num_threads(),
                "machine": f"{platform.machine()}, {psutil.cpu_count()} cores, {platform.system()}",
            }
        )
        return chosen

    def _resume(self) -> None:
        checkpoint = checkpoints.latest_readable(self.run.path / "checkpoints")
        checkpoints.drop_after(self.run.path / "checkpoints", checkpoint)
        if checkpoint is None:
            if self.run.metrics().rows:  # cut off before its first checkpoint
                self.run.resume_metrics(-1)
            return
        net, _ = checkpoints.load_weights(checkpoint / "weights.safetensors")
        self.net.load_state_dict(net.state_dict())
        rng, metadata = checkpoints.load_resume_state(checkpoint, self.optimisers)
        self.noise.set_state(rng)
        self.step = metadata["step"]
        self.beta.restore(schedules.state_in(metadata, self.beta.key))
        self.run.resume_metrics(self.step)
        metrics = self.run.metrics()
        for what, value in metrics.changed().items():
            getattr(self, what).base = value
        if metrics.full:
            self._measured_at = metrics.full[-1].step

    # -- the loop ----------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Take steps until the last one; raises `StopRequested`, with a checkpoint, or `DivergedError`."""
        self._write_strip(self.run.originals_path, to_uint8(self._pixels(self.probe_indices)))
        self._heartbeat = Rhythm(STATUS_EVERY_S)
        if self.config.closed_form:
            self._solve()
            return
        try:
            self._take_steps()
        except StopRequested:
            self._checkpoint()
            raise

    def _solve(self) -> None:
        """In place of `_take_steps`: a step is a batch read, and there is nothing to keep before the last one."""
        self._beat(now=True)
        if self.step < self.total_steps:
            self._preview()
            self._validate(Full, self.validation_indices)  # all grey: what there is to gain
            batches = np.array_split(self.train_indices, self.total_steps)
            say_rhythm, read_at = Rhythm(SAY_EVERY_S), time.monotonic()
            for step in self.net.solve(self.images.images, batches, self.beta.base):
                if step > self.step:
                    self._note_speed(time.monotonic() - read_at)
                    self.step, read_at = step, time.monotonic()
                self._heed_stop()
                self._beat()
                if say_rhythm.due():
                    doing = "covariance" if step < self.total_steps else "principal components"
                    print(f"step {step:,} of {self.total_steps:,}: {doing} of the training images", flush=True)
                    say_rhythm.done()
            self._checkpoint()
            self._validate(Subset, self.subset_indices)
        self._preview()
        if self._epoch_is_over():
            self._validate(Full, self.validation_indices)

    def _take_steps(self) -> None:
        log_rhythm = Rhythm(LOG_EVERY_S)
        say_rhythm = Rhythm(SAY_EVERY_S)
        preview_rhythm = Rhythm(PREVIEW_EVERY_S, WATCHING_SHARE, MOST_BETWEEN_PREVIEWS_S)
        subset_rhythm = Rhythm(SUBSET_EVERY_S, WATCHING_SHARE)
        checkpoint_rhythm = Rhythm(CHECKPOINT_EVERY_S)
        checkpoint_rhythm.next_at = time.monotonic() + FIRST_CHECKPOINT_S
        since_log: list[tuple[float, float, float]] = []
        self._beat(now=True)
        self._preview()
        while True:
            over = self.step == self.total_steps
            if self._watch:
                self._watch(self)
            if over:
                self._preview()
            if over or checkpoint_rhythm.due():
                self._checkpoint()
                checkpoint_rhythm.done()
            if self._epoch_is_over() and (over or (not self._watch and self._measuring.due())):
                self._measuring.done(_timed(self._validate, Full, self.validation_indices))
                self._measured_at = self.step
            if over:
                return
            if self._obey() == "paused":
                checkpoint_rhythm.done()
            started = time.monotonic()
            terms, grad_norm = self._take_step()
            since_log.append((terms.recon.item(), terms.kl.item(), terms.total.item()))
            self._note_speed(time.monotonic() - started)

            watched = self.state == "paused"  # single steps are looked at one by one
            if log_rhythm.due() or watched:
                recon, kl, loss = np.mean(since_log, axis=0)
                own = {} if terms.weighted is None else {"total": loss}
                if terms.charge is not None:
                    own = {"commitment": loss - recon}
                row = self._log(Train, recon=recon, kl=kl, grad_norm=grad_norm, **own)
                since_log.clear()
                log_rhythm.done()
                if say_rhythm.due():
                    self._say(row)
                    say_rhythm.done()
            if preview_rhythm.due() or watched:
                preview_rhythm.done(_timed(self._preview))
            if subset_rhythm.due() or watched:
                subset_rhythm.done(_timed(self._validate, Subset, self.subset_indices))
            self._beat(now=watched)

    def _epoch_is_over(self) -> bool:
        """Whether the whole validation split is to be measured, which a run cut off in its midst makes up for."""
        ends = self.step % self.steps_per_epoch == 0 or self.step == self.total_steps
        return ends and self.step > self._measured_at

    def _obey(self) -> State:
        """Do what control.json asks; returns once a step is to be taken."""
        while True:
            wish = self._heed_stop()
            settings: tuple[Setting, ...] = ("beta", "learning_rate") if self.config.weighs_beta else ("learning_rate",)
            for name in settings:
                value, schedule = getattr(wish, name), getattr(self, name)
                if value is not None and value != schedule.base:
                    replace(self.config, **{name: value})  # raises ExplorerError where it is out of bounds
                    schedule.base = value
                    self._write(Change(step=self.step, time=time.time(), what=name, value=value))
            if not wish.paused:
                self.state = "running"
                return self.state
            if self.state != "paused":
                self.state = "paused"
                self._checkpoint()
                self._beat(now=True)
            if wish.single_steps > self._single_steps:
                self._single_steps += 1
                return self.state
            self._beat()
            time.sleep(0.05)

    def _heed_stop(self) -> Control:
        wish = self.run.control()
        if wish.stop or self._stop_asked():
            raise StopRequested
        return wish

    def _note_speed(self, cost_s: float) -> None:
        """Running mean of images/s: over all steps at first, then over the last 20 or so."""
        self._steps_here += 1
        self.stepping_s += cost_s
        weight = max(0.05, 1 / self._steps_here)
        self.images_per_s += weight * (self.batch_size / cost_s - self.images_per_s)

    def _take_step(self) -> tuple[Objective, float]:
        """Terms of the batch, and the gradient's norm."""
        net, config = self.net.train(), self.config
        factor = self.learning_rate.factor(self.step)
        for optimiser, peaks in zip(self.optimisers, self._peak_rates, strict=True):
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

        terms = self._forward(self._pixels(self._batch_indices()))
        loss = terms.total
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        grad_norm = nn.utils.clip_grad_norm_(net.parameters(), config.grad_clip).item()
        if not (np.isfinite(grad_norm) and torch.isfinite(loss)):
            raise DivergedError(
                f"Training broke at step {self.step + 1:,}: reconstruction {terms.recon.item():.4g}, KL "
                f"{terms.kl.item():.4g} nats a dimension, gradient norm {grad_norm:.4g}",
                _CALM_DOWN,
            )
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        terms = terms.detach()
        self.beta.after(terms)
        return terms, grad_norm

    def _forward(self, x: Tensor) -> Objective:
        """The terms of a batch; their total is to be minimised."""
        allowance, latent_dim = self.beta.allowance(self.step), self.config.latent_dim
        capacity = None if allowance.capacity is None else allowance.capacity / latent_dim
        with precision.autocast(self.precision, self.device):
            return self.net.loss(
                x, self.beta.beta(self.step), self.noise, free_nats=allowance.free_nats / latent_dim, capacity=capacity
            )

    def _batch_indices(self) -> np.ndarray:
        """Indices of this step's images: a fresh permutation an epoch, that depends on seed and epoch alone."""
        epoch, place = divmod(self.step, self.steps_per_epoch)
        order = np.random.default_rng((self.config.seed, epoch)).permutation(self.train_indices)
        return order[place * self.batch_size : (place + 1) * self.batch_size]

    def _pixels(self, indices: np.ndarray) -> Tensor:
        return to_float(self.images.images[indices], self.device)

    # -- what is written ---------------------------------------------------------------------------------------------

    def _write(self, row: Row) -> None:
        self.run.append_metrics(row)
        self.summary = self.summary.after(row)

    def _log(self, kind: type[AnyMeasured], **values: Any) -> AnyMeasured:
        before = max(0, self.step - 1)  # as they were in the step that led here
        beta = self.beta.beta(before)
        common = {
            "step": self.step,
            "epoch": self.step / self.steps_per_epoch,
            "time": time.time(),
            "beta": beta,
            "learning_rate": self.learning_rate.at(before),
            "total": total(values["recon"], values["kl"], beta),
        }
        row = kind(**common | values)
        self._write(row)
        return row

    def _say(self, row: Measured) -> None:
        """One line for the terminal, or the run folder's trainer.log."""
        what = "training" if isinstance(row, Train) else "validation"
        weighed = f", KL {row.kl:.3f} nats a dimension, total {row.total:.5f}" if self.config.weighs_beta else ""
        print(
            f"step {self.step:,} of {self.total_steps:,}: {what} recon {row.recon:.5f}{weighed}; "
            f"{self.images_per_s:.0f} images/s",
            flush=True,
        )

    def _validate(self, kind: type[AnyValidation], indices: np.ndarray) -> None:
        found = evaluation.evaluate(self.net.at(self.beta.base), self._batches(indices))
        codes = found.use.code_counts
        used = {"codes_used": sum(n > 0 for n in codes), "perplexity": found.use.perplexity or 0.0} if codes else {}
        row = self._log(
            kind, recon=found.recon, kl=found.kl, kl_median=found.kl_median, active_units=found.use.active_units, **used
        )
        if codes:
            self.run.write_latents({"step": self.step, "code_counts": codes})
        elif np.isfinite(found.kl):
            self.run.write_latents({"step": self.step, "kl_per_dim": [round(nats, 4) for nats in found.kl_per_dim]})
        if isinstance(row, Full):
            self._say(row)
            self.run.write_summary(self.summary)
        elif betas := self.net.watched_betas:
            linear = self.net.linear_frontier(np.array(betas))
            for beta, reference in zip(betas, linear.total.tolist(), strict=True):
                there = evaluation.evaluate(self.net.at(beta), self._batches(indices))
                whole = total(there.recon, there.kl, beta)
                at_beta = {"beta": beta, "total": whole, "relative": whole / reference}
                self._log(AtBeta, recon=there.recon, kl=there.kl, **at_beta)

    def _batches(self, indices: np.ndarray) -> Iterator[Tensor]:
        for start in range(0, len(indices), evaluation.BATCH):
            if len(indices) > evaluation.SUBSET:  # it takes seconds: keep saying that we live, and hear a stop
                self._beat()
                self._heed_stop()
            yield self._pixels(indices[start : start + evaluation.BATCH])

    @torch.no_grad()
    def _preview(self) -> None:
        net = self.net.at(self.beta.base).eval()
        x_hat = net.decode(net.encode(self._pixels(self.probe_indices)).mode())
        self._write_strip(self.run.preview_path(self.step), to_uint8(x_hat))
        steps = self.run.preview_steps()
        if len(steps) > MAX_PREVIEWS:
            for step in steps[1:-1:2]:
                self.run.preview_path(step).unlink(missing_ok=True)

    @staticmethod
    def _write_strip(path: Path, images: np.ndarray) -> None:
        """Images (N, H, W, 3) side by side as one PNG, renamed into place."""
        with replacing(path) as temporary:
            Image.fromarray(np.concatenate(list(images), axis=1)).save(temporary, format="png")

    def _checkpoint(self) -> None:
        if not all(torch.isfinite(p).all() for p in self.net.parameters()):
            raise DivergedError(f"Training broke at step {self.step:,}: weights are no numbers any more", _CALM_DOWN)
        metadata = {
            "step": self.step,
            "beta": self.beta.base,
            "learning_rate": self.learning_rate.base,
            "schedule": self.beta.state,
            "run": self.run.id,
        }
        rng = self.noise.get_state()
        checkpoints.save_checkpoint(self.run.path / "checkpoints", self.net, self.optimisers, metadata, rng)
        self.summary = self.summary.after_checkpoint(self.step)
        self.run.write_summary(self.summary)

    def _beat(self, now: bool = False) -> None:
        if self._heartbeat.due() or now:
            self.run.write_summary(self.summary)
            self.run.write_status(self.status())
            self._heartbeat.done()

    def status(self) -> Status:
        left = (self.total_steps - self.step) * self.batch_size
        return replace(
            self._said,
            state=self.state,
            step=self.step,
            total_steps=self.total_steps,
            steps_per_epoch=self.steps_per_epoch,
            images_per_s=self.images_per_s,
            eta_s=left / self.images_per_s if self.images_per_s else None,
            ahead=0,
            heartbeat=time.time(),
        )


def build_optimisers(net: Net, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """AdamW on everything; with "muon", Muon on the inner weight matrices and AdamW on the rest.

    Which those are the net says. In closed form there is nothing to optimise.
    """
    if config.closed_form:
        return []
    matrices: list[tuple[Tensor, int]] = []
    if config.optimiser == "muon":
        matrices = [(m.weight, 1 if isinstance(m, nn.ConvTranspose2d) else 0) for m in net.inner_layers()]
    theirs = {id(p) for p, _ in matrices}
    rest = [p for p in net.parameters() if id(p) not in theirs]
    adamw = torch.optim.AdamW(rest, config.learning_rate, weight_decay=config.weight_decay, fused=True)
    return [adamw, Muon(matrices, config.muon_learning_rate)] if matrices else [adamw]


def chosen_images(indices: np.ndarray, count: int) -> np.ndarray:
    """So many of the indices, drawn once and for all; all of them if `count` is 0 or more than there are."""
    if not count:
        return indices
    return np.sort(np.random.default_rng(0).permutation(indices)[:count])


def _timed(action: Callable[..., None], *arguments: Any) -> float:
    """Seconds that an action took."""
    started = time.monotonic()
    action(*arguments)
    return time.monotonic() - started
