"""All runs: which there are and how each is doing, in the list of Train and in everybody's sidebar."""

from __future__ import annotations

import hashlib
import html
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from explorer import runs
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.files import dumps
from explorer.live.topics import Look
from explorer.priors import PRIORS
from explorer.runs import Run, State, Status, retention
from explorer.ui.feeds import memory
from explorer.ui.shell import frame
from explorer.units import beta_text

TOPIC = "runs:"
TITLES_EVERY_S = (
    2.0  # seconds between two readings of all titles, which change when somebody renames a run, or its beta
)
FACTS_EVERY_S = 1.0
DISK_EVERY_S = 5.0
NO_DISK = '<p class="runs-disk">&nbsp;</p>'  # until it is known


def states(drawn: Sequence[tuple[str, State]]) -> str:
    """Another text for other runs, or others of their states."""
    return _digest(drawn)


def titles() -> dict[str, str]:
    """Titles of all runs, as of some seconds ago at most."""
    by = int(time.monotonic() / TITLES_EVERY_S), tuple(run.id for run in runs.list_runs())
    return memory.found("titles", by, runs.list_titles)


def titled(drawn: dict[str, str]) -> str:
    """Another text for other titles."""
    return _digest(drawn)


def active() -> list[tuple[Run, Status]]:
    """Runs that train or wait, in the order in which they were made."""
    return [(run, status) for run in runs.active() if (status := run.status()).active]


def first(training: Sequence[tuple[Run, Status]], called: dict[str, str]) -> list[str]:
    """Id and title of the run that the sidebar leads to; empty where nothing trains."""
    return [training[0][0].id, called.get(training[0][0].id, training[0][0].id)] if training else []


def progress(training: Sequence[tuple[Run, Status]]) -> str:
    """How far the first one is, and how many wait, as HTML."""
    if not training:
        return ""
    _, status = training[0]
    in_line = sum(other.state == "queued" and other.pid != status.pid for _, other in training)
    waiting = f", {in_line} in line" if in_line else ""
    share = status.step / status.total_steps if status.total_steps else 0.0
    if status.images_to_read:
        share, where = status.images_read / status.images_to_read, f"reading {status.images_to_read:,} pictures"
    else:
        where = f"step {status.step:,}"
    return frame.bar(share, f"{status.state}, {where}{waiting}")


def facts(told: Sequence[str]) -> str:
    """A run's line in the list, of what `describe` says, as HTML."""
    return f'<div class="run-row">{"".join(f"<span>{html.escape(fact)}</span>" for fact in told)}</div>'


def describe(run: Run) -> list[str]:
    """Images, present beta, state, step, validation total (MSE where that is all there is to it) and size of a run.

    Of a prior its name stands in place of beta, and its loss in place of the total.
    """
    status, error = run.status(), ""
    try:
        config, summary = run.config, run.summary()
        what = [SOURCES[config.source].title, f"beta {beta_text(run.beta)}" if config.weighs_beta else ""]
        if config.prior:
            what[1] = PRIORS[config.prior].title
        if loss := summary.validation_loss:
            error = f"validation loss {loss.loss:.4g}" + f" at step {loss.step:,}" * (loss.step != status.step)
        elif found := summary.validation_error:
            error = f"validation {'total' if config.weighs_beta else 'MSE'} {found.total:.3g}"
            error += f" at step {found.step:,}" * (found.step != status.step)
    except ExplorerError:
        what = ["settings unreadable", ""]
    return [*what, status.state, f"step {status.step:,}", error, megabytes(run.size_bytes())]


def disk() -> str:
    """What all runs take, and what is free, as HTML: it may take some tenths of a second for the first time."""
    used, free = retention.used_bytes(), retention.free_bytes()
    words = megabytes(used) + ("" if free is None else f", {megabytes(free)} free")
    return f'<p class="runs-disk">{words}</p>'


def megabytes(size: int) -> str:
    """Bytes in words: "0.4 MB", "1.5 GB"."""
    if size >= 1e9:
        return f"{size / 1e9:,.1f} GB" if size < 1e11 else f"{size / 1e9:,.0f} GB"
    return f"{size / 1e6:.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def look(everything: str) -> Look:
    """Parts "states" and "titles", as digests; "first" and "progress" of what trains; "disk"; and the facts of each
    run that trains, named by its id."""
    known, training, called = runs.states(), active(), titles()
    parts: dict[str, Any] = {
        "states": memory.found("states", known, lambda: states(known)),
        "titles": memory.found("titled", tuple(called.items()), lambda: titled(called)),
        "first": first(training, called),
        "progress": progress(training),
        "disk": memory.seldom("disk", DISK_EVERY_S, disk),
    }
    for run, _ in training:
        parts[run.id] = memory.seldom(("facts", run.id), FACTS_EVERY_S, partial(_facts_of, run))
    return Look(parts)


def _facts_of(run: Run) -> str:
    return facts(describe(run))


def _digest(value: Any) -> str:
    return hashlib.sha1(dumps(value).encode(), usedforsecurity=False).hexdigest()[:16]
