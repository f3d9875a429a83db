"""The seed notebook's claims, tested: their trials, and the figures and results of docs/claims.

    python -m studies.claims train [CLAIM ...]
    python -m studies.claims plot

What is tried stands in `explorer.claims`, a module a claim. `train` needs CIFAR-10 in data/ and adds trials that
claims.json lacks, those of the claims named or of all: the first 48 took 86 minutes on two cores that had other work
too. The app's page Claims reads that file, and so does `plot`.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from explorer.claims import CLAIMS, evidence
from explorer.claims.drawing import to_plotly
from studies import command, figures, trials

MEASURED = Path(__file__).with_suffix(".json")
DOCS = figures.DOCS / "claims"
README = DOCS / "README.md"
BEGIN, END = "<!-- results: written by studies/claims.py -->", "<!-- end of results -->"


def train(claims: list[str]) -> None:
    """Run what is missing of these claims, whether this study would have run it or another."""
    for claim in map(CLAIMS.__getitem__, claims):
        there = {trial.name for trial in evidence.read(evidence.MEASURED)}
        missing = {name: config for name, config in claim.trials.items() if name not in there}
        trials.train(missing, MEASURED, claim.looks)


def results() -> str:
    """Verdicts and figures of what was measured, in Markdown."""
    measured = evidence.collect(evidence.MEASURED)
    found = {claim: finding for claim in CLAIMS.values() if (finding := claim.find(measured)).measured}
    lines = ["| claim | verdict | effect |", "|---|---|---|"]
    for claim, finding in found.items():
        lines.append(f"| {claim.question} | {finding.answer} | {finding.effect} |")
    for claim, finding in found.items():
        effect = f"Effect: {claim.effect[:1].lower()}{claim.effect[1:]}."
        lines += ["", f"### {claim.question}", ""]
        answer = f"{finding.answer[:1].upper()}{finding.answer[1:]}"
        lines += [*_wrapped(f"**{answer}.** {finding.sentence} {finding.more}".strip()), ""]
        lines += [*_wrapped(f"{claim.experiment} {effect} {claim.so_far(finding)}."), ""]
        if (DOCS / f"{claim.key}.png").exists():
            lines += [f"![{claim.question}]({claim.key}.png)", ""]
        lines += [f"    {claim.command}"]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)


def plot() -> None:
    """The figure of each claim that has one, and README.md's results."""
    measured = evidence.collect(evidence.MEASURED)
    shown = {key: claim.figure(measured) for key, claim in CLAIMS.items()}
    figures.save(
        {key: to_plotly(each).update_layout(title=None) for key, each in shown.items() if not each.empty}, DOCS
    )
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    README.write_text(f"{before}{BEGIN}\n\n{results()}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    command.run(__doc__, train, plot, CLAIMS)
