"""What measures of blur say, in words; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from explorer.analysis import samples
from explorer.analysis.blur import Averaged, Blur
from explorer.analysis.measures import MEASURES
from explorer.analysis.measures.same_rate import at_rate
from explorer.data import SOURCES
from explorer.measured_codecs import CodecRow
from explorer.models import Model
from explorer.nets import FAMILIES, Family
from explorer.priors import PriorRecord, fitting
from explorer.priors.mixture import COMPONENTS
from explorer.units import beta_text, nats_to_bytes

Measured = tuple[Model, Blur]
FIRST = {  # of each section of the page: what it is about
    "spectrum": "Images have less power the finer the detail (photographs: van der Schaaf and van Hateren 1996), and "
    "squared error saves what is large: the finest goes first.",
    "origin": "A decoder judged by squared error does best with the mean of all images that a z may stand for, and "
    "where these differ in detail the mean has none (Zhao, Song and Ermon 2017). Below: samples of an image's "
    "posterior, images near it, and the means of both.",
    "rate": "Who keeps more of the detail at the same number of nats: models of all families beside the curve of the "
    "one that knows every beta.",
    "perception": "Across, how far pictures are from their originals; upwards, how far all of them together are from "
    "real ones. At one rate nothing is best at both (Blau and Michaeli 2018, 2019): a mean is near, and not real.",
    "prior": "What each model paints when there is no image to copy: z is drawn from a prior.",
}
_NEARLY = 0.9  # share of another model's sharpness above which one is called about as sharp


def drawn_from(family: Family) -> list[PriorRecord]:
    """What a model of a family can paint from at once and without an image to copy, in the order shown."""
    return [prior for prior in fitting(family) if not (prior.trained or prior.copies)]


def what_is_seen(models: Sequence[Model], source: str | None, name: str) -> str:
    """What was reconstructed, and of which models it isn't what they learnt from.

    Parameters
    ----------
    models : sequence of Model
    source : str, optional
        Of the images, a key of `SOURCES`; None for a picture that no model has learnt from.
    name : str
        What the images are called.
    """
    elsewhere = sorted({SOURCES[model.source].title for model in models if model.has_not_seen(source)})
    words = f"**Trained on {' and '.join(elsewhere)}, not on {name}.** " if elsewhere else ""
    sizes = " or ".join(dict.fromkeys(model.latent_size for model in models))
    return (
        f"{words}Decoded from the mean of z, {sizes}. Sharpness is the variance of the Laplacian over the original's "
        "(Pertuz et al. 2013); noise and checkerboards are sharp too, so read it beside MSE and SSIM."
    )


def sharp_close_and_right(measured: Sequence[Blur]) -> str:
    """Which measure says what of pictures, and how one that is too slow for a page is had."""
    lacking = [measure for key, measure in MEASURES.items() if any(key not in each.values for each in measured)]
    there = ", ".join(
        f"{measure.title}: {measure.good}" for measure in MEASURES.values() if measure.good and measure not in lacking
    )
    said = f"What a good value says of a picture. {there}."
    for measure in lacking:
        meaning = f" ({measure.good})" if measure.good else ""
        said += (
            f" {measure.title}{meaning} takes too long to be measured here: cards of shipped models have it, of the "
            "images that they were measured on."
        )
    return said


def how_spectra_are_measured(images: int) -> str:
    """Over so many images."""
    return (
        f"Over {images:,} images that no model was trained on, each reconstructed from one sample of z, which is what "
        f"its rate pays for; samples are {samples.SAMPLES:,} draws of the prior. Spectra are means over directions, "
        "channels and images, under a Hann window."
    )


def power_lost(measured: Sequence[Measured]) -> str:
    """From which frequency half the power is lost."""
    half_power = MEASURES["half_power"]
    known = [(model, blur["half_power"]) for model, blur in measured if "half_power" in blur.values]
    places = "; ".join(f"**{model.title}** {half_power.write(at)}" for model, at in known)
    return f"Half the power is lost from, in {half_power.unit}: {places}." if places else ""


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
    write = MEASURES["sharpness"].write
    words = (
        f"Of the images near to this one in the latent of **{title}** the nearest has {write(near.sharpness[0])} "
        f"of its sharpness, the mean of {near.counts[-1]} has {write(near.sharpness[-1])}."
    )
    if drawn is None:
        return f"{words} Its latent is not drawn: there are no samples of it to average."
    return (
        f"{words} Averaging samples of one latent changes less, {write(drawn.sharpness[0])} to "
        f"{write(drawn.sharpness[-1])}: each of them is blurred already."
    )


def beta_gives_up_first(lowest_beta: float, lowest: Blur, highest: Blur, latent_dim: int) -> str:
    """What a conditional model misses at its lowest beta already, and what it misses at its highest."""
    low, high = lowest.error_by_octave, highest.error_by_octave
    return (
        f"100 % is no better than a flat picture. The finest octave stands at {low[-1]:.0%} even at beta "
        f"{beta_text(lowest_beta)}: {latent_dim} numbers can't hold it, whatever they cost. From {low[1]:.0%} to "
        f"{high[1]:.0%} where waves fit into the image two to four times: that is beta's doing."
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


def how_rates_are_measured(images: int, name: str, left_out: int) -> str:
    """Over so many images, called `name`; `left_out` shipped models were measured on others."""
    words = (
        f"Over {images:,} images of {name} that no model was trained on, one sample of z each. The rate is the KL to "
        "the prior; of a VQ-VAE, log K nats for each of its codes. An autoencoder's latent is a point, which no number "
        "of nats could tell."
    )
    return words + (f" Left out: {left_out} shipped models that were measured on other images." if left_out else "")


def beside_codecs(measured: Sequence[Measured], codecs: Sequence[CodecRow]) -> str:
    """What JPEG and WebP take to err as much as the VQ-VAE of most nats does; empty where they don't go that far."""
    known = [(m, b.nats, b["mse"]) for m, b in measured if FAMILIES[m.family].posterior == "codes"]
    rated = [(model, nats, mse) for model, nats, mse in known if nats and mse]
    if not rated:
        return ""
    model, nats, mse = max(rated, key=lambda each: each[1])
    found = []
    for title, key in (("JPEG", "jpeg"), ("WebP", "webp")):
        curve = [(error, row.nats) for row in codecs if row.codec == key and (error := row.values.get("mse"))]
        if (there := at_rate(curve, mse)) is not None:
            found.append(f"{title} {nats_to_bytes(there):,.0f}")
    if not found:
        return ""
    return (
        f"Bytes an image for the error of **{model.title}**, MSE {MEASURES['mse'].write(mse)}: it takes "
        f"{nats_to_bytes(nats):,.0f}, {' and '.join(found)} in files of many pictures."
    )


