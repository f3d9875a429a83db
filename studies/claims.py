"""The seed notebook's claims, tested: trials of each, and the figures and results of docs/claims.

    python -m studies.claims train [CLAIM ...]
    python -m studies.claims plot

`train` needs CIFAR-10 in data/ and adds trials that claims.json lacks, those of the claims named or of all: the
first 48 took 86 minutes on two cores that had other work too. The app's page Claims reads that file, and so does
`plot`.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.analysis import claims as judged
from explorer.config import PRESETS, TrainConfig
from studies import command, figures, trials

MEASURED = Path(__file__).with_suffix(".json")
DOCS = figures.DOCS / "claims"
README = DOCS / "README.md"
BEGIN, END = "<!-- results: written by studies/claims.py -->", "<!-- end of results -->"
SEEDS = {"longer": 2}  # how many; of the others three
LOOKS = {"time": 24}  # of the others `trials.LOOKS`

Trials = dict[str, TrainConfig]


def generalise() -> Trials:
    """Autoencoder and VAE on few, more and all training images, as many steps each."""
    length = {"epochs": 1000, "max_steps": 300}
    return {
        f"{net}, {images or 'all'} images": PRESETS[preset].with_(train_images=images, **length)
        for images in (500, 4000, 0)
        for net, preset in (("autoencoder", "autoencoder"), ("VAE", "standard"))
    }


def longer() -> Trials:
    """The same net for more epochs: a run each, since the step size falls to each run's end."""
    return {f"{epochs} epochs": PRESETS["standard"].with_(train_images=4000, epochs=epochs) for epochs in (5, 20, 60)}


def spatial() -> Trials:
    """A latent that keeps the image's layout and one that doesn't, at betas whose rates overlap."""
    betas = {"standard": (1e-3, 3e-3, 3e-4), "spatial": (1e-3, 2.5e-3)}
    return {
        f"{'flat' if preset == 'standard' else preset}, beta {beta:g}": PRESETS[preset].with_(beta=beta, max_steps=250)
        for preset, those in betas.items()
        for beta in those
    }


def schedule() -> Trials:
    """Schedules of beta, and constant ones to either side of their rates.

    Of beta 0.001, studies/schedules.py has the first two seeds.
    """
    changes: dict[str, dict[str, Any]] = {
        "linear": {"beta_schedule": "linear", "beta_steps": 150},
        "cyclical": {"beta_schedule": "cyclical"},
        "constant 0.001": {},
        "constant 0.0007": {"beta": 7e-4},
        "constant 0.0014": {"beta": 1.4e-3},
    }
    return {name: PRESETS["convolutional"].with_(epochs=1, max_steps=300, **change) for name, change in changes.items()}


def time() -> Trials:
    """The notebook's layers, optimiser and step size, with latent noise and KL and without."""
    shared = {"epochs": 1, "max_steps": 310, "batch_size": 128}
    return {
        "autoencoder": PRESETS["notebook"].with_(family="autoencoder", trunk="conv_vae", **shared),
        "VAE, beta 0.001": PRESETS["notebook"].with_(**shared),
        "VAE, beta 0.0001": PRESETS["notebook"].with_(beta=1e-4, **shared),
    }


CLAIMS = {each.__name__: each for each in (generalise, longer, spatial, schedule, time)}  # "blur" is of models/


def all_trials(claim: str) -> Trials:
    """By name: "CLAIM: WHAT, seed N". Seeds go round first, so that a part of them is a comparison too.

    Every second seed goes through them backwards: what a machine does as time passes falls on all alike.
    """
    found = {}
    for seed in range(SEEDS.get(claim, 3)):
        for what, config in list(CLAIMS[claim]().items())[:: -1 if seed % 2 else 1]:
            if claim == "schedule" and seed < 2 and config.beta == 1e-3:
                continue
            pinned = replace(config, seed=seed, precision="bfloat16")  # "auto" might choose another for the other net
            found[f"{claim}: {what}, seed {seed}"] = pinned
    return found


def train(claims: list[str]) -> None:
    """Run what is missing of these claims."""
    for claim in claims:
        trials.train(all_trials(claim), MEASURED, LOOKS.get(claim, trials.LOOKS), claim=claim)


def results() -> str:
    """Verdicts and figures of what was measured, in Markdown."""
    from explorer.ui import claims as shown

    evidence = shown.evidence(judged.MEASURED)
    found = {claim: claim.find(evidence) for claim in judged.CLAIMS.values()}
    lines = ["| claim | verdict | effect |", "|---|---|---|"]
    for claim, finding in found.items():
        lines.append(f"| {claim.question} | {finding.verdict} | {shown.effect_words(finding)} |")
    for claim, finding in found.items():
        effect = f"Effect: {claim.effect[:1].lower()}{claim.effect[1:]}."
        lines += ["", f"### {claim.question}", ""]
        lines += [*_wrapped(f"**{finding.verdict.capitalize()}.** {finding.words}"), ""]
        lines += [*_wrapped(f"{claim.experiment} {effect} {finding.measured} of {claim.trials} trials."), ""]
        if (DOCS / f"{claim.key}.png").exists():
            lines += [f"![{claim.question}]({claim.key}.png)", ""]
        lines += [f"    {claim.command}"]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)


def plot() -> None:
    """The figure of each claim that has one, and README.md's results."""
    from explorer.ui import claims as shown

    evidence = shown.evidence(judged.MEASURED)
    drawn = {key: draw(evidence) for key, draw in shown.FIGURES.items()}
    untitled = {key: figure.update_layout(title=None) for key, (figure, table) in drawn.items() if any(table.values())}
    figures.save(untitled, DOCS)
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    README.write_text(f"{before}{BEGIN}\n\n{results()}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    command.run(__doc__, train, plot, CLAIMS)
