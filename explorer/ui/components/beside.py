"""What stands beside the picture under the slider of beta, and comes later than it or moves by itself.

One component, without a look of its own, that hands on what it is sent to tradeoff.js: "part", its name there, and the
rest. What of that "moves" is that of its name in "topic".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import units
from explorer.ui.charts import pictures
from explorer.ui.charts.rate_distortion import Dot
from explorer.ui.components import register
from explorer.units import beta_text

if TYPE_CHECKING:
    from explorer.analysis.aggregate import Aggregate
    from explorer.analysis.over_beta import Drawn

_beside = register("beside")
_BINS = 44  # of the histogram of lengths


@dataclass(frozen=True)
class Row:
    """Another model's pictures, uint8 (N, H, W, 3), under the same originals."""

    label: str
    note: str
    images: np.ndarray


def show_asked(name: str, words: str, key: str) -> None:
    """Say what is asked for: until a sheet with this name in "asked" is there, the one that stands is paler.

    The part "asked": "name", and "words", what is being done.
    """
    _beside(key=key, data={"part": "asked", "name": name, "words": words})


def show_gaps(name: str, gap: dict[str, Any], key: str, topic: str) -> None:
    """Draw what is known by now of how far samples are from reconstructions, on the sheet of this name in "asked".

    The part "gaps": "name", and "gap", as "numbers" of a sheet has it, which goes on with that of `topic`, if any.
    """
    _beside(key=key, data={"part": "gaps", "name": name, "gap": gap, "topic": topic, "moves": "gap"})


def show_dots(dots: Sequence[Dot], chosen: str, row: Row | None, source: str, key: str, topic: str) -> None:
    """Draw dots beside the curve, and the pictures of the one that is chosen.

    Parameters
    ----------
    dots : sequence of Dot
    chosen : str
        Id of one of them, or "".
    row : Row, optional
        Its pictures.
    source : str
        Key of the curve's images: dots of others are hollow.
    key : str
    topic : str
        Of the live line, whose part "dots" goes on with them.

    Notes
    -----
    The part "dots": "dots", a list of what `Dot` says, with numbers in words beside "nats" (an image) and "mse" (pixel
    scale 0..1); "chosen"; and "row", None or {"label", "note", "version", "strip": the N pictures side by side, as the
    data URI of a PNG}.
    """
    strip = None
    if row:
        uri = pictures.side_by_side(row.images)
        version = hashlib.sha1(f"{row.label}{row.note}{uri}".encode(), usedforsecurity=False).hexdigest()[:16]
        strip = {"label": row.label, "note": row.note, "strip": uri, "version": version}
    found = [dot_json(dot, source) for dot in dots]
    data = {"part": "dots", "dots": found, "chosen": chosen, "row": strip, "topic": topic, "moves": "dots"}
    _beside(key=key, data=data)


def dot_json(dot: Dot, source: str) -> dict[str, Any]:
    """A dot beside a curve of those images, as it is sent."""
    return {
        "id": dot.id,
        "title": dot.title,
        "beta": "" if dot.beta is None else beta_text(dot.beta),
        "label": dot.label,
        "nats": dot.nats,
        "mse": dot.mse,
        "rate": f"{dot.nats:,.0f} nats ({units.nats_to_bits(dot.nats):,.0f} bits, {_bytes(dot.nats)}) an image",
        "error": f"MSE {dot.mse:.4f}, {units.mse_to_psnr(dot.mse):.1f} dB PSNR",
        "where": dot.where + (", training now" if dot.active else ""),
        "colour": dot.concept,
        "elsewhere": dot.source != source,
        "pictures": dot.pictures,
        "active": dot.active,
    }


def _bytes(nats: float) -> str:
    size = units.nats_to_bytes(nats)
    return f"{size:,.0f} bytes" if size >= 9.5 else f"{size:.1f} bytes"


def show_latents(data: dict[str, Any], key: str) -> None:
    """Draw the latents of many images against the prior: the part "latents", what `latents` makes."""
    _beside(key=key, data={"part": "latents", **data})


def latents(of: str, found: Aggregate, images: np.ndarray, drawn: Drawn, where: str) -> dict[str, Any]:
    """What `show_latents` sends: worth caching.

    Parameters
    ----------
    of : str
        As `tradeoff.sheet` has it in "latents_of".
    found : Aggregate
        At each of `BETA_STOPS`.
    images : uint8 array (N, 3, H, W)
        What it is of.
    drawn : Drawn
        The samples in the picture.
    where : str
        What the images are, to follow their number.

    Returns
    -------
    dict
        of : str
        length : {"edges": of a histogram's bins, "density": a list a stop, "prior": points (length, density), "most":
        the top of that axis, "strip": images side by side as the data URI of a PNG, "shown": their lengths a stop,
        "samples": lengths, "title": what the axis shows, "words": a str a stop}.
        axes : {"mean", "std": base64 of int16 thousandths (B, N, 2), "count": N, "samples": pairs, "names": of both
        axes, "title": what is shown, "words": a str a stop}.
    """
    from explorer.analysis import prior_gap

    dim, n = drawn.z.shape[1], found.mean.shape[1]
    shell, samples = prior_gap.shell(dim), np.linalg.norm(drawn.z, axis=1)
    far = max(found.lengths.max(), samples.max(), shell.mean + 4 * shell.spread)
    edges = np.linspace(0, far * 1.02, _BINS + 1)
    density = [np.histogram(row, edges, density=True)[0].round(4).tolist() for row in found.lengths]
    at = np.linspace(max(0, shell.mean - 4 * shell.spread), shell.mean + 4 * shell.spread, 49)
    prior = prior_gap.shell_density(at, dim)
    spread = found.lengths.std(axis=1)
    lengths = {
        "edges": edges.round(4).tolist(),
        "density": density,
        "prior": [(round(float(x), 3), round(float(y), 4)) for x, y in zip(at, prior, strict=True)],
        "most": round(1.1 * max(float(prior.max()), max(map(max, density))), 4),
        "strip": pictures.side_by_side(images[found.shown].transpose(0, 2, 3, 1)),
        "shown": found.shown_lengths.round(3).tolist(),
        "samples": samples.round(3).tolist(),
        "title": f"length of z, {n:,} {where}",
        "words": [
            f"mean {mean:.1f}, spread {deviation:.2f}; of N(0, 1): {shell.mean:.1f}, {shell.spread:.2f}"
            for mean, deviation in zip(found.lengths.mean(axis=1), spread, strict=True)
        ],
    }
    axes = {
        "mean": _thousandths(found.mean),
        "std": _thousandths(found.std),
        "count": n,
        "samples": drawn.z[:, list(found.axes)].round(3).tolist(),
        "names": [f"dimension {axis} of z" for axis in found.axes],
        "title": f"{n:,} {where}",
        "words": [f"a blob an image, ± 1 sd ({a:.2f} and {b:.2f} on average)" for a, b in found.std.mean(axis=1)],
    }
    return {"of": of, "length": lengths, "axes": axes}


def _thousandths(values: np.ndarray) -> str:
    whole = np.rint(1000 * values.clip(-32, 32)).astype("<i2")
    return base64.b64encode(np.ascontiguousarray(whole).tobytes()).decode()
