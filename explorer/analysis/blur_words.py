"""What measures of blur say, in words; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from explorer.analysis.blur import Averaged, Blur
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.same_rate import at_rate
from explorer.models import Model
from explorer.nets import FAMILIES

Measured = tuple[Model, Blur]
_NEARLY = 0.9  # share of another model's sharpness above which one is called about as sharp


def power_lost(measured: Sequence[Measured]) -> str:
    """From which frequency half the power is lost."""
    half_power = MEASURES["half_power"]
    known = [(model, blur["half_power"]) for model, blur in measured if "half_power" in blur.values]
    places = "; ".join(f"**{model.title}** {half_power.write(at)}" for model, at in known)
    words = (
        "Images have less power the finer the detail (photographs: van der Schaaf and van Hateren 1996), and squared "
        "error saves what is large: the finest goes first."
    )
    return words + (f" Half the power is lost from, in {half_power.unit}: {places}." if places else "")


def blur_without_kl(measured: Sequence[Measured]) -> str:
    """How sharp a model is that pays nothing for its nats, beside those that do; empty where there is no such pair.

    If the best of those that pay is nearly as sharp, most of the blur isn't the KL's doing.
    """
    charged = [(m, b) for m, b in measured if FAMILIES[m.family].posterior != "codes" and b["sharpness"] is not None]
    free = next(((m, b) for m, b in charged if m.beta == 0), None)
    if free is None:
        return ""
    priced = [(m, b) for m, b in charged if m.beta > 0 and m.latent_dim == free[0].latent_dim]
    if not priced:
        return ""
    best = max(priced, key=lambda each: each[1]["sharpness"] or 0.0)
    sharpness = MEASURES["sharpness"]
    sharp, reach = ([blur[key] for _, blur in (best, free)] for key in ("sharpness", "half_power"))
    words = (
        f"**{free[0].title}**, which pays for no nat, is {sharpness.write(sharp[1])} as sharp as the originals after "
        f"{free[0].step:,} steps, **{best[0].title}** {sharpness.write(sharp[0])} after {best[0].step:,}."
    )
    if _nearly(*sharp) and _nearly(*(0.5 if at is None else at for at in reach)):
        words += (
            f" So most of the blur needs no KL: {free[0].latent_dim} numbers are too few. A higher beta adds to it."
        )
    return words


def _nearly(value: float | None, other: float | None) -> bool:
    return value is not None and other is not None and value > _NEARLY * other


def means_are_blurred(title: str, near: Averaged, drawn: Averaged | None) -> str:
    """What averaging does to sharpness: images that are near in a model's latent, and samples of one latent, if any."""
    words = (
        f"Of the images near to this one in the latent of **{title}** the nearest has {near.sharpness[0]:.2f} "
        f"of its sharpness, the mean of {near.counts[-1]} has {near.sharpness[-1]:.3f}. A decoder judged by squared "
        "error does best with the mean of all images that a z may stand for, and where these differ in detail the mean "
        "has none (Zhao, Song and Ermon 2017)."
    )
    if drawn is None:
        return f"{words} Its latent is not drawn: there are no samples of it to average."
    return (
        f"{words} Averaging samples of one latent changes less, {drawn.sharpness[0]:.2f} to {drawn.sharpness[-1]:.2f}: "
        "each of them is blurred already."
    )


class Beside(NamedTuple):
    """A model, its rate in nats, what is measured of it, and the conditional model's curve at as many nats."""

    model: Model
    nats: float
    value: float
    curve: float


def beside_the_curve(measured: Sequence[Measured], key: str) -> list[Beside]:
    """A measure of models beside the conditional one's curve, at the same rate (`at_rate`).

    Models beyond its ends, without a rate, or that it wasn't measured of are left out.
    """
    known = [(m, b.nats, value) for m, b in measured if b.nats and (value := b[key]) is not None]
    curve = [(nats, value) for model, nats, value in known if FAMILIES[model.family].conditional]
    return [
        Beside(model, nats, value, there)
        for model, nats, value in known
        if not FAMILIES[model.family].conditional and (there := at_rate(curve, nats)) is not None
    ]


def who_is_sharper(measured: Sequence[Measured], about: str) -> str:
    """Of each family the model whose rate is closest to that of the model `about`, an id; empty if there is none."""
    here = next((b.nats for m, b in measured if m.id == about and b.nats), None)
    errors = {each.model.version: each for each in beside_the_curve(measured, "psnr")}
    pairs = [(o, errors[o.model.version]) for o in beside_the_curve(measured, "sharpness") if o.model.version in errors]
    if not here or not pairs:
        return ""
    sharpness, psnr = MEASURES["sharpness"], MEASURES["psnr"]
    closest: dict[str, str] = {}
    for sharp, error in sorted(pairs, key=lambda pair: abs(math.log(pair[0].nats / here))):
        closest.setdefault(
            sharp.model.family,
            f"**{FAMILIES[sharp.model.family].title}** {sharpness.write(sharp.value)} against "
            f"{sharpness.write(sharp.curve)} at {sharp.nats:,.0f} nats (PSNR {psnr.write(error.value)} against "
            f"{psnr.write_with_unit(error.curve)})",
        )
    return f"Sharpness beside the model that knows every beta, at the same rate: {'; '.join(closest.values())}."
