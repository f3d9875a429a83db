"""How far samples are from what a model can paint: candidates for that number, on CIFAR-10 and where truth is known.

    python -m studies.prior_gap train [betas] [stops] [linear] [mixtures] [shapes] [apart] [images] [pictures]
    python -m studies.prior_gap plot

`train` needs CIFAR-10 in data/ (or where VAE_EXPLORER_CIFAR10 says) and replaces the rows of each part in
prior_gap.json: about half an hour on one core, most of it for the convolutional judges of "betas". `plot` draws the
figures of docs/prior-gap and prints its tables.

- betas: every candidate, on the net of every beta
- stops: the chosen number at 21 stops of the slider
- linear: linear VAEs, for which it is known which beta is farther from the prior
- mixtures: z from Gaussian mixtures whose density is known, and so what the best of judges could tell
- shapes: a net of every beta trained on Shapes, where all pictures that are right are known
- apart: shipped nets that were trained at one beta each
- images: how much the number depends on how many images it is measured on
- pictures: no rows, but the sheet of reconstructions and samples in docs/prior-gap
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import logsumexp
from sklearn.metrics import roc_auc_score
from torch import nn

from explorer import models, nets, units
from explorer.analysis import evaluation, prior_gap, samples, sheets
from explorer.data import ImageSet, load_image_set, shapes
from explorer.nets import BETA_STOPS
from explorer.nets.base import Net
from explorer.nets.conditional import ConditionalVAE
from explorer.palette import CODES, KL, LATENT, LINEAR, RECONSTRUCTION, SPATIAL, TOTAL
from explorer.pixels import to_float, to_uint8
from studies import command, figures, trials, two_samples

MEASURED = Path(__file__).with_suffix(".json")
BETAS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
SEEDS = (0, 1, 2)  # of images and of all noise
N = prior_gap.IMAGES
EVERY_BETA = "cifar10-conditional"
APART = ("cifar10-beta-1e-4", "cifar10-beta-45e-5", "cifar10-beta-1e-3", "cifar10-beta-1e-2", "cifar10-beta-3e-2",
         "cifar10-beta-1e-1")  # fmt: skip
AMOUNTS = {"scale": (0.0, 0.05, 0.1, 0.2, 0.4), "brightness": (0.5, 0.8, 0.95), "any direction": (0.5, 0.8, 0.95)}
JUDGED_ON = 20_000  # draws that the best of judges is measured on
SHAPES_STEPS = 300  # of 128 images
BANK = 20_000  # scenes to find the nearest among
COUNTS = (100, 250, 500, 1000, 2000)
SHOWN = 12  # pictures in a row of the sheet

Row = dict[str, Any]
Judge = Callable[[np.ndarray, np.ndarray], float]
LogRatio = Callable[[np.ndarray], np.ndarray]  # of many z: (n, latent_dim) -> (n,)


class Sample(NamedTuple):
    """z, float32 (N, latent_dim), and what they are decoded to, float32 (N, 3, 32, 32), 0..1."""

    z: np.ndarray
    pictures: np.ndarray


def sample(net: Net, z: torch.Tensor) -> Sample:
    return Sample(z.numpy(), samples.paint(net, z))


# -- what is measured --------------------------------------------------------------------------------------------------


def of_pictures(judge: Judge) -> Callable[[Sample, Sample], float]:
    """A judge of the pictures' statistics."""
    return lambda a, b: judge(prior_gap.statistics(a.pictures), prior_gap.statistics(b.pictures))


CANDIDATES: dict[str, Callable[[Sample, Sample], float]] = {
    "length": lambda a, b: prior_gap.lengths(torch.from_numpy(a.z)).mean,
    "length_spread": lambda a, b: prior_gap.lengths(torch.from_numpy(a.z)).spread,
    "latents_sliced": lambda a, b: two_samples.sliced_wasserstein(a.z, b.z),
    "latents_energy": lambda a, b: two_samples.energy_distance(a.z, b.z),
    "latents_neighbour": lambda a, b: two_samples.nearest_neighbour(a.z, b.z),
    "latents_judge": lambda a, b: prior_gap.told_apart(a.z, b.z),
    "pixels_energy": lambda a, b: two_samples.energy_distance(a.pictures.reshape(len(a.z), -1), _flat(b)),
    "statistics_neighbour": of_pictures(two_samples.nearest_neighbour),
    "statistics_linear": of_pictures(two_samples.linear_judge),
    "statistics_judge": of_pictures(prior_gap.told_apart),
}  # from what a model makes of images to what it makes of a prior: quick ones
LATENTS = ("length_spread", "latents_sliced", "latents_energy", "latents_judge", "statistics_judge")


