"""Bytes: latents of shipped models in real streams, decoded back, beside what JPEG, WebP and PNG take.

    python -m studies.coding train [codecs] [streams] [perception]
    python -m studies.coding plot

`train` needs CIFAR-10 in data/ (or where VAE_EXPLORER_CIFAR10 says) and replaces the rows of each part in coding.json:
minutes on one core. Blur and Beta show the codecs' rows. `plot` prints the tables of docs/coding.

- codecs: test images as files, one each and tiled, at each quality
- perception: where the codecs that lose something stand between distortion and perception
- streams: what each shipped model that has a rate makes of the same images, encoded, decoded and compared
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from explorer import fitted, measured_codecs, models, perception, units
from explorer.analysis import blur
from explorer.analysis.coding import entropy_models, rates
from explorer.analysis.coding.codecs import CODECS
from explorer.analysis.measures.same_rate import at_rate
from explorer.data import ImageSet, load_image_set
from explorer.models import Model
from explorer.nets import FAMILIES
from studies import command

MEASURED = measured_codecs.ROWS
Rows = list[dict[str, Any]]


def codecs(images: ImageSet) -> Rows:
    """A row for each codec and quality."""
    test, found = images.images[blur.some(images)], []
    for key, codec in CODECS.items():
        for quality in codec.qualities or (None,):
            row = measured_codecs.measure(test, key, quality)
            print(f"  {row.title}: {row.sizes}", flush=True)
            found.append(measured_codecs.to_json(row, images.digest))
    return found


def streams(images: ImageSet) -> Rows:
    """Those of each shipped model that has a rate."""
    found = []
    for model in models.shipped():
        if model.source == images.source and FAMILIES[model.family].posterior != "point":
            found += streams_of(model, images)
    return found


def streams_of(model: Model, images: ImageSet) -> Rows:
    """A row for each who knows what; what is decoded is compared symbol by symbol."""
    test, training = images.images[blur.some(images)], images.images[images.some("train", rates.KNOWN)]
    net, known, found = models.load_model(model).at(model.beta), blur.Blur.from_json(model.card["blur"]), []
    trained = {each.id: fitted.load(each) for each in fitted.of(model) if each.shipped}
    of = rates.symbols(net, test, training, trained)
    for name, entropy_model in of.models.items():
        told = entropy_models.told(of.symbols, entropy_model)
        (stream,) = entropy_models.encode(of.symbols, told)
        back = entropy_models.decode([stream], entropy_model, *of.symbols.shape)
        if not np.array_equal(back, of.symbols):
            raise RuntimeError(f"the stream of {model.id} under {name} does not come back")
        each = rates.measure(of.symbols, told)
        found.append(
            {
                "model": model.id, "title": model.title, "knows": name, "images": each.images,
                "rate": known.nats, "mse": round(of.mse, 6), "mse_sampled": known["mse"],
                "nats": round(each.nats, 2), "together": each.together, "alone": round(each.alone, 2),
            }
        )  # fmt: skip
        print(f"  {model.id}, {name}: {each.together:.2f} bytes an image", flush=True)
    return found


def places(images: ImageSet) -> Rows:
    """A row for each quality."""
    settings = [(key, quality) for key, codec in CODECS.items() for quality in codec.qualities]
    return [perception.as_json(perception.of_codec(*setting, images)) for setting in settings]


PARTS = {"codecs": codecs, "streams": streams, "perception": places}


def train(parts: list[str]) -> None:
    rows = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    images = load_image_set("cifar10")
    for part in parts:
        print(part, flush=True)
        rows[part] = PARTS[part](images)
        if part == "perception":
            rows["perception_digest"] = images.digest
        MEASURED.write_text(_lines(rows))


def _lines(rows: dict[str, Any]) -> str:
    """JSON with a row a line."""
    parts = [
        f'"{part}": ' + (json.dumps(each) if isinstance(each, str) else f"[\n{_rows(each)}\n]")
        for part, each in rows.items()
    ]
    return "{" + ",\n".join(parts) + "}\n"


def _rows(rows: Rows) -> str:
    return ",\n".join(map(json.dumps, rows))


def plot() -> None:
    """The tables of docs/coding."""
    rows = json.loads(MEASURED.read_text())
    print("| format | bytes, tiled | of its own | of these head | MSE | PSNR | SSIM | MS-SSIM |")
    print("|" + "---|" * 8)
    for row in rows["codecs"]:
        values = [row["values"].get(key) for key in ("mse", "psnr", "ssim", "ms_ssim")]
        said = [f"{v:.{d}f}" if v is not None else "" for v, d in zip(values, (5, 1, 3, 3), strict=True)]
        print("|", " | ".join([row["title"], *(f"{row[k]:,.0f}" for k in ("together", "alone", "head")), *said]), "|")
    curves = {key: _curve(rows["codecs"], key) for key in ("jpeg", "webp")}
    print("\n| model | MSE | rate, nats | in bytes | knows | nats | stream | over | alone | JPEG | WebP |")
    print("|" + "---|" * 11)
    for row in rows["streams"]:
        least, there = units.nats_to_bytes(row["nats"]), [at_rate(curve, row["mse"]) for curve in curves.values()]
        print("|", " | ".join([
            row["title"], f"{row['mse']:.5f}", f"{row['rate']:.0f}", f"{units.nats_to_bytes(row['rate']):.1f}",
            row["knows"], f"{row['nats']:.1f}", f"{row['together']:.2f}", f"{row['together'] / least - 1:.2%}",
            f"{row['alone']:.1f}", *("" if size is None else f"{size:.0f}" for size in there),
        ]), "|")  # fmt: skip


def _curve(rows: Rows, codec: str) -> list[tuple[float, float]]:
    return [(row["values"]["mse"], row["together"]) for row in rows if row["codec"] == codec]


if __name__ == "__main__":
    command.run(__doc__ or "", train, plot, tuple(PARTS))
