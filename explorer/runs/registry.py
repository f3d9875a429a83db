"""All runs: which there are, how one is reached, and how a new one is made.

Whoever lists them asks an index (`explorer.runs.index`), which keeps what was found out of each run while that stays as
it is: of 500 runs, what a rerun reads anew is the one that trains.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from explorer import places
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.files import clear, listed, rename, why, write_json
from explorer.runs.folder import ID, Base, Branch, Run, Trial, entries_in, moving_in, titles_in
from explorer.runs.index import Entry
from explorer.runs.metrics import changed
from explorer.runs.status import State, Status
from explorer.runs.titles import TITLE_LENGTH, title_of

T = TypeVar("T")

_STEP = re.compile(r"[0-9]{1,8}")


def runs_root() -> Path:
    """Where runs are kept: the environment variable VAE_EXPLORER_RUNS, or what `explorer.places` says."""
    named = os.environ.get("VAE_EXPLORER_RUNS")
    return Path(named) if named else places.kept("runs")


def _roots() -> list[Path]:
    """All folders of runs: where they are kept, and those beside an app that others have installed."""
    return [runs_root(), *([] if os.environ.get("VAE_EXPLORER_RUNS") else places.read_too("runs"))]


def _entries() -> list[Entry[Run]]:
    """All runs, newest first, and what was found out of each."""
    first, *others = map(entries_in, _roots())
    return sorted((*first, *chain(*others)), key=lambda entry: entry.subject.id, reverse=True) if others else first


def named(config: TrainConfig) -> str:
    """The title of a new run that nobody gave one: `title_of`."""
    base = find(config.prior_of.partition("@")[0])
    if not ("@" in config.start_from or ID.fullmatch(config.start_from)):
        return title_of(config, base=base.title if base else "")
    run, step = checkpoint(config.start_from)
    changes: dict[str, Any] = dict(changed(run.summary().changes, before=step).items())
    return title_of(config, replace(run.config, start_from=config.start_from, **changes))


def create(
    config: TrainConfig,
    title: str,
    path: Path | None = None,
    start: Path | None = None,
    base: tuple[Base, Path] | None = None,
    trial: Trial | None = None,
) -> Run:
    """Make a new run folder, state "starting", for a training process to take up; it holds `config.effective()`.

    The weights that the settings start from come along. Another run may train on, thin its checkpoints or be deleted
    while this one waits in line; a run named without a step is taken at its newest checkpoint.

    Parameters
    ----------
    path : Path, optional
        Folder to make; a new one under `runs_root()` if left out.
    start : Path, optional
        Weights of the shipped model that the settings start from, which nobody here knows.
    base : (Base, Path), optional
        Of a prior the model that it is of, and its weights.
    trial : Trial, optional
        Of a sweep which of its trials it is.

    Raises
    ------
    ExplorerError
        If `path` already holds a run or can't be made, or the run to start from has no such checkpoint.
    """
    config, stem = config.effective(), None
    if config.start_from and ("@" in config.start_from or ID.fullmatch(config.start_from) or start is None):
        parent, step = checkpoint(config.start_from)
        stem, start = Branch(parent.id, parent.title, step), parent.weights_path(step)
        config = replace(config, start_from=f"{parent.id}@{step}")
    path = path or runs_root() / new_id()
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if path.exists():
            raise FileExistsError
        (aside / "previews").mkdir(parents=True)
        (aside / "checkpoints").mkdir()
        write_json(
            aside / "config.json",
            {
                "title": " ".join(title.split())[:TITLE_LENGTH] or path.name,
                "config": config.to_json(),
                "versions": {"python": platform.python_version()}
                | {name: importlib.metadata.version(name) for name in ("torch", "numpy")},
                "command": config.command(),
                "branched_from": asdict(stem) if stem else None,
                "prior_of": asdict(base[0]) if base else None,
                "created": time.time(),
            },
        )
        if start and config.start_from:
            Run(aside).keep_start(start)
        if base:
            Run(aside).keep_model(base[1])
        if trial:
            Run(aside).write_trial(trial)
        Run(aside).write_status(Status("starting"))
        rename(aside, path)  # readers see a whole run or none
    except FileExistsError:
        raise ExplorerError(f"{path} exists already", "Choose another folder, or resume with --resume.") from None
    except OSError as e:
        clear(aside)
        raise ExplorerError(f"can't make the run folder: {why(e, path)}", "Choose a folder you can write.") from e
    return Run(path)


def new_id() -> str:
    """Date, time (UTC) and 65536ths of the second: ids sort as runs were made."""
    now = time.time()
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now % 1 * 0x10000):04x}"


def branch(run: Run) -> Branch | None:
    """Where a run branched off, with its parent's title as it is now; None for a run that stems from no other."""
    found = run.branch
    parent = find(found.run_id) if found else None
    return replace(found, title=parent.title) if found and parent else found


