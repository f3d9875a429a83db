"""Runs that are trained in step: how far they are, what keeps them from being even, and their newest pictures."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from explorer import palette, runs, units
from explorer.errors import ExplorerError
from explorer.live.topics import Look
from explorer.runs import Run, Status
from explorer.runs.metrics import Metrics
from explorer.ui.components import curves, timelapse
from explorer.ui.feeds import run as one
from explorer.ui.shell import frame
from explorer.units import beta_text


def topic(contestants: Sequence[Run]) -> str:
    return f"race:{','.join(run.id for run in contestants)}"


def head(contestants: Sequence[Run], statuses: Sequence[Status]) -> str:
    """Title, state, how far all are, and what keeps the race from being even, as HTML."""
    state = state_of(statuses)
    facts = "".join(f"<span>{html.escape(fact)}</span>" for fact in progress_facts(statuses))
    total = sum(status.total_steps for status in statuses)
    share = sum(status.step for status in statuses) / total if total else 0.0
    words = "".join(
        f'<p class="health" data-level="warn" role="status">{html.escape(words)}</p>'
        for words in troubles(contestants, statuses)
    )
    return (
        f'<div class="run-header"><h2>Beta race: {html.escape(betas(contestants))}</h2>'
        f'<span class="state" data-state="{state}">{state}</span><div class="progress-facts">{facts}</div></div>'
        f"{frame.bar(share) if any(status.active for status in statuses) else ''}{words}"
    )


def in_force(run: Run) -> str:
    """Its beta, in words."""
    return beta_text(run.summary().beta)


def betas(contestants: Sequence[Run]) -> str:
    """Of all, in words: "1e-5, 0.001 and 0.1"."""
    *rest, last = [in_force(run) for run in contestants]
    return f"{', '.join(rest)} and {last}" if rest else last


def state_of(statuses: Sequence[Status]) -> str:
    """Of the race: that of those that still train; after them "finished" only if all did."""
    states = [status.state for status in statuses if status.active] or [status.state for status in statuses]
    order = ("running", "starting", "queued", "paused", "failed", "stopped", "finished")
    return min(states, key=order.index)


def progress_facts(statuses: Sequence[Status]) -> list[str]:
    """Where the race stands, in a few words each."""
    going = [status for status in statuses if status.active] or list(statuses)
    facts, at = [], sorted({status.step for status in going})
    of = max(status.total_steps for status in going)
    if of:  # each in turn: within a round they are a step apart
        even = at[0] == at[-1] or (at[-1] - at[0] == 1 and any(status.active for status in statuses))
        facts.append(f"step {at[0]:,} of {of:,}" if even else f"steps {at[0]:,} to {at[-1]:,} of {of:,}")
    if ahead := max(status.ahead for status in going if status.state == "queued") if _queued(going) else 0:
        facts.append(f"in line behind {ahead} run{'s' * (ahead > 1)}")
    left = max((status.eta_s or 0.0 for status in going if status.state == "running"), default=0.0)
    if left:
        facts.append(f"{one.duration(left)} left")
    return facts


def _queued(statuses: Sequence[Status]) -> bool:
    return any(status.state == "queued" for status in statuses)


def troubles(contestants: Sequence[Run], statuses: Sequence[Status]) -> list[str]:
    """What keeps the race from being even: runs that ended before others, wait, or are gone."""
    found = []
    steps = max(status.step for status in statuses)
    active = any(status.active for status in statuses)
    paused = [run for run, status in zip(contestants, statuses, strict=True) if status.state == "paused"]
    if paused and any(status.state == "running" for status in statuses):
        found.append(f"{betas(paused)} is paused, and the others wait for it.")
    for run, status in zip(contestants, statuses, strict=True):
        if status.active or (status.step == steps and not active and status.state != "failed"):
            continue
        if status.state != "finished":
            why = f": {status.error}" if status.error else "."
            found.append(f"Beta {in_force(run)} {status.state} at step {status.step:,}{why}")
    every, here = max((run.race for run in contestants), key=len), {run.id for run in contestants}
    left = [runs.find(run_id) for run_id in every if run_id not in here]
    if gone := left.count(None):
        found.append(f"{gone} of its runs {'has' if gone == 1 else 'have'} been deleted.")
    if damaged := [run for run in left if run and not run.has_settings]:
        found.append(f"Left out, as its settings can't be read: {', '.join(run.id for run in damaged)}.")
    for name in ("seed", "start_from"):
        if len({getattr(run.config, name) for run in contestants}) > 1:
            found.append("These runs did not start alike.")
            break
    return found


def rows(contestants: Sequence[Run], statuses: Sequence[Status], logs: Sequence[Metrics]) -> list[timelapse.Row]:
    """What is shown of each: pictures, beta, and what an image comes to."""
    return [
        timelapse.Row(
            f"beta {in_force(run)}",
            run,
            status,
            colour,
            [
                (row.step, row.recon, units.nats_per_image(row.kl, run.config.latent_dim))
                for row in curves.thin(log.subset)
            ],
        )
        for run, status, log, colour in zip(contestants, statuses, logs, palette.RUNS, strict=False)
    ]


def wishes(contestants: Sequence[Run]) -> list[dict[str, Any]]:
    """What its controls show."""
    return [one.wishes(run.control()) for run in contestants]


def shown(contestants: Sequence[Run], statuses: Sequence[Status], logs: Sequence[Metrics]) -> dict[str, Any]:
    """What there is to show at all: another answer, and the page is drawn anew."""
    pictured = [run.preview_steps() for run in contestants]
    steps = timelapse.common_steps(pictured, [status.active for status in statuses])
    return {"pictures": bool(steps), "curves": any(log.subset for log in logs)}


def look(ids: str) -> Look | None:
    """Parts "head", "wishes", "shown", and those of the time-lapse; None if one of them is gone, or can't be read."""
    contestants = [run for run_id in ids.split(",") if (run := runs.find(run_id))]
    if len(contestants) != len(ids.split(",")):
        return None
    statuses, logs = [run.status() for run in contestants], [run.metrics() for run in contestants]
    try:
        return Look(
            {
                "head": head(contestants, statuses),
                "wishes": wishes(contestants),
                "shown": shown(contestants, statuses, logs),
                **timelapse.newest(rows(contestants, statuses, logs)),
            }
        )
    except ExplorerError:
        return None
