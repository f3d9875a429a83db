"""Why the seed notebook's validation KL jumps: train its loop, and look at the encoder from all sides as it goes on.

    python docs/kl-jumps/study.py train [--epochs 2] [--norms batch group none] [--to docs/kl-jumps/measured.json]
    python docs/kl-jumps/study.py plot

`train` needs CIFAR-10 in data/ and takes about five minutes an epoch and norm on two cores; what it measures goes into
the JSON file after each look. `plot` draws the figures of README.md from it, with an installed Chromium or Chrome.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from docs import figures  # noqa: E402
from explorer import nets  # noqa: E402
from explorer.config import PRESETS  # noqa: E402
from explorer.data import load_image_set  # noqa: E402
from explorer.files import dumps  # noqa: E402
from explorer.nets.gaussian import LOGVAR_BOUND  # noqa: E402
from explorer.nets.vae import ConvolutionalVAE  # noqa: E402
from explorer.pixels import to_float  # noqa: E402

IMAGES = 2000  # of the validation split, the same every time
BATCH = 250
LOOKS = 10  # an epoch
TITLES = {"batch": "batch norm (the notebook)", "group": "group norm", "none": "no norm"}


def notebook_objective(net: ConvolutionalVAE, x: Tensor, noise: torch.Generator, beta: float) -> tuple[Tensor, Tensor]:
    """Reconstruction and KL a dimension as in the notebook: logvar is bounded in the KL, and not where z is drawn."""
    mu, logvar = net.encoder(x).chunk(2, dim=1)
    bounded = logvar.clamp(-LOGVAR_BOUND, LOGVAR_BOUND)
    z = mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape, generator=noise)
    kl = -0.5 * (1 + bounded - mu.square() - bounded.exp()).mean()
    return (net.decode(z) - x).square().mean(), kl


@torch.no_grad()
def look(net: ConvolutionalVAE, x: Tensor, statistics: str) -> dict[str, float]:
    """The KL and its parts over images (N, 3, 32, 32), normalised with "running" statistics or each "batch"'s own."""
    net.eval()
    if statistics == "batch":
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.train()
                module.momentum = 0.0  # looks, and leaves the running statistics as they are
    recons, mus, logvars = [], [], []
    noise = torch.Generator().manual_seed(0)
    for batch in x.split(BATCH):
        mu, logvar = net.encoder(batch).chunk(2, dim=1)
        z = mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape, generator=noise)
        recons.append((net.decode(z) - batch).square().mean(dim=(1, 2, 3)))
        mus.append(mu)
        logvars.append(logvar)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.1
    mu, logvar, recon = torch.cat(mus), torch.cat(logvars), torch.cat(recons)
    bounded = logvar.clamp(-LOGVAR_BOUND, LOGVAR_BOUND)
    of_mean = 0.5 * mu.square()  # (N, d)
    of_variance = 0.5 * (bounded.exp() - 1 - bounded)
    of_image = (of_mean + of_variance).mean(dim=1)
    ranked = of_image.sort().values
    return {
        "kl": of_image.mean().item(),
        "kl_of_mean": of_mean.mean().item(),
        "kl_of_variance": of_variance.mean().item(),
        "kl_median_image": ranked[len(ranked) // 2].item(),
        "kl_99th_image": ranked[int(0.99 * len(ranked))].item(),
        "kl_worst_image": ranked[-1].item(),
        "kl_without_worst_1_percent": ranked[: int(0.99 * len(ranked))].mean().item(),
        "largest_logvar": logvar.max().item(),
        "share_beyond_bound": (logvar > LOGVAR_BOUND).float().mean().item(),
        "images_beyond_bound": (logvar > LOGVAR_BOUND).any(dim=1).float().mean().item(),
        "recon": recon.mean().item(),
        "recon_median_image": recon.median().item(),
        "recon_is_nan": float(recon.isnan().sum()),
    }


def train(norm: str, epochs: int) -> Iterator[dict[str, Any]]:
    """The notebook's run with a norm; yields a row a look."""
    settings = PRESETS["notebook"].settings
    images = load_image_set("cifar10", "data")
    train_indices = images.indices("train")
    chosen = np.random.default_rng(0).choice(images.indices("validation"), IMAGES, replace=False)
    validation = to_float(images.images[chosen])
    torch.manual_seed(settings.seed)
    net = cast(ConvolutionalVAE, nets.build("conv_vae", settings.latent_dim, norm=norm))
    optimiser = torch.optim.AdamW(net.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    noise = torch.Generator().manual_seed(settings.seed)
    steps = len(train_indices) // settings.batch_size
    started, seen = time.monotonic(), []
    for step in range(epochs * steps):
        epoch, place = divmod(step, steps)
        order = np.random.default_rng((settings.seed, epoch)).permutation(train_indices)
        x = to_float(images.images[order[place * settings.batch_size :][: settings.batch_size]])
        recon, kl = notebook_objective(net.train(), x, noise, settings.beta)
        optimiser.zero_grad(set_to_none=True)
        (recon + settings.beta * kl).backward()
        norm_of_gradient = nn.utils.clip_grad_norm_(net.parameters(), settings.grad_clip).item()
        optimiser.step()
        seen.append((recon.item(), kl.item(), norm_of_gradient))
        if (step + 1) % (steps // LOOKS) == 0:
            recent = np.array(seen)
            yield {
                "norm": norm,
                "step": step + 1,
                "epoch": (step + 1) / steps,
                "seconds": round(time.monotonic() - started),
                "train": {"recon": recent[:, 0].mean(), "kl": recent[:, 1].mean(), "kl_largest": recent[:, 1].max(),
                          "gradient_largest": recent[:, 2].max()},
                "running": look(net, validation, "running"),
                "batch": look(net, validation, "batch"),
            }  # fmt: skip
            seen.clear()


def measure(norms: list[str], epochs: int, to: Path) -> None:
    rows = json.loads(to.read_text()) if to.exists() else []
    for norm in norms:
        rows = [row for row in rows if row["norm"] != norm]
        for row in train(norm, epochs):
            rows.append(row)
            to.write_text("[\n" + ",\n".join(map(dumps, rows)) + "\n]\n")
            print(json.dumps({k: row[k] for k in ("norm", "step", "seconds")}), row["running"]["kl"],
                  row["batch"]["kl"], row["train"]["kl"], flush=True)  # fmt: skip


def plot(rows: list[dict[str, Any]]) -> None:
    """PNGs beside this file."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    from explorer.ui.palette import BETA, KL, RECONSTRUCTION, TOTAL

    of = {norm: [row for row in rows if row["norm"] == norm] for norm in TITLES}
    of = {norm: found for norm, found in of.items() if found}
    notebook = of["batch"]
    steps = [row["step"] for row in notebook]

    def curve(name: str, values: list[float], colour: str, dash: str = "solid") -> go.Scatter:
        line = {"color": colour, "width": 2, "dash": dash}
        return go.Scatter(x=steps, y=values, name=name, mode="lines+markers", line=line, marker={"size": 5})

    def of_look(statistics: str, key: str) -> list[float]:
        return [row[statistics][key] for row in notebook]

    kinds = go.Figure([
        curve("validation, running statistics (as in use)", of_look("running", "kl"), KL),
        curve("the same without the worst 1 % of images", of_look("running", "kl_without_worst_1_percent"), KL, "dot"),
        curve("validation, each batch's own statistics", of_look("batch", "kl"), RECONSTRUCTION),
        curve("training, mean since the last look", [row["train"]["kl"] for row in notebook], TOTAL, "dash"),
    ])  # fmt: skip
    parts = go.Figure([
        curve("means: mu squared / 2", of_look("running", "kl_of_mean"), RECONSTRUCTION),
        curve("variances: (e^logvar - 1 - logvar) / 2", of_look("running", "kl_of_variance"), BETA),
        curve("the median image", of_look("running", "kl_median_image"), TOTAL, "dot"),
        curve("the worst image", of_look("running", "kl_worst_image"), KL, "dot"),
    ])  # fmt: skip
    logvars = make_subplots(rows=1, cols=len(of), subplot_titles=[TITLES[norm] for norm in of], shared_yaxes=True)
    for column, found in enumerate(of.values(), 1):
        for statistics, colour in (("running", KL), ("batch", RECONSTRUCTION)):
            logvars.add_scatter(
                x=[row["step"] for row in found], y=[row[statistics]["largest_logvar"] for row in found],
                name=f"{statistics} statistics", showlegend=column == 1, mode="lines+markers",
                line={"color": colour}, row=1, col=column,
            )  # fmt: skip
        logvars.add_hline(LOGVAR_BOUND, line={"color": TOTAL, "dash": "dash"}, row=1, col=column)
    for figure, title in (
        (kinds, "KL, nats a dimension"),
        (parts, "KL, nats a dimension"),
        (logvars, "largest logvar"),
    ):
        figure.update_xaxes(title="step")
        figure.layout.yaxis.title = title
    for figure in (kinds, parts):
        figure.update_yaxes(type="log")
    figures.save({"statistics": kinds, "parts": parts, "logvar": logvars}, HERE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "plot"))
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--norms", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument("--to", type=Path, default=HERE / "measured.json")
    options = parser.parse_args()
    if options.what == "train":
        measure(options.norms, options.epochs, options.to)
    else:
        plot(json.loads(options.to.read_text()))


if __name__ == "__main__":
    main()