def _flat(of: Sample) -> np.ndarray:
    return of.pictures.reshape(len(of.z), -1)


def compare(a: Sample, b: Sample, names: Iterator[str] | tuple[str, ...] = tuple(CANDIDATES)) -> Row:
    return {name: _short(CANDIDATES[name](a, b)) for name in names}


def telltales(a: Sample, b: Sample) -> Row:
    """For each of the statistics, how often the larger of two is b's."""
    rows, from_b = prior_gap.statistics(np.concatenate([a.pictures, b.pictures])), np.repeat([0, 1], len(a.z))
    return {name: _short(roc_auc_score(from_b, rows[:, i])) for i, name in enumerate(prior_gap.STATISTICS)}


@cache
def cifar10() -> ImageSet:
    return load_image_set("cifar10")


@cache
def every_beta() -> Net:
    return models.load_model(models.get(EVERY_BETA))


def held_out(images: ImageSet, count: int, seed: int) -> np.ndarray:
    """uint8 (count, 3, 32, 32) of the validation split."""
    return images.images[np.random.default_rng(seed).choice(images.indices("validation"), count, replace=False)]


def fitted_on(images: ImageSet, seed: int) -> np.ndarray:
    """uint8 (N, 3, 32, 32) of the training split, for mixtures."""
    chosen = np.random.default_rng(seed).choice(images.indices("train"), samples.FITTED_ON, replace=False)
    return images.images[chosen]


def normal(net: Net, count: int, seed: int) -> torch.Tensor:
    """z ~ N(0, 1): not the noise of `encode` with that seed."""
    return net.sample_prior(count, 1_000 + seed)


# -- parts -------------------------------------------------------------------------------------------------------------


def betas() -> Iterator[Row]:
    """Every candidate, of samples of N(0, 1), of a fitted mixture, and of the other half of the reconstructions."""
    classifier = two_samples.Classifier(cifar10())
    yield {"what": "classifier", "accuracy": _short(classifier.accuracy)}
    for seed in SEEDS:
        x = held_out(cifar10(), 2 * N, seed)
        for beta in BETAS:
            net = every_beta().at(beta)
            made = sample(net, prior_gap.encode(net, x, seed))
            ours, others = Sample(made.z[:N], made.pictures[:N]), Sample(made.z[N:], made.pictures[N:])
            fitted = samples.fit(net, "mixture", fitted_on(cifar10(), seed)).sample(N, seed)
            with torch.inference_mode():
                means = torch.cat([net.encode(part).mode() for part in to_float(x[:N]).split(evaluation.BATCH)])
            prior = sample(net, normal(net, N, seed))
            for what, a, b in (
                ("halves", ours, others),
                ("prior", ours, prior),
                ("mixture", ours, sample(net, fitted)),
                ("prior, from means", sample(net, means), prior),
            ):
                row = {"what": what, "beta": beta, "seed": seed, **compare(a, b)}
                if what in ("halves", "prior"):
                    row["pictures_judge"] = _short(two_samples.convolutional_judge(a.pictures, b.pictures))
                read = [classifier.features(of.pictures) for of in (a, b)]
                row["features_linear"] = _short(two_samples.linear_judge(*read))
                row["features_frechet"] = _short(two_samples.frechet_distance(*read))
                row["features_kernel"] = _short(two_samples.kernel_distance(*read))
                if what == "prior":
                    row["telltales"] = telltales(a, b)
                yield row


