"""What the seed notebook says of VAEs, put to the test: one module and one line in `_MODULES` each.

A claim's module has its question and the notebook's words, the trials that it needs, the judge that turns them into a
verdict's words and effects, and what its figure shows. The page Claims, `studies.claims`, which runs the trials, and
docs/claims go through `CLAIMS`. All claims are judged by one rule: `explorer.claims.verdict.decide`.
"""

from __future__ import annotations

from importlib import import_module

from explorer.claims.verdict import Claim

_MODULES = (  # in the order of the page
    "blur",
    "generalise",
    "training_time",
    "spatial",
    "longer",
    "schedule",
)
CLAIMS: dict[str, Claim] = {
    claim.key: claim for claim in (import_module(f"explorer.claims.{name}").CLAIM for name in _MODULES)
}
