"""How far a model's samples are from its reconstructions: what its card says of it."""

from __future__ import annotations

from explorer.analysis import prior_gap
from explorer.data import SOURCES
from explorer.models import Model
from explorer.ui.components.tradeoff import Gaps


def known(model: Model) -> Gaps:
    """What was measured, and on what."""
    found = prior_gap.read(model.card.get("prior_gap", ()))
    if not found:
        return Gaps({}, "not measured")
    of = f"{found[0].images:,} validation images of {SOURCES[model.source].title}"
    return Gaps({gap.beta: gap for gap in found}, of)