def stops() -> Iterator[Row]:
    """The chosen number at every other stop of the slider, with the seconds that it takes."""
    for seed in SEEDS:
        x, of_train = held_out(cifar10(), N, seed), fitted_on(cifar10(), seed)
        for beta in BETA_STOPS[::2]:
            net = every_beta().at(beta)
            started = time.perf_counter()
            gap = prior_gap.prior_gap(net, x, samples.fit(net, "normal", x), seed)
            seconds = time.perf_counter() - started
            mixed = prior_gap.prior_gap(net, x, samples.fit(net, "mixture", of_train), seed)
            found = evaluation.evaluate(net, iter(to_float(x).split(evaluation.BATCH)))
            yield {
                "beta": beta, "seed": seed, "prior": _short(gap), "mixture": _short(mixed), "seconds": _short(seconds),
                "mse": _short(found.recon), "nats": _short(128 * found.kl),
                "length_spread": _short(prior_gap.lengths(prior_gap.encode(net, x, seed)).spread),
            }  # fmt: skip


def linear() -> Iterator[Row]:
    """Linear VAEs at every beta, on CIFAR-10, on Shapes, and on Gaussian images with the covariance of CIFAR-10."""
    for name in ("cifar10", "shapes", "gaussian"):
        torch.manual_seed(0)
        images = load_image_set("shapes") if name == "shapes" else cifar10()
        train = images.images[images.indices("train")]
        net = painter = _prepared(train)
        if name == "gaussian":
            net = _prepared(_gaussian(painter, 10_000, 0))
        for seed in SEEDS:
            x = _gaussian(painter, N, 1 + seed) if name == "gaussian" else held_out(images, N, seed)
            for beta in BETAS:
                at = net.at(beta)
                a, b = (sample(at, z) for z in (prior_gap.encode(at, x, seed), normal(net, N, seed)))
                yield {"images": name, "beta": beta, "seed": seed, **compare(a, b, LATENTS)}


def mixtures() -> Iterator[Row]:
    """z of mixtures of two Gaussians with means 0 and covariance 1 on the whole, decoded by a linear VAE.

    "scale": all of z is either longer or shorter, by a factor whose square is 1 + amount or 1 - amount, as images of
    high and of low contrast might be. Else two clusters at +-amount, along the component that most of an image's
    brightness is, or along a direction drawn at random.
    """
    torch.manual_seed(0)
    net = _prepared(cifar10().images[cifar10().indices("train")]).at(1e-3)
    for shape, amounts in AMOUNTS.items():
        for amount in amounts:
            for seed in SEEDS:
                mixed, log_ratio = mixture(shape, amount, 128)
                a, b = (sample(net, z) for z in (mixed(N, seed), normal(net, N, seed)))
                many = [log_ratio(z.double().numpy()) for z in (normal(net, JUDGED_ON, 9), mixed(JUDGED_ON, 9))]
                best = roc_auc_score(np.repeat([0, 1], JUDGED_ON), np.concatenate(many))
                yield {"shape": shape, "amount": amount, "seed": seed, "best": _short(best), **compare(a, b, LATENTS)}


def mixture(shape: str, amount: float, latent_dim: int) -> tuple[Callable[[int, int], torch.Tensor], LogRatio]:
    """Draws of it, (count, seed) -> (count, latent_dim), and ln of its density over that of N(0, 1)."""
    if shape == "scale":
        return _scales(np.array([1 + amount, 1 - amount]), latent_dim)
    direction = np.eye(latent_dim)[0] if shape == "brightness" else np.random.default_rng(5).normal(size=latent_dim)
    return _clusters(amount, direction / np.linalg.norm(direction))


def _scales(variances: np.ndarray, latent_dim: int) -> tuple[Callable[[int, int], torch.Tensor], LogRatio]:
    def draw(count: int, seed: int) -> torch.Tensor:
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(count, latent_dim)) * np.sqrt(rng.choice(variances, (count, 1)))
        return torch.from_numpy(z).float()

    def log_ratio(z: np.ndarray) -> np.ndarray:
        square = np.square(z).sum(axis=1)[:, None]
        of_each = -latent_dim / 2 * np.log(variances) - square / 2 / variances  # (n, 2)
        return logsumexp(of_each, axis=1) - np.log(2) + square[:, 0] / 2

    return draw, log_ratio


