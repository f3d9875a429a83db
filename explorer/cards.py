"""What the card of a shipped model says: which model it is, and all that was measured of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

from explorer.analysis.likelihood import record as likelihood
from explorer.analysis.measures import MEASURES
from explorer.analysis.spectrum import FREQUENCIES
from explorer.config import checked
from explorer.data import SOURCES, SPLITS, Split
from explorer.nets import FAMILIES
from explorer.records import Record
from explorer.runs.folder import gap_rows

_MOST_ROWS = 1_000
_BETA = 100.0  # at most, as of the setting


class Means(TypedDict):
    """Means over a whole split, one sample of z an image.

    Attributes
    ----------
    recon : float
        Mean squared error a pixel value, pixels 0 to 1.
    kl : float
        Nats a latent dimension; infinite where the latent is a point.
    total : float
        recon + beta * kl.
    perplexity : float
        Of codes only: how many, equally used, would carry as much.
    """

    recon: float
    kl: float
    total: float
    perplexity: NotRequired[float]


@dataclass(frozen=True)
class Imported:
    """Where a model from elsewhere came from.

    Parameters
    ----------
    file : str
        Name of the file that was imported.
    day : str
        On which, ISO 8601: "2026-11-26".
    source : str
        Key of the images that it was trained on, as whoever imported it said; "" if they didn't.
    beta_known : bool
        Whether they said which beta it was trained at; else it is taken to be the notebook's.
    """

    file: str
    day: str
    source: str
    beta_known: bool


@dataclass(frozen=True)
class Card:
    """A card that is whole: fields as of `explorer.models.Model`.

    Parameters
    ----------
    values : dict
        All that it says, checked: `Model.card`.
    """

    title: str
    family: str
    latent_dim: int
    beta: float
    source: str
    step: int
    measured: dict[Split, Means]
    digest: str
    imported: Imported | None
    values: dict[str, Any] = field(repr=False)


def parse(said: Record) -> Card:
    """A card of what its file says; ExplorerError where a field is damaged, or one is missing that every card has."""
    environment = said.record("environment") if said.has("environment") else None
    parts: dict[str, Callable[[], Any]] = {
        "blur": lambda: _blur(said.record("blur")),
        "curve": lambda: [_at_beta(row) | _means(row) for row in said.records("curve", 1, _MOST_ROWS, "row")],
        "blur_curve": lambda: [_at_beta(row) | _blur(row) for row in said.records("blur_curve", 1, _MOST_ROWS, "row")],
        "blur_elsewhere": lambda: [
            {"digest": row.text("digest", 200)} | _blur(row)
            for row in said.records("blur_elsewhere", 0, _MOST_ROWS, "row")
        ],
        "prior_gap": lambda: gap_rows(said, "prior_gap"),
        "likelihood": lambda: likelihood.read(said.record("likelihood")).to_json(),
        "samples": lambda: sample_rows(said, "samples"),
        "perception": lambda: place_rows(said, "perception"),
        "config": lambda: dict(said.record("config").values),
    }
    card = Card(
        title=said.text("title", 200),
        family=said.choice("family", FAMILIES),
        latent_dim=checked("latent_dim", said.whole("latent_dim")),
        beta=said.number("beta", 0.0, _BETA),
        source=said.choice("source", SOURCES),
        step=said.whole("step"),
        measured=_measured(said.record("measured")) if said.has("measured") else {},
        digest=environment.text("digest", 200, empty=True) if environment else "",
        imported=_imported(said.record("imported")) if said.has("imported") else None,
        values=dict(said.values) | {name: part() for name, part in parts.items() if said.has(name)},
    )
    for name in ("curve", "blur_curve"):
        betas = [row["beta"] for row in card.values.get(name) or ()]
        if betas != sorted(set(betas)):
            raise said.wrong(name, "is not in the order of beta", "From the smallest on, each once.")
    if FAMILIES[card.family].conditional and not card.beta:
        raise said.wrong("beta", "is 0", "Of a model of every beta it is one of them.")
    return card


def _imported(said: Record) -> Imported:
    return Imported(
        file=said.text("file", 200),
        day=said.text("day", 10),
        source=said.choice("source", SOURCES) if said.has("source") else "",
        beta_known=said.flag("beta_known"),
    )


def place_rows(said: Record, field: str) -> list[dict[str, Any]]:
    """Rows of an `explorer.perception.Place` each, with the digest of the "features" that they were measured in."""
    return [
        {
            "of": row.text("of", 40),
            "n": row.whole("n", 1),
            "mse": row.number("mse", 0.0),
            "frechet": row.number("frechet", 0.0),
            "features": row.text("features", 64),
        }
        for row in said.records(field, 0, _MOST_ROWS, "row")
    ]


def sample_rows(said: Record, field: str) -> list[dict[str, Any]]:
    """Rows of an `explorer.sample_scores.Row` each, with the digest of the "features" that they were measured in."""
    return [
        {
            "prior": row.text("prior", 100),
            "n": row.whole("n", 1),
            "seed": row.whole("seed"),
            "frechet": row.number("frechet", 0.0),
            "kernel": row.number("kernel"),
            "kernel_spread": row.number("kernel_spread", 0.0),
            "precision": row.number("precision", 0.0, 1.0),
            "recall": row.number("recall", 0.0, 1.0),
            "features": row.text("features", 64),
        }
        for row in said.records(field, 0, _MOST_ROWS, "row")
    ]


def _at_beta(row: Record) -> dict[str, float]:
    return {"beta": row.number("beta", 1e-12, _BETA)}


def _measured(said: Record) -> dict[Split, Means]:
    """Of splits, those that have all three means."""
    rows = {split: said.record(split) for split in SPLITS if said.has(split)}
    return {split: _means(row) for split, row in rows.items() if row.has("recon") and row.has("total")}


def _means(row: Record) -> Means:
    """JSON knows no infinity, and holds null for it."""
    found = Means(
        recon=row.number("recon", 1e-12),
        kl=row.number("kl", 0.0) if row.has("kl") else math.inf,
        total=row.number("total"),
    )
    if row.has("perplexity"):
        found["perplexity"] = row.number("perplexity", 0.0)
    return found


def _blur(said: Record) -> dict[str, Any]:
    """An `explorer.analysis.blur.Blur` as JSON, with the number of its images."""
    measures = {key: said.number(key) if said.has(key) else None for key in MEASURES if key in said.values}
    spectra: dict[str, list[float]] = {}
    for name in ("original", "spectrum", "error"):
        spectra[name] = said.numbers(name, 1e-30 if name == "original" else 0.0)
        if len(spectra[name]) != len(FREQUENCIES):
            raise said.wrong(
                name, f"has {len(spectra[name])} numbers", f"One for each of {len(FREQUENCIES)} frequencies."
            )
    return {"images": said.whole("images", 1), **measures, **spectra}
