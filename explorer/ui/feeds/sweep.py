"""A sweep: how far it is, and its trials, a row each."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.live.topics import Look
from explorer.nets import FAMILIES
from explorer.priors import PRIORS
from explorer.runs import Status, titles
from explorer.sweeps import folder
from explorer.sweeps.axes import value_words
from explorer.sweeps.folder import Sweep
from explorer.sweeps.plan import Plan
from explorer.sweeps.results import Result, best, results
from explorer.ui.feeds import memory
from explorer.ui.shell import frame

LOOK_EVERY_S = 0.5
LIST_TOPIC = "sweeps:"
_DIGITS, _MOST_DECIMALS = 4, 9  # of the smallest number of a column


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


def shared(plan: Plan) -> str:
    """What all trials have in common of images, net, latent, beta and length."""
    of = plan.settings
    said = {"source": SOURCES[of.source].title + (f" ({Path(of.data_path).name})" if of.data_path else "")}
    if of.prior:
        said |= {"prior": PRIORS[of.prior].title, "prior_of": f"of {of.prior_of}"}
    else:
        said |= {"family": FAMILIES[of.family].title, "latent_dim": f"{of.latent_dim} latent dimensions"}
        if "family" not in plan.names:
            said["beta"] = titles.beta_words(of, ())
    if of.max_steps:
        said["max_steps"] = f"at most {of.max_steps:,} steps"
    elif not of.closed_form:
        said["epochs"] = f"{of.epochs:,} epoch{'s' * (of.epochs != 1)}"
    return ", ".join(words for name, words in said.items() if words and name not in plan.names)


def head(seen: Seen) -> str:
    """Title, state, how many trials are done, and what they share, as HTML."""
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
        f'<p class="aside">{html.escape(f"All trials: {shared(seen.plan)}")}</p>'
        f"{frame.bar(done / seen.plan.count) if seen.status.active else ''}{trouble}"
    )


def table(seen: Seen) -> str:
    """A row a trial: what varies, what it has come to, how it is doing; as HTML. The lowest totals stand out."""
    names = seen.plan.names
    of = "loss" if seen.plan.settings.prior else "total"
    heads = ["Trial", *(html.escape(name.replace("_", " ").capitalize()) for name in names), f"Validation {of}"]
    if of == "total":
        heads += ["MSE", "Rate <small>nats</small>"]
    lowest = {each.trial.number for each in best(seen.trials)}
    decimals = _decimals([each.total for each in seen.trials]), _decimals([each.mse for each in seen.trials])
    rows = "".join(_row(each, names, each.number in lowest, of == "total", decimals) for each in seen.trials)
    columns = "".join(f'<th scope="col">{name}</th>' for name in (*heads, "State", "Step"))
    return (
        '<div class="numbers trials" role="group" aria-label="Trials" tabindex="0"><table><thead><tr>'
        f"{columns}</tr></thead><tbody>{rows}</tbody></table></div>{_so_far(seen.trials)}"
    )


def _so_far(trials: Sequence[Result]) -> str:
    """What "so far" means, where it stands beside a total."""
    before = [each for each in trials if each.total is not None and not each.ranked]
    if not before:
        return ""
    part = "" if all(each.whole for each in before) else ", on fewer validation images than at its end"
    return f'<p class="aside">So far: before a trial\'s last step{part}. Not ranked.</p>'


def _decimals(values: Sequence[float | None]) -> int:
    """How many a column has, so that the smallest of its numbers has `_DIGITS`."""
    smallest = min((abs(value) for value in values if value), default=1.0)
    return min(_MOST_DECIMALS, max(0, _DIGITS - 1 - math.floor(math.log10(smallest))))


def _row(each: Result, names: Sequence[str], lowest: bool, measured: bool, decimals: tuple[int, int]) -> str:
    status, why = each.status, each.status.stopped_early or (str(each.status.error) if each.status.error else "")
    how = "stopped early" if status.stopped_early else status.state
    better = ' class="better"' if lowest else ""
    of = f" of {status.total_steps:,}" if status.total_steps else ""
    total = _decimal(each.total, decimals[0])
    if total:
        total = f"<b>{total}</b>" if each.ranked else f"{total} <small>so far</small>"
    cells = [html.escape(value_words(each.values[name])) for name in names]
    told = "".join(f"<td>{cell}</td>" for cell in cells) + f"<td{better}>{total}</td>"
    measures = [_decimal(each.mse, decimals[1]), _decimal(each.nats, 1)] if measured else []
    cells = [*measures, f'<span title="{html.escape(why)}">{how}</span>' if why else how, f"{status.step:,}{of}"]
    told += "".join(f"<td>{cell}</td>" for cell in cells)
    link = f'<a href="train?run={each.run.id}" target="_self">{each.number}</a>'
    return f'<tr class="first"><th scope="row">{link}</th>{told}</tr>'


def _decimal(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:,.{decimals}f}"


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
