"""What stands beside the curve of Beta and moves: dots of other models, and what is being measured of the one shown."""

from __future__ import annotations

from functools import partial
from typing import Any

from explorer import measuring, models, runs
from explorer.data import SOURCES
from explorer.live.topics import Look
from explorer.models import Model
from explorer.nets import BETA_STOPS
from explorer.ui.charts import rate_distortion
from explorer.ui.components import beside, tradeoff
from explorer.ui.components.tradeoff import Gaps
from explorer.ui.feeds import memory

DOTS_EVERY_S = 1.0


def dots_topic(source: str, kept: str = "") -> str:
    """Of dots beside a curve of those images; `kept` is the one of an older run that is looked at."""
    return f"dots:{source}:{kept}" if kept else f"dots:{source}"


def kept(run_id: str) -> list[int]:
    """Step of a run's newest weights: pictures are made anew with them."""
    run = runs.find(run_id)
    return run.checkpoint_steps()[-1:] if run else []


def look_at_dots(subject: str) -> Look | None:
    """Part "dots", and the newest weights of each that is being trained, named by its run."""
    source, _, older = subject.partition(":")
    if source not in SOURCES:
        return None
    found = memory.seldom(("dots", source, older), DOTS_EVERY_S, partial(rate_distortion.dots, older, source))
    parts: dict[str, Any] = {dot.id: kept(dot.id) for dot in found if dot.active}
    return Look(parts | {"dots": [beside.dot_json(dot, source) for dot in found]})


def gaps_topic(model: Model) -> str:
    return f"gaps:{model.id}"


def measured(model: Model, found: measuring.Known) -> Gaps:
    """What was measured, and on what, or why not."""
    of = "not measured"
    if found.gaps:
        count = next(iter(found.gaps.values())).images
        of = f"{count:,} validation images of {SOURCES[model.source].title}"
    if found.running:
        of = f"measuring, {len(found.gaps)} of {len(BETA_STOPS)} betas so far"
    return Gaps(found.gaps, of, "")


def look_at_gaps(run_id: str) -> Look | None:
    """Parts "running", and while it is, "gap"."""
    run = runs.find(run_id)
    model = models.from_run(run) if run else None
    if model is None:
        return None
    found = measuring.known(model)
    parts: dict[str, Any] = {"running": found.running}
    return Look(parts | {"gap": tradeoff.gap(measured(model, found))} if found.running else parts)
