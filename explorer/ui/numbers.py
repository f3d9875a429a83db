"""Measures as tables and strips of numbers, each with its unit."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer import units
from explorer.analysis.quality import Quality
from explorer.models import Model
from explorer.nets import FAMILIES


@dataclass(frozen=True)
class Measured:
    """What stands in a table: a model's title, how good its reconstructions are, their rates in nats, (N,)."""

    title: str
    quality: Quality
    nats: np.ndarray


@dataclass(frozen=True)
class _Measure:
    name: str
    unit: str
    help: str
    values: Callable[[Measured], np.ndarray]
    write: Callable[[float], str]
    worse: Callable[[float], float] | None  # what is smaller for the better one; None where neither is better
    mean: Callable[[Measured], float] | None = None  # where it is another than that of the values


_MEASURES = (
    _Measure("MSE", "", "Mean squared error; pixels go from 0 to 1.",
             lambda m: m.quality.mse, lambda v: f"{v:.4f}", lambda v: v),
    _Measure("PSNR", "dB", "Peak signal-to-noise ratio: the same error on a logarithmic scale. Mean: over the images.",
             lambda m: m.quality.psnr, lambda v: f"{v:.1f}", lambda v: -v),
    _Measure("SSIM", "", "Structural similarity in windows of 7 x 7 pixels; 1 is the same image.",
             lambda m: m.quality.ssim, lambda v: f"{v:.2f}", lambda v: -v),
    _Measure("Sharpness", "of original", "Variance of the Laplacian over the original's; below 1 is blurred. Mean: of "
             "all images together, in which flat ones count for little.",
             lambda m: m.quality.sharpness, lambda v: f"{v:.2f}", lambda v: abs(v - 1),
             lambda m: m.quality.mean_sharpness),
    _Measure("Rate", "nats", "KL of the image's latent to the prior, summed over dimensions; of codes, log K for each; "
             "none where it is a point, which would take infinitely many.",
             lambda m: m.nats, lambda v: whole(v), None),
    _Measure("Rate", "bits", "The same in bits.",
             lambda m: units.nats_to_bits(1) * m.nats, lambda v: whole(v), None),
)  # fmt: skip


def quality_table(thumbnails: Sequence[str], measured: Sequence[Measured]) -> str:
    """HTML table: a row a measure and model, a column an image, and the mean; the better model's mean stands out.

    Parameters
    ----------
    thumbnails : sequence of str
        A data URI an image.
    measured : sequence of Measured
    """
    heads = "".join(f'<th scope="col"><img src="{uri}" alt="Image {i + 1}"></th>' for i, uri in enumerate(thumbnails))
    several = len(measured) > 1
    model_head = '<th scope="col">Model</th>' if several else ""
    rows = []
    for measure in _MEASURES:
        means = [measure.mean(each) if measure.mean else float(measure.values(each).mean()) for each in measured]
        ranks = [measure.worse(mean) for mean in means] if measure.worse and several else []
        for i, each in enumerate(measured):
            name = f'<th scope="row" rowspan="{len(measured)}" title="{measure.help}">{measure.name}'
            name += f" <small>{measure.unit}</small></th>"
            better = ' class="better"' if ranks and ranks[i] < max(ranks) else ""
            values = "".join(f"<td>{measure.write(float(v))}</td>" for v in measure.values(each))
            rows.append(
                f'<tr class="{"" if i else "first"}">{"" if i else name}'
                + (f"<td>{html.escape(each.title)}</td>" if several else "")
                + f"<td{better}><b>{measure.write(means[i])}</b></td>{values}</tr>"
            )
    return (
        '<div class="numbers"><table><thead><tr><th scope="col">Measure</th>'
        f'{model_head}<th scope="col">Mean</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def columns(measured: Sequence[Measured]) -> dict[str, list[Any]]:
    """The same as columns, a line a model and image, to be saved as CSV; no rate where there is none."""
    found: dict[str, list[Any]] = {"model": [], "image": []}
    for each in measured:
        count = len(each.nats)
        found["model"] += [each.title] * count
        found["image"] += range(1, count + 1)
        for measure in _MEASURES:
            name = f"{measure.name}, {measure.unit}" if measure.unit else measure.name
            values = [float(f"{v:.5g}") if math.isfinite(v) else None for v in measure.values(each).tolist()]
            found.setdefault(name, []).extend(values)
    return found


def latent_words(model: Model) -> str:
    """What a model's latent is: "beta 0.001, sigma 0.110, 128 latent dimensions"."""
    family = FAMILIES[model.family]
    if family.posterior == "point":
        return f"a point in {model.latent_dim} latent dimensions"
    if family.posterior == "codes":
        return f"{model.latent_dim} codes"
    beta = "" if model.shipped else f"beta {beta_text(model.beta)}, "  # a shipped model's title says it
    shape = f" in {model.latent_dim // family.cells} maps of 8 x 8" if family.cells > 1 else ""
    sigma = units.beta_to_sigma(model.beta, model.latent_dim)
    return f"{beta}sigma {sigma:.3f}, {model.latent_dim} latent dimensions{shape}"


def rate_words(model: Model, split: str) -> str:
    """What an image's latent took on a split that the model was measured on."""
    if FAMILIES[model.family].posterior == "point":
        return "no rate: a point would take infinitely many nats"
    measured = model.measured[split]
    nats = units.nats_per_image(measured["kl"], model.latent_dim)
    words = f"rate {nats:,.0f} nats ({units.nats_to_bits(nats):,.0f} bits) an image"
    if "perplexity" in measured:
        known = units.nats_per_image(math.log(measured["perplexity"]), model.latent_dim)
        words += f", {known:,.0f} nats if the codes' frequencies are known (perplexity {measured['perplexity']:.0f})"
    return words


def whole(value: float) -> str:
    """A rate like 1,234; "none" for that of a point."""
    return f"{value:,.0f}" if math.isfinite(value) else "none"


def beta_text(beta: float) -> str:
    """0.001, 1e-05 as 1e-5."""
    return f"{beta:g}".replace("e-0", "e-")


def _three_digits(value: float) -> str:
    return beta_text(float(f"{value:.3g}"))


def conventions(beta: float, latent_dim: int) -> str:
    """HTML table: what a beta of ours is called in other codes. `explorer.units` derives it."""
    sigma = units.beta_to_sigma(beta, latent_dim)
    sums, half = units.beta_of_sums(beta, latent_dim), units.beta_of_half_sums(beta, latent_dim)
    rows = [
        ("Here and in the notebook", "mean of error² + <b>beta</b> · mean of KL", beta_text(beta)),
        ("Both summed over an image, as most codes do", "sum of error² + <b>beta</b> · sum of KL", _three_digits(sums)),
        ("The same with half the squared error", "½ sum of error² + <b>beta</b> · sum of KL", _three_digits(half)),
        ("Error a mean, KL a sum", "mean of error² + <b>beta</b> · sum of KL",
         _three_digits(units.beta_of_mean_and_sum(beta, latent_dim))),
        ("ELBO with a Gaussian decoder", "sum of error² / (2 <b>sigma</b>²) + sum of KL", f"sigma {sigma:.3g}"),
    ]  # fmt: skip
    cells = "".join(
        f'<tr class="first"><th scope="row">{where}</th><td>{what}</td><td><b>{value}</b></td></tr>'
        for where, what, value in rows
    )
    return (
        '<div class="numbers words"><table><thead><tr><th scope="col">Convention</th>'
        '<th scope="col">What is minimised, an image</th><th scope="col">Its value</th></tr></thead>'
        f"<tbody>{cells}</tbody></table></div>"
    )