def _clusters(amount: float, direction: np.ndarray) -> tuple[Callable[[int, int], torch.Tensor], LogRatio]:
    rest = 1 - amount**2  # variance within a cluster, along the direction

    def draw(count: int, seed: int) -> torch.Tensor:
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(count, len(direction)))
        place = rng.choice([-amount, amount], count) + np.sqrt(rest) * rng.normal(size=count)
        return torch.from_numpy(z + (place - z @ direction)[:, None] * direction).float()

    def log_ratio(z: np.ndarray) -> np.ndarray:
        place = z @ direction
        of_each = -np.square(place[:, None] - [-amount, amount]) / 2 / rest
        return logsumexp(of_each, axis=1) - np.log(2) - np.log(rest) / 2 + np.square(place) / 2

    return draw, log_ratio


def on_shapes() -> Iterator[Row]:
    """A net of every beta, trained on Shapes; how far its pictures are from the nearest picture that is right."""
    images = load_image_set("shapes")
    net = _trained(images.images[images.indices("train")])
    bank = to_float(shapes.render(shapes.scenes(BANK, seed=99))).flatten(1)
    for seed in SEEDS:
        x = held_out(images, N, seed)
        for beta in BETAS:
            at = net.at(beta)
            a, b = (sample(at, z) for z in (prior_gap.encode(at, x, seed), normal(net, N, seed)))
            far = [_from_nearest(of.pictures, bank) for of in (a, b)]
            mse = evaluation.evaluate(at, iter(to_float(x).split(evaluation.BATCH))).recon
            yield {
                "beta": beta, "seed": seed, "mse": _short(mse), "reconstruction_from_scene": _short(far[0]),
                "sample_from_scene": _short(far[1]), **compare(a, b, LATENTS),
            }  # fmt: skip


def apart() -> Iterator[Row]:
    """Nets that know one beta each."""
    for model in map(models.get, APART):
        net = models.load_model(model)
        for seed in SEEDS:
            x = held_out(cifar10(), N, seed)
            a, b = (sample(net, z) for z in (prior_gap.encode(net, x, seed), normal(net, N, seed)))
            yield {"model": model.id, "beta": model.beta, "seed": seed, **compare(a, b, LATENTS)}


def images() -> Iterator[Row]:
    """The chosen number on more and fewer images, and of halves of the same."""
    for beta in (1e-3, 1e-2, 1e-1):
        net = every_beta().at(beta)
        for seed in range(5):
            x = held_out(cifar10(), 2 * max(COUNTS), seed)
            made = prior_gap.statistics(samples.paint(net, prior_gap.encode(net, x, seed)))
            drawn = prior_gap.statistics(samples.paint(net, normal(net, max(COUNTS), seed)))
            for count in COUNTS:
                yield {
                    "beta": beta, "seed": seed, "count": count,
                    "prior": _short(prior_gap.told_apart(made[:count], drawn[:count])),
                    "halves": _short(prior_gap.told_apart(made[:count], made[-count:])),
                }  # fmt: skip


def pictures() -> Iterator[Row]:
    """The sheet: yields nothing."""
    x, rows = held_out(cifar10(), SHOWN, 0), []
    for beta in BETAS:
        net = every_beta().at(beta)
        drawn = {
            "reconstructions": prior_gap.encode(net, x, 0),
            "z ~ N(0, 1)": normal(net, SHOWN, 0),
            "z ~ mixture": samples.fit(net, "mixture", fitted_on(cifar10(), 0)).sample(SHOWN, 0),
        }
        for what, z in drawn.items():
            rows.append((f"{beta:g}, {what}", to_uint8(torch.from_numpy(samples.paint(net, z)))))
    path = figures.DOCS / "prior-gap" / "pictures.png"
    path.write_bytes(sheets.labelled_png(rows, [""] * SHOWN, "The net of every beta", scale=2))
    yield from ()


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "betas": betas, "stops": stops, "linear": linear, "mixtures": mixtures, "shapes": on_shapes, "apart": apart,
    "images": images, "pictures": pictures,
}  # fmt: skip


def _prepared(train: np.ndarray, latent_dim: int = 128) -> ConditionalVAE:
    """The best linear VAE at every beta."""
    net = nets.build("conditional_vae", latent_dim)
    assert isinstance(net, ConditionalVAE)
    net.prepare(train, 0.0)
    return net.eval()


