"""What a model of every beta shows, in words; pure functions. The numbers in each sentence are measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer import units
from explorer.analysis.measures.in_use import in_use
from explorer.data import SOURCES, ImageSet
from explorer.models import Model
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.units import NOTEBOOK_BETA, beta_text

if TYPE_CHECKING:
    from explorer.analysis.sweep import Sweep


@dataclass(frozen=True)
class Lesson:
    """A stop worth a look: its name, a beta of `BETA_STOPS`, and what is to be seen there."""

    name: str
    beta: float
    words: str


def lessons(
    swept: Sweep, latent_dim: int, calibrated: float | None, notebook_mse: float, where: str, samples_section: str
) -> list[Lesson]:
    """Stops worth a look, in words: on the images shown, or where the curve was measured.

    Parameters
    ----------
    swept : Sweep
        The images shown, at each of `BETA_STOPS`.
    latent_dim : int
    calibrated : float or None
        The beta at which sigma squared equals the error, on the model's curve; without one there is no lesson of it.
    notebook_mse : float
        Mean squared error at the notebook's beta on that curve, pixel scale 0..1.
    where : str
        What the curve was measured on.
    samples_section : str
        Title of the page's section that shows samples of the prior.
    """
    found = [_all_detail(swept, latent_dim, samples_section)]
    if calibrated is not None:
        found.append(_calibrated(calibrated, latent_dim, where))
    return [*found, _notebook(swept, latent_dim, math.sqrt(notebook_mse), where), _collapsed(swept, latent_dim)]


def _all_detail(swept: Sweep, latent_dim: int, samples_section: str) -> Lesson:
    beta, nats, error = BETA_STOPS[0], swept.nats[0], swept.mse[0].mean()
    return Lesson(
        "All detail, no prior", beta,
        f"{in_use(swept.kl_per_dim)[0]} of {latent_dim} dimensions are in use for {nats:,.0f} nats an image, and the "
        f"objective hardly counts them: {beta * nats / latent_dim:.5f} beside an MSE of {error:.4f}. Then look under "
        f"{samples_section} at what draws of the prior become at this beta.",
    )  # fmt: skip


def _calibrated(beta: float, latent_dim: int, where: str) -> Lesson:
    return Lesson(
        "Calibrated", nearest_stop(beta),
        f"At beta {beta_text(float(f'{beta:.2g}'))} the noise that beta stands for, sigma "
        f"{units.beta_to_sigma(beta, latent_dim):.3f}, is the error that is made ({where}); this is the nearest stop. "
        "Further left less noise is assumed than is made, further right more.",
    )  # fmt: skip


def _notebook(swept: Sweep, latent_dim: int, error: float, where: str) -> Lesson:
    sigma = units.beta_to_sigma(NOTEBOOK_BETA, latent_dim)
    sharpness = swept.sharpness
    return Lesson(
        "The notebook's", NOTEBOOK_BETA,
        f"{beta_text(NOTEBOOK_BETA)} stands for a noise of sigma {sigma:.3f}, {sigma / error:.1f} times the error that "
        f"is made, {error:.3f} ({where}). Look at fine texture: sharpness is "
        f"{sharpness[BETA_STOPS.index(NOTEBOOK_BETA)]:.2f} of the originals', at beta {beta_text(BETA_STOPS[0])} it is "
        f"{sharpness[0]:.2f}.",
    )  # fmt: skip


def _collapsed(swept: Sweep, latent_dim: int) -> Lesson:
    return Lesson(
        "Collapsed", BETA_STOPS[-1],
        f"{in_use(swept.kl_per_dim)[-1]} of {latent_dim} dimensions are left, for {swept.nats[-1]:,.0f} nats an image; "
        "the others say next to nothing about any image. Look at what survives: sharpness is "
        f"{swept.sharpness[-1]:.2f} of the originals'.",
    )  # fmt: skip


def trained_how(model: Model, images: ImageSet, count: int) -> str:
    """What a model was trained on, whether it knows images like these, and what numbers of `count` of them mean."""
    seen = "the image" if count == 1 else f"the {count} images"
    words = (
        f"**{model.title}**, trained on {SOURCES[model.source].title} {model.effort}, at all of these betas at once."
    )
    if model.source != images.source:
        words += f" **It has not seen images like these, {images.name}.**"
    return f"{words} Numbers in the strip and bars are means over {seen} above, decoded from the mean of z."


def samples_beside_mean(beta: float, mse: np.ndarray, mse_mean: float, mse_average: float) -> str:
    """How far from one image pictures of its latent are; mean squared errors, pixel scale 0..1.

    Parameters
    ----------
    beta : float
    mse : float array (S,)
        Of a sample each.
    mse_mean : float
        Of the picture that the mean of z gives.
    mse_average : float
        Of the average of the samples' pictures.
    """
    return (
        f"At beta {beta_text(beta)} a sample's MSE is {mse.mean():.5f} on average, that of the mean's picture "
        f"{mse_mean:.5f}, and that of the average of {len(mse)} samples {mse_average:.5f}. Samples differ by what the "
        "latent leaves open; the spread shows where."
    )