def how_codecs_are_measured(codecs: Sequence[CodecRow]) -> str:
    """What counts as the rate of a file, and what the lossless ones take; empty without any."""
    if not codecs:
        return ""
    free = [f"{row.title} {row.together:,.0f} bytes" for row in codecs if row.quality is None]
    return (
        f"JPEG and WebP are Pillow's, over {codecs[0].images:,} of them, tiled into one file, so that its head doesn't "
        "count: of a JPEG of 32 x 32 most is head. For a net all bytes of its stream count, but not those of the net, "
        "which whoever reads it has. Beyond the right end, where every pixel comes back: "
        f"{' and '.join(free)} an image."
    )


def how_perception_is_measured(n: int, name: str, floor: bool) -> str:
    """Over so many images, called `name`; and whether there is a line of other real ones."""
    line = f" The dotted line is where {n:,} other real images are: no samples are nearer." if floor else ""
    return (
        f"Over {n:,} test images of {name}, one sample of z each. The Fréchet distance is that of Gaussians fitted to "
        "features of a small classifier of our own: no FID, and of these counts alone. Reconstructions are compared "
        "with their own originals, so without loss it is 0, as for PNG, which has no place on these axes. Samples have "
        f"no original: only their height means anything, and they are as many.{line} JPEG and WebP are files of many."
    )


def where_samples_come_from(models: Sequence[Model]) -> str:
    """What models draw from where there is no image, and which of them have nothing of their own to draw from."""
    words = ["All draws have the same seed."]
    for model in models:
        if FAMILIES[model.family].posterior == "point":
            words.append(f"**{model.title}** has no prior: its only samples come from a mixture fitted afterwards.")
    if any(FAMILIES[model.family].posterior == "codes" for model in models):
        words.append(
            "Codes are drawn one by one, blind to their neighbours: sharp patches, no scene. Van den Oord et al. 2017 "
            "train a second network to place them."
        )
    words.append(
        f"The mixture has {COMPONENTS} Gaussians, diagonal along the principal axes of one z of each of up to "
        f"{samples.FITTED_ON:,} training images (Ghosh et al. 2020). Sharpness is that of {samples.SAMPLES:,} others."
    )
    return " ".join(words)
