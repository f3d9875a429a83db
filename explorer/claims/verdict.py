"""A claim, and the one rule by which claims are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean, stdev
from typing import Literal

from explorer.claims.evidence import Evidence
from explorer.claims.figure import Figure
from explorer.config import TrainConfig

MARGIN = 0.01  # the effect, as a share, that a claim has to exceed: a smaller one helps nobody
RULE = (
    "What a claim's effect is stands on its card; plus speaks for the claim. It holds if all of its band lies above "
    "1 % (dashed), fails if all of it lies below, and else is undecided. Where it holds in one case and not in "
    "another, it depends."
)

Verdict = Literal["holds", "fails", "undecided", "depends", "not measured"]


def decide(effects: Sequence[float]) -> Verdict:
    """Holds if mean less two standard deviations over seeds exceeds `MARGIN`; fails if mean plus two does not.

    One seed decides nothing.
    """
    if not effects:
        return "not measured"
    if len(effects) < 2:
        return "undecided"
    spread = 2 * stdev(effects)
    if mean(effects) - spread > MARGIN:
        return "holds"
    return "fails" if mean(effects) + spread < MARGIN else "undecided"


@dataclass(frozen=True)
class Case:
    """What a claim comes to under one condition.

    Parameters
    ----------
    effects : sequence of float
        A seed each: what the claim says is better or worse, as a share of what it is compared with; positive where the
        claim is right.
    where : str
        The condition, "on 500 images"; empty for a claim that has a single case.
    """

    effects: Sequence[float]
    where: str = ""

    @property
    def verdict(self) -> Verdict:
        """By the one rule, `decide`."""
        return decide(self.effects)

    @property
    def band(self) -> tuple[float, float]:
        """Mean of the effects less and plus twice their standard deviation over seeds."""
        spread = 2 * stdev(self.effects) if len(self.effects) > 1 else 0.0
        return mean(self.effects) - spread, mean(self.effects) + spread

    @property
    def effect(self) -> str:
        """ "+12.1 % ± 0.8 %": mean and twice the standard deviation; empty where there is no effect yet."""
        if not self.effects:
            return ""
        low, high = self.band
        spread = f" ± {50 * (high - low):.1f} %" if len(self.effects) > 1 else ""
        return f"{50 * (low + high):+.1f} %{spread}"


@dataclass(frozen=True)
class Finding:
    """What became of a claim.

    Parameters
    ----------
    sentence : str
        What was measured, in one sentence; empty where nothing was.
    more : str
        What else was measured.
    cases : sequence of Case
        One, or several if the answer may differ among them; none where nothing was measured.
    measured : int
        Trials that there are, of `Claim.trials`.
    """

    sentence: str = ""
    more: str = ""
    cases: Sequence[Case] = ()
    measured: int = 0

    @property
    def verdict(self) -> Verdict:
        """That of all cases; "depends" where they differ."""
        verdicts = {case.verdict for case in self.cases}
        return "depends" if len(verdicts) > 1 else next(iter(verdicts), "not measured")

    @property
    def answer(self) -> str:
        """The verdict in words: "holds", or "depends: holds on 500 images, fails on all images"."""
        if self.verdict != "depends":
            return self.verdict
        by_verdict: dict[str, list[str]] = {}
        for case in self.cases:
            by_verdict.setdefault(case.verdict, []).append(case.where)
        return "depends: " + ", ".join(f"{verdict} {' and '.join(where)}" for verdict, where in by_verdict.items())

    @property
    def effect(self) -> str:
        """Of each case: "+12.1 % ± 0.8 %", or "+7.7 % ± 1.6 % on 500 images, ..."."""
        return ", ".join(f"{case.effect} {case.where}".strip() for case in self.cases if case.effects)


@dataclass(frozen=True)
class Claim:
    """A claim and how it is put to the test.

    Parameters
    ----------
    key : str
        In the URL, and the command's argument.
    question : str
    quote : str
        The notebook's words.
    experiment : str
    effect : str
        What a seed's effect is.
    trials : mapping of str to TrainConfig
        What is run for it, by name; two claims may be judged by the same trials.
    judge : callable
        Evidence, of these trials alone -> what became of it, but for `Finding.measured`.
    draw : callable
        The same evidence -> what the figure shows.
    looks : int
        At the net while a trial trains, after the first (`studies.trials.Looks`).
    """

    key: str
    question: str
    quote: str
    experiment: str
    effect: str
    trials: Mapping[str, TrainConfig] = field(repr=False, hash=False)
    judge: Callable[[Evidence], Finding] = field(repr=False)
    draw: Callable[[Evidence], Figure] = field(repr=False)
    looks: int = 12

    @property
    def command(self) -> str:
        """What runs the trials that are missing."""
        return f"python -m studies.claims train {self.key}"

    def find(self, evidence: Evidence) -> Finding:
        """Judge it by what there is."""
        own = evidence.among(self.trials)
        return replace(self.judge(own), measured=len(own.trials))

    def so_far(self, finding: Finding) -> str:
        """ "9 trials", or while some are missing "6 of 9 trials: 3 are missing"."""
        planned, missing = len(self.trials), len(self.trials) - finding.measured
        if not missing:
            return f"{planned} trials"
        return f"{finding.measured} of {planned} trials: {missing} {'is' if missing == 1 else 'are'} missing"

    def figure(self, evidence: Evidence) -> Figure:
        """What its figure shows of what there is."""
        return self.draw(evidence.among(self.trials))
