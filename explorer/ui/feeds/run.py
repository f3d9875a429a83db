"""One run: how far it is and how it is doing, its newest pictures, the use of its latent; and the rows of its log."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from explorer import runs
from explorer.analysis.health import health
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.live.topics import Look
from explorer.runs import Control, Run, Status
from explorer.runs.metrics import Metrics
from explorer.ui.components import curves, latent_use, timelapse
from explorer.ui.feeds import memory, training
from explorer.ui.shell import frame

QUIET_S = 6.0  # without a sign of life of a run, from which on it is said: thrice as long as between two


def topic(run: Run) -> str:
    return f"run:{run.id}"


def head(title: str, status: Status, control: Control, counted: str = "images") -> str:
    """Title, state and how far it is, as HTML; `counted` is what its steps take."""
    if status.suspended:
        status = replace(status, images_per_s=0.0, eta_s=None)
    facts = [*progress_facts(status, counted), where_words(status), wish_words(status, control)]
    told = " ".join(f"<span>{html.escape(fact)}</span>" for fact in facts if fact)
    share = status.step / status.total_steps if status.total_steps else 0.0
    return (
        f'<div class="run-header"><h2>{html.escape(title)}</h2>'
        f'<span class="state" data-state="{status.state}">{status.state}</span>'
        f'<div class="progress-facts">{told}</div></div>{frame.bar(share) if status.active else ""}'
    )


def counted(run: Run) -> str:
    """What a run's steps take."""
    return run.config.counted if run.has_settings else "images"


def progress_facts(status: Status, counted: str = "images") -> list[str]:
    """Where the run stands, in a few words each."""
    facts = []
    if status.total_steps:
        facts.append(f"step {status.step:,} of {status.total_steps:,}")
    if status.steps_per_epoch:
        epochs = status.total_steps / status.steps_per_epoch
        facts.append(f"epoch {status.epoch:.1f} of {epochs:.1f}")
    if status.images_per_s and status.state == "running":
        facts.append(f"{status.images_per_s:,.0f} {counted}/s")
    if status.eta_s and status.state == "running":
        facts.append(f"{duration(status.eta_s)} left")
    return facts


def where_words(status: Status) -> str:
    """Of a run whose process can't be seen from here: where it is trained, and whether that is heard.

    Of one that can be: whether it is suspended, and so does nothing of what it says.
    """
    if status.suspended:
        return "suspended: it goes on when the system wakes it"
    if status.unheard_s is None or not status.active:
        return ""
    silent = f"nothing heard for {duration(status.unheard_s)}" if status.unheard_s > QUIET_S else ""
    where = f"trained on {status.host}" if status.host else ""
    return "; ".join(words for words in (where, silent) if words)


def wish_words(status: Status, control: Control) -> str:
    """What was asked of a run and is still to come; empty where there is nothing."""
    if not status.active:
        return ""
    when = "when it has started" if status.state in ("starting", "queued") else "after this step"
    if control.stop:
        return f"will stop {when}"
    if not control.paused or status.state == "paused":
        return ""
    steps = control.single_steps if status.state in ("starting", "queued") else 0
    if steps:
        when += f" and taken {steps} step{'s' * (steps > 1)}"
    return f"will pause {when}"


def duration(seconds: float) -> str:
    """Seconds in words: "40 s", "3 min 20 s", "2 h 5 min"."""
    seconds = math.ceil(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600:
        return f"{seconds // 60} min {seconds % 60} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def verdict(metrics: Metrics, status: Status, notes: Sequence[str] = ()) -> str:
    """How it is doing, and the notes of the run, as HTML."""
    found = health(metrics, status)
    words = f'<p class="health" data-level="{found.level}" role="status">{html.escape(found.sentence)}</p>'
    if metrics.damaged:
        lines, are = ("line", "is") if metrics.damaged == 1 else ("lines", "are")
        words += f'<p class="aside">{metrics.damaged:,} damaged {lines} of its metrics.jsonl {are} left out.</p>'
    told = [status.stopped_early, *notes] if status.stopped_early else notes
    return words + "".join(f'<p class="aside">{html.escape(note)}</p>' for note in told)


def wishes(control: Control) -> dict[str, Any]:
    """What its controls show."""
    return {name: value for name, value in asdict(control).items() if name != "single_steps"}


def shown(run: Run, metrics: Metrics) -> dict[str, Any]:
    """What there is to show at all, and controls for: another answer, and the page is drawn anew."""
    return {
        "pictures": bool(run.preview_steps()),
        "curves": bool(metrics.rows),
        "betas": sorted({row.beta for row in metrics.at}),
        "latent": bool(run.latent_use),
    }


def look(run_id: str) -> Look | None:
    """Parts "head", "verdict", "wishes", "shown", "kept", and those of components: "pictures", "strip", "latent"."""
    run = runs.find(run_id)
    if run is None:
        return None
    status, control, metrics = run.status(), run.control(), run.metrics()
    notes = tuple(run.notes)
    judged = metrics, notes, replace(status, heartbeat=0.0, images_per_s=0.0, eta_s=None, unheard_s=None)
    told: dict[str, Any] = {
        "head": head(training.titles().get(run_id, run_id), status, control, counted(run)),
        "verdict": memory.found(("verdict", run_id), judged, lambda: verdict(metrics, status, notes)),
        "wishes": wishes(control),
        "shown": shown(run, metrics),
        "kept": run.checkpoint_steps()[-1:],
        **timelapse.newest([timelapse.alone(run, status)]),
    }
    with suppress(ExplorerError):  # settings that can't be read, as the page says
        told["latent"] = _latent(run, run.config, metrics)
    return Look(told)


def _latent(run: Run, config: TrainConfig, metrics: Metrics) -> dict[str, Any]:
    use = run.latent_use
    by = use.get("step"), len(metrics.subset)
    return memory.found(("latent", run.id), by, lambda: latent_use.moving(use, config, metrics.subset))


def log(run_id: str) -> Look | None:
    """The rows of its log as curves take them; parts "marks" and "begun", how often it began anew from a checkpoint."""
    run = runs.find(run_id)
    if run is None:
        return None
    metrics = run.metrics()
    told = memory.found(("log", run_id), metrics, lambda: _aside(metrics))
    return Look(told, metrics.rows, curves.row_json)


def _aside(metrics: Metrics) -> dict[str, Any]:
    return {"marks": curves.own_marks(metrics), "begun": curves.begun(metrics)}