def get(run_id: str) -> Run:
    """The run with an id; ExplorerError for anything that is not the id of an existing run."""
    run = find(run_id)
    if run is None:
        raise ExplorerError(f"there is no run {run_id[:40]!r}", "Choose one from the list on the Train page.")
    return run


def find(run_id: str) -> Run | None:
    """The run with an id, or None."""
    if not ID.fullmatch(run_id):
        return None
    return next((Run(root / run_id) for root in _roots() if (root / run_id).is_dir()), None)


def checkpoint(name: str) -> tuple[Run, int]:
    """The run and the step that RUN_ID@STEP names; RUN_ID alone means its newest checkpoint.

    Raises
    ------
    ExplorerError
        If there is no such run, or it keeps no checkpoint at that step.
    """
    run_id, at, step = name.partition("@")
    run = get(run_id)
    kept = run.checkpoint_steps()
    if not kept:
        raise ExplorerError(f"{run.title} has no checkpoint yet", "Wait until it has trained for a few seconds.")
    if not at:
        return run, kept[-1]
    if not _STEP.fullmatch(step) or int(step) not in kept:
        raise ExplorerError(
            f"{run.title} has no checkpoint at step {step[:12]!r}", f"Choose one of: {', '.join(map(str, kept))}."
        )
    return run, int(step)


def list_runs() -> list[Run]:
    """All runs, newest first."""
    return [entry.subject for entry in _entries()]


def misnamed() -> list[ExplorerError]:
    """Runs that aren't listed, because their folders are called otherwise than runs are: "ID (1)", as copies are."""
    advice = "Rename it like 20261126-101500-0001, another time, or move it elsewhere."
    return [
        ExplorerError(f"{root / name} is not called as runs are", advice)
        for root in _roots()
        for name in listed(root)
        if not ID.fullmatch(name) and (root / name / "config.json").is_file()
    ]


def each(find: Callable[[Run], T]) -> Iterator[tuple[Run, T]]:
    """All runs, newest first, and what `find` says of each: it is asked again only of those that may have changed.

    It is a function of a module, and what it says of a run depends on the files of that run alone.
    """
    return ((entry.subject, entry.of(find)) for entry in _entries())


def active() -> list[Run]:
    """Runs that train, or wait in line, in the order in which they were made."""
    found = [run for run in moving_in(runs_root()) if ID.fullmatch(run.id) and run.status().active]
    return found[::-1]


def states() -> tuple[tuple[str, State], ...]:
    """Ids of all runs, newest first, with their states: another one, where a page that shows them is to be redrawn."""
    return tuple((entry.subject.id, _state(entry)) for entry in _entries())


def list_titles() -> dict[str, str]:
    """Titles of all runs by their ids: what `Run.title` says, found out at once."""
    return {run_id: title for root in reversed(_roots()) for run_id, title in titles_in(root).items()}


def titled(text: str) -> Run | None:
    """The run that is called so, or else the newest that was: links once held titles."""
    now = {title: run_id for run_id, title in list_titles().items()}
    if text in now:
        return find(now[text])
    return next((run for run, titles in each(_former_titles) if text in titles), None)


def ahead_of(run: Run) -> Iterator[Run]:
    """Active runs in the same folder that were asked for before `run`."""
    place = run.status().asked_at, run.id
    for other in moving_in(run.path.parent):
        if other.id != run.id and (status := other.status()).active and (status.asked_at, other.id) < place:
            yield other


def _state(entry: Entry[Run]) -> State:
    return entry.subject.status().state if entry.moves else entry.of(_stored_state)


def _stored_state(run: Run) -> State:
    return run.status().state


def _former_titles(run: Run) -> list[str]:
    return run.former_titles
