"""Measures as tables and strips of numbers, each with its unit."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer import units
from explorer.analysis.quality import Quality


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


_MEASURES = (
    _Measure("MSE", "", "Mean squared error; pixels go from 0 to 1.",
             lambda m: m.quality.mse, lambda v: f"{v:.4f}", lambda v: v),
    _Measure("PSNR", "dB", "Peak signal-to-noise ratio: the same error on a logarithmic scale.",
             lambda m: m.quality.psnr, lambda v: f"{v:.1f}", lambda v: -v),
    _Measure("SSIM", "", "Structural similarity in windows of 7 x 7 pixels; 1 is the same image.",
             lambda m: m.quality.ssim, lambda v: f"{v:.2f}", lambda v: -v),
    _Measure("Sharpness", "of original", "Variance of the Laplacian over the original's; below 1 is blurred.",
             lambda m: m.quality.sharpness, lambda v: f"{v:.2f}", lambda v: abs(v - 1)),
    _Measure("Rate", "nats", "KL of the image's latent to the prior, summed over dimensions.",
             lambda m: m.nats, lambda v: f"{v:,.0f}", None),
    _Measure("Rate", "bits", "The same in bits.",
             lambda m: units.nats_to_bits(1) * m.nats, lambda v: f"{v:,.0f}", None),
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
        means = [float(measure.values(each).mean()) for each in measured]
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


def beta_text(beta: float) -> str:
    """0.001, 1e-05 as 1e-5."""
    return f"{beta:g}".replace("e-0", "e-")


def facts(entries: Sequence[tuple[str, str, str, str]]) -> str:
    """HTML strip of numbers, each (name, number with unit, what else it is, colour of the concept)."""
    cells = (
        f'<div style="--concept: {colour}"><span>{html.escape(name)}</span><b>{html.escape(number)}</b>'
        f"<small>{html.escape(more)}</small></div>"
        for name, number, more, colour in entries
    )
    return f'<div class="facts">{"".join(cells)}</div>'
