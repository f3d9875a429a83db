"""A sweep: how far it is, and its trials, a row each."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from explorer.errors import ExplorerError
from explorer.live.topics import Look
from explorer.runs import Status
from explorer.sweeps import folder
from explorer.sweeps.axes import value_words
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import Plan
from explorer.sweeps.results import Result, best, results
from explorer.ui.feeds import memory
from explorer.ui.shell import frame

LOOK_EVERY_S = 0.5
LIST_TOPIC = "sweeps:"


class Seen(NamedTuple):
    """A sweep as it was at one moment."""

    plan: Plan
    status: Status
    trials: list[Result]
    wrong: list[ExplorerError]


def topic(sweep: Sweep) -> str:
    return f"sweep:{sweep.id}"


def see(sweep: Sweep) -> Seen:
    """A sweep now; ExplorerError if its plan can't be read."""
    return Seen(sweep.plan, sweep.status(), *results(sweep))


def state(seen: Seen) -> str:
    """In a word: a sweep whose process is gone has been stopped, whoever did it."""
    return "stopped" if seen.status.lost else seen.status.state


def head(seen: Seen) -> str:
    """Title, state, and how many trials are done, as HTML."""
    done, going = sum(each.over for each in seen.trials), [each for each in seen.trials if each.status.active]
    facts = [f"{done} of {seen.plan.count} trials done"]
    if training := [each for each in going if each.status.state not in ("starting", "queued")]:
        facts.append(f"{len(training)} train{'s' * (len(training) == 1)}")
    if len(going) > len(training):
        facts.append(f"{len(going) - len(training)} in line")
    if failed := sum(each.over and each.status.state == "failed" for each in seen.trials):
        facts.append(f"{failed} failed")
    if early := sum(bool(each.status.stopped_early) for each in seen.trials):
        facts.append(f"{early} stopped early")
    told = "".join(f"<span>{html.escape(fact)}</span>" for fact in facts)
    shown, words = state(seen), ""
    if seen.status.lost:
        words = "The sweep's process has ended without saying why. What was trained is kept; resume it."
    elif seen.status.error:
        words = str(seen.status.error)
    trouble = f'<p class="health" data-level="warn" role="status">{html.escape(words)}</p>' if words else ""
    return (
        f'<div class="run-header"><h2>{html.escape(seen.plan.title)}</h2><span class="state" data-state="{shown}">'
        f'{shown}</span><div class="progress-facts">{told}</div></div>'
        f"{frame.bar(done / seen.plan.count) if seen.status.active else ''}{trouble}"
    )


def table(seen: Seen) -> str:
    """A row a trial: what varies, how it is doing, what it has come to; as HTML. The best stand out."""
    names = seen.plan.names
    of = "loss" if seen.plan.settings.prior else "total"
    heads = ["Trial", *(name.replace("_", " ").capitalize() for name in names), "State", "Step", f"Validation {of}"]
    units = "" if of == "loss" else '<th scope="col">MSE</th><th scope="col">Rate <small>nats</small></th>'
    lowest = {each.number for each in best(seen.trials)}
    rows = "".join(_row(each, names, each.number in lowest, of == "total") for each in seen.trials)
    columns = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    return (
        '<div class="numbers words" role="group" aria-label="Trials" tabindex="0"><table><thead><tr>'
        f"{columns}{units}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(each: Result, names: Sequence[str], lowest: bool, measured: bool) -> str:
    status, why = each.status, each.status.stopped_early or (str(each.status.error) if each.status.error else "")
    how = "stopped early" if status.stopped_early else status.state
    of = f" of {status.total_steps:,}" if status.total_steps else ""
    total = "" if each.total is None else f"<b>{each.total:.4g}</b>"
    cells = [
        *(f'<span style="white-space: nowrap">{html.escape(value_words(each.values[name]))}</span>' for name in names),
        f'<span title="{html.escape(why)}">{how}</span>' if why else how,
        f"{status.step:,}{of}",
    ]
    better = ' class="better"' if lowest else ""
    told = "".join(f"<td>{cell}</td>" for cell in cells) + f"<td{better}>{total}</td>"
    if measured:
        told += f"<td>{'' if each.mse is None else f'{each.mse:.4g}'}</td>"
        told += f"<td>{'' if each.nats is None else f'{each.nats:,.1f}'}</td>"
    link = f'<a href="train?run={each.run.id}" target="_self">{each.number}</a>'
    return f'<tr class="first"><th scope="row">{link}</th>{told}</tr>'


def drawn(seen: Seen) -> list[Any]:
    """What charts and buttons go by: another answer, and the page is drawn anew."""
    return [state(seen), sum(each.over for each in seen.trials), len(seen.wrong)]


def look(sweep_id: str) -> Look | None:
    """Parts "head", "table" and "drawn"; None if there is no such sweep, or its plan can't be read."""
    try:
        found = memory.seldom(("sweep", sweep_id), LOOK_EVERY_S, partial(_seen, sweep_id))
    except ExplorerError:
        return None
    return Look({"head": head(found), "table": table(found), "drawn": drawn(found)})


def _seen(sweep_id: str) -> Seen:
    return see(folder.get(sweep_id))


def known() -> list[str]:
    """Ids of all sweeps, newest first."""
    return [sweep.id for sweep in folder.list_sweeps()]


def look_at_list(_: str) -> Look:
    """Part "known": which sweeps there are."""
    return Look({"known": known()})