def _gaussian(net: ConditionalVAE, count: int, seed: int) -> np.ndarray:
    """Gaussian images along a net's components, at two fifths of their contrast, so that they fit into uint8."""
    z = torch.randn((count, net.latent_dim), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        x = 0.5 + 0.4 * (net.decoder(z) - net.decoder.bias)
    return x.clamp(0, 1).mul(255).round().byte().unflatten(1, (3, 32, 32)).numpy()


def _trained(train: np.ndarray) -> ConditionalVAE:
    torch.manual_seed(0)
    net, noise = _prepared(train).train(), torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-5)
    rhythm = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=SHAPES_STEPS)
    for _ in range(SHAPES_STEPS):
        x = to_float(train[torch.randint(len(train), (128,), generator=noise).numpy()])
        optimiser.zero_grad()
        (net.loss(x, 1.0, noise).total / net.linear_total(torch.ones(1))).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        rhythm.step()
    return net.eval()


def _from_nearest(pictures: np.ndarray, bank: torch.Tensor) -> float:
    """Root of the mean squared error, pixel scale 0..1, to the nearest in a bank, (M, 3072); mean over pictures."""
    x = torch.from_numpy(pictures).flatten(1)
    return float(
        np.mean([torch.cdist(part, bank).amin(dim=1).mean() for part in x.split(100)]) / units.PIXEL_VALUES**0.5
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def train(parts: list[str]) -> None:
    """Measure these parts."""
    torch.set_num_threads(1)
    for part in parts:
        rows = []
        for row in PARTS[part]():
            rows.append({"part": part, **row})
            print(rows[-1], flush=True)
        trials.write(MEASURED, [*(row for row in trials.read(MEASURED) if row["part"] != part), *rows])


# -- what is drawn -----------------------------------------------------------------------------------------------------

COLOURS = {"prior": KL, "mixture": LATENT, "halves": TOTAL}
NAMES = {"prior": "samples, z ~ N(0, 1)", "mixture": "samples, z ~ mixture", "halves": "halves of the reconstructions"}
PANELS = {
    "latents_sliced": "z: sliced Wasserstein", "latents_energy": "z: energy distance",
    "latents_neighbour": "z: nearest neighbour", "latents_judge": "z: trees",
    "pixels_energy": "pixels: energy distance", "features_frechet": "classifier: Frechet",
    "pictures_judge": "pictures: convolutions", "statistics_judge": "statistics: trees (chosen)",
}  # fmt: skip


def pooled(rows: list[Row], by: str, of: str) -> tuple[list[Any], list[float], list[float]]:
    """Values of `by`, ascending, and over the seeds the mean and the standard deviation of a measure at each."""
    values = sorted({row[by] for row in rows})
    over = [[row[of] for row in rows if row[by] == value] for value in values]
    return values, [float(np.mean(each)) for each in over], [float(np.std(each, ddof=1)) for each in over]


def tables(rows: list[Row]) -> str:
    """Of each part mean and standard deviation over the seeds, in Markdown."""
    lines = []
    keys = {
        "betas": "what",
        "linear": "images",
        "apart": "model",
        "mixtures": "shape",
        "shapes": "part",
        "images": "count",
    }
    for part, key in keys.items():
        by = "amount" if part == "mixtures" else "beta"
        of_part = [row for row in rows if row["part"] == part and by in row]
        for name in dict.fromkeys(row[key] for row in of_part):
            chosen = [row for row in of_part if row[key] == name]
            lines += ["", f"{part}, {name}", ""]
            values = sorted({row[by] for row in chosen})
            lines += [
                f"| {by} | " + " | ".join(f"{value:g}" for value in values) + " |",
                "|---" * (1 + len(values)) + "|",
            ]
            for measure, value in chosen[0].items():
                if isinstance(value, float) and measure != by:
                    _, means, spreads = pooled(chosen, by, measure)
                    cells = (f"{mean:.3f} ({spread:.3f})" for mean, spread in zip(means, spreads, strict=True))
                    lines.append(f"| {measure} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot() -> None:
    """Both numbers over beta, the candidates, and what is known; prints the tables."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    rows = trials.read(MEASURED)

    def of(part: str, **like: Any) -> list[Row]:
        return [r for r in rows if r["part"] == part and all(r.get(key) == value for key, value in like.items())]

    def line(found: list[Row], by: str, measure: str, name: str, colour: str, **more: Any) -> go.Scatter:
        x, means, spreads = pooled(found, by, measure)
        error = {"array": spreads, "thickness": 1, "width": 3}
        return go.Scatter(x=x, y=means, error_y=error, name=name, line={"color": colour}, mode="lines+markers", **more)

    both = make_subplots(1, 2, subplot_titles=("What is lost of an image", "How often samples are told"))
    both.add_trace(line(of("stops"), "beta", "mse", "reconstructions", RECONSTRUCTION), 1, 1)
    for what in ("prior", "mixture"):
        both.add_trace(line(of("stops"), "beta", what, NAMES[what], COLOURS[what]), 1, 2)
    halves = of("betas", what="halves")
    both.add_trace(line(halves, "beta", "statistics_judge", NAMES["halves"], TOTAL), 1, 2)
    both.update_yaxes(title="MSE, pixel scale 0..1", rangemode="tozero", col=1)
    both.update_yaxes(title="share of pairs judged rightly", range=[0.45, 1.01], col=2)

    candidates = make_subplots(2, 4, subplot_titles=list(PANELS.values()), vertical_spacing=0.2)
    for i, measure in enumerate(PANELS):
        for what in NAMES:
            found = [row for row in of("betas", what=what) if measure in row]
            if found:
                shown = line(found, "beta", measure, NAMES[what], COLOURS[what], showlegend=not i)
                candidates.add_trace(shown, 1 + i // 4, 1 + i % 4)

    known = make_subplots(
        1, 3, subplot_titles=("Linear VAEs", "Mixtures: the best of judges", "Shapes: distance to a scene"),
        horizontal_spacing=0.09,
    )  # fmt: skip
    for name, title, colour in (
        ("cifar10", "CIFAR-10, linear", LINEAR), ("shapes", "Shapes, linear", SPATIAL),
        ("gaussian", "Gaussian images", TOTAL),
    ):  # fmt: skip
        known.add_trace(line(of("linear", images=name), "beta", "statistics_judge", title, colour), 1, 1)
    for shape, colour in zip(AMOUNTS, (CODES, LATENT, KL), strict=True):
        found = of("mixtures", shape=shape)
        known.add_scatter(
            x=[row["best"] for row in found], y=[row["statistics_judge"] for row in found], name=f"mixture: {shape}",
            mode="markers", marker={"color": colour}, row=1, col=2,
        )  # fmt: skip
    known.add_scatter(
        x=[0.5, 1], y=[0.5, 1], mode="lines", line={"color": TOTAL, "dash": "dot"}, showlegend=False, row=1, col=2
    )
    for measure, title, colour in (
        ("reconstruction_from_scene", "reconstructions", RECONSTRUCTION), ("sample_from_scene", "samples", KL),
    ):  # fmt: skip
        known.add_trace(line(of("shapes"), "beta", measure, title, colour), 1, 3)
    known.update_yaxes(title="share of pairs judged rightly", range=[0.45, 1.01], col=1)
    known.update_xaxes(title="the best, from the densities", col=2)
    known.update_yaxes(title="the judge of pictures", range=[0.45, 1.01], col=2)
    known.update_yaxes(title="RMSE to the nearest scene", col=3)

    for figure, columns in ((both, (1, 2)), (candidates, (1, 2, 3, 4)), (known, (1, 3))):
        for column in columns:
            figure.update_xaxes(type="log", dtick=1, exponentformat="power", col=column)
    both.update_xaxes(title="beta")
    known.update_xaxes(title="beta", col=1)
    known.update_xaxes(title="beta", col=3)
    for figure in (both, candidates, known):
        figure.update_annotations(font={"size": 13})
    figures.save({"both": both, "candidates": candidates, "known": known}, figures.DOCS / "prior-gap")
    print(tables(rows))


if __name__ == "__main__":
    command.run(__doc__, train, plot, PARTS)
