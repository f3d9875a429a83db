"""Runs that are trained in step, in one process: step by step in turn, so that all of them stand at the same step.

Each is a run like any other, with a folder of its own, and comes out as if it were trained alone. They share images,
and the moments at which they are looked at: their pictures and measurements are of the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from explorer.errors import ExplorerError
from explorer.runs import Run, Status
from explorer.training.loop import Company, turns
from explorer.training.reading import Reading
from explorer.training.recorder import Watched


def run_race(
    contestants: Sequence[tuple[Run, Status]],
    stop_asked: Callable[[], bool],
    rest: Callable[[bool], object],
    ended: Callable[[Run], object] = lambda run: None,
) -> None:
    """Train runs in step until each has ended; one that ends early, however that is, leaves the others going on.

    One that is paused is waited for.

    Parameters
    ----------
    contestants : sequence of (Run, Status)
        What the process has said of each so far.
    stop_asked, rest : callable
        As for `run_training`.
    ended : callable
        Told each run as it has ended.

    Raises
    ------
    ExplorerError, OSError
        What the first of those that failed raised, once all have ended: see `run_training`.
    """
    taken = {run.id: -1 for run, _ in contestants}  # steps of those that are still trained; -1 before the first turn
    paused: dict[str, bool] = {}
    company = Company(
        Watched(),
        cache(Reading(contestants, stop_asked).load),
        is_ahead=lambda run: taken[run.id] > min(taken.values()),
        is_paused=lambda run: paused[run.id],
        is_a_step_behind=lambda run: 0 <= taken[run.id] == max(taken.values()) - 1,
    )
    shared = company if len(contestants) > 1 else None
    racing = [(run, turns(run, status, stop_asked, rest=rest, company=shared)) for run, status in contestants]
    failed: list[ExplorerError | OSError] = []
    while racing:
        paused |= {run.id: run.control().paused for run, _ in racing}
        for run, turn in list(racing):
            try:
                taken[run.id] = next(turn)
                continue
            except StopIteration:
                pass
            except (ExplorerError, OSError) as e:  # OSError: of a folder that is gone
                failed.append(e)
            racing.remove((run, turn))
            del taken[run.id]
            ended(run)
    if failed:
        raise failed[0]
