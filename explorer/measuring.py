"""How far a conditional model's samples are from its reconstructions, at every stop of beta: known, or to be measured.

Of a shipped model its card says so (`explorer.export`). Of a run a process of its own measures it, when somebody asks:
a judge takes about two seconds a beta. It writes each into the run's folder as it has it, so that a page can show how
far it is, and what is measured stays.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from explorer import background, files, models, runs
from explorer.errors import ExplorerError
from explorer.models import Model
from explorer.nets import BETA_STOPS
from explorer.processes import Process, life
from explorer.runs import Run

if TYPE_CHECKING:
    from explorer.analysis.prior_gap import Gap

_STRIDE = 4  # stops between two of the first that are measured: the whole way is seen early


@dataclass(frozen=True)
class Known:
    """What was measured of a model.

    Parameters
    ----------
    gaps : dict of float to Gap
        By those of `BETA_STOPS` that were measured.
    running : bool
        Whether a process measures the others.
    error : str
        Why it could not, "" if it could, or nobody asked.
    """

    gaps: dict[float, Gap]
    running: bool = False
    error: str = ""

    @property
    def whole(self) -> bool:
        """Whether it was measured at every stop."""
        return self.gaps.keys() >= set(BETA_STOPS)


def known(model: Model) -> Known:
    """Of a shipped model what its card says, of a run's what its folder says of this very checkpoint."""
    from explorer.analysis import prior_gap

    if model.shipped:
        return Known({gap.beta: gap for gap in prior_gap.read(model.card.get("prior_gap", ()))})
    run = runs.find(model.id)
    stored = run.prior_gap if run else {}
    if stored.get("step") != model.step:
        return Known({})
    gaps = {gap.beta: gap for gap in prior_gap.read(stored.get("rows", ()))}
    return Known(gaps, _goes_on(model, stored), stored.get("error", ""))


def start(model: Model) -> None:
    """Measure a run's model in a process that lets all others go first; returns at once.

    Raises
    ------
    ExplorerError
        If it is no run's, its run is active, or is being measured already, or no process could be started.
    """
    run = _run(model)
    if known(model).running:
        raise ExplorerError(f"{run.title} is being measured already", "Wait until that is done.")
    try:
        process = Process.of(background.start("measure", run.id).pid)
    except OSError as e:
        raise ExplorerError(f"{run.title} can't be measured: {e.strerror}", "Close other programs, try again.") from e
    with files.explained(f"What is measured of {run.title} can't be kept", run.path):
        run.write_prior_gap({"step": model.step, "rows": [], **_named(process)})


def measure(model: Model, say: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Measure a run's model here and now; `say` hears how many of how many betas are done.

    Raises
    ------
    ExplorerError
        As `start` and `prior_gap.measure`; why stands in the run's folder too.
    """
    from explorer.analysis import prior_gap
    from explorer.data import load_image_set

    run = _run(model)
    rows: list[Gap] = []

    def write(error: str = "") -> None:
        named = {} if error or len(rows) == len(BETA_STOPS) else _named(Process.of(os.getpid()))
        found = [gap._asdict() for gap in sorted(rows)]
        run.write_prior_gap({"step": model.step, "rows": found, "error": error, **named})

    write()
    try:
        images = load_image_set(run.config.source, run.config.data_path or None)
        if images.digest != model.digest:
            raise ExplorerError(f"{images.name} has changed since the run", "Put the same images back.")
        net = models.load_model(model)
        stops = sorted(BETA_STOPS, key=lambda beta: (BETA_STOPS.index(beta) % _STRIDE != 0, beta))
        for done, beta in enumerate(stops, 1):
            rows.append(prior_gap.measure(net, images, beta))
            write()
            say(done, len(stops))
    except ExplorerError as e:
        write(e.what)
        raise


def _run(model: Model) -> Run:
    run = None if model.shipped else runs.find(model.id)
    if run is None or not model.conditional:
        raise ExplorerError(f"{model.title} has no card", "Export its run first.")
    if run.status().active:
        raise ExplorerError(f"{run.title} is still being trained", "Measure it when that has ended.")
    return run


def _named(process: Process) -> dict[str, Any]:
    """As a run's folder says which process is at it."""
    return {"process": [process.pid, process.started], "by": asdict(process)}


def _goes_on(model: Model, stored: dict[str, Any]) -> bool:
    """Whether the process that a run's folder names is at it still: it writes every few seconds."""
    former = stored.get("process")  # all that earlier versions wrote
    process = Process.from_json(stored.get("by")) or (Process(int(former[0]), former[1]) if former else None)
    about = model.id, "prior gap"
    return process is not None and life(process, about, lambda: len(stored.get("rows", ())), time.time()).lives
