"""The start page's figure: an image, its latent and its reconstruction, as one component.

All samples of z and their pictures go to the browser at once, so choosing an image and resampling take no round trip.
The picture is marked data-picture="reconstruction", with a data-version that changes whenever it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import units
from explorer.in_use import in_use, in_use_words
from explorer.ui.charts import pictures
from explorer.ui.components import register, terms
from explorer.ui.components.shelved import Shelved

if TYPE_CHECKING:
    from explorer.analysis.passage import Passage


_LEAST_REACH = 3.0  # the axis of z: as far as N(0, 1) has 99.7 % of itself
_component = register("bottleneck")


def payload(passage: Passage, names: Sequence[str]) -> dict[str, Any]:
    """What bottleneck.js is sent, but for the image in view: one sheet of pictures, the rest numbers.

    Parameters
    ----------
    passage : Passage
        Of N images, with S samples of z each and d latent dimensions.
    names : sequence of str
        What each image shows.

    Returns
    -------
    dict
        sprite : str, the data URI of a PNG with N rows of 2 + S squares: the original, what the mean decodes to, and
        what each z does.
        cell : int, pixels a side of a square.
        shape : [channels, height, width] of an image.
        pixel_values, pixel_bits : int, how many numbers an image is, and how many bits at 8 each.
        order : list of d int, dimensions by their KL's mean over these images, those that carry most first.
        reach : float, the largest |z|, or mean and one standard deviation together, over these images: their axis.
        most : float, nats, the largest KL of a dimension over these images: the bars' axis.
        in_use : str, how many dimensions are in use.
        images : list of N dicts: "name"; "mu", "std" and "kl" (nats), lists of d float; "z", S such lists; "mse" (pixel
        scale 0..1) and "psnr" (dB), lists of 1 + S float, of the mean and each z; "nats" and "bits", the KL of all
        dimensions.
        terms : as of `terms.templates`, for what a figure says of an image.
        version : str, another one whenever a picture is another.
    """
    sheet = np.concatenate([passage.originals[:, None], passage.pictures], axis=1)  # (N, 2 + S, H, W, 3)
    n, columns, height, width, channels = sheet.shape
    png = pictures.data_uri(sheet.transpose(0, 2, 1, 3, 4).reshape(n * height, columns * width, channels))
    pixel_values = height * width * channels
    images = [
        {
            "name": names[i],
            "mu": _rounded(passage.mu[i]),
            "std": _rounded(passage.std[i]),
            "kl": _rounded(passage.kl[i]),
            "z": [_rounded(z) for z in passage.z[i]],
            "mse": [float(f"{mse:.4g}") for mse in passage.mse[i]],
            "psnr": [round(units.mse_to_psnr(float(mse)), 2) for mse in passage.mse[i]],
            "nats": round(float(passage.kl[i].sum()), 1),
            "bits": round(units.nats_to_bits(float(passage.kl[i].sum())), 1),
        }
        for i in range(n)
    ]
    return {
        "version": hashlib.sha1(png.encode(), usedforsecurity=False).hexdigest()[:12],
        "sprite": png,
        "cell": width,
        "shape": [channels, height, width],
        "pixel_values": pixel_values,
        "pixel_bits": 8 * pixel_values,
        "order": np.argsort(-passage.kl.mean(axis=0), kind="stable").tolist(),  # dimensions that carry most first
        "reach": _rounded_up(max(np.abs(passage.z).max(), (np.abs(passage.mu) + passage.std).max(), _LEAST_REACH)),
        "most": _rounded_up(passage.kl.max()),
        "in_use": in_use_words(int(in_use(passage.kl.mean(axis=0))), passage.kl.shape[1]),  # of these images
        "images": images,
        "terms": terms.templates(
            latent=None,
            prior=None,
            posterior=None,
            psnr="Here it is {psnr} dB.",
            kl="For this image it is {nats} nats.",
            nat=None,
        ),
    }


def show(figure: Shelved, image: int, on_image: Callable[[], None], on_others: Callable[[], None]) -> Any:
    """Show a `payload` with the image at a position; what is chosen comes back as triggers "image" and "others".

    `on_image` is called when another image is chosen, `on_others` when other images are asked for.
    """
    return _component(
        key="bottleneck", data=figure.sent() | {"image": image}, on_image_change=on_image, on_others_change=on_others
    )


def _rounded_up(value: float) -> float:
    return float(np.ceil(value * 1_000 + 1) / 1_000)


def _rounded(values: np.ndarray) -> list[float]:
    return np.round(values.astype(np.float64), 3).tolist()
