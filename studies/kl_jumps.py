"""Why the seed notebook's validation KL jumps: train its loop, and look at the encoder from all sides as it goes on.

    python -m studies.kl_jumps train [batch] [group] [none]
    python -m studies.kl_jumps plot

`train` needs CIFAR-10 in data/ and takes about five minutes an epoch and norm on two cores; what it measures goes into
kl_jumps.json after each look, in the place of what was there of that norm. `plot` draws the figures of docs/kl-jumps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from explorer import nets
from explorer.data import load_image_set
from explorer.nets.gaussian import LOGVAR_BOUND
from explorer.nets.vae import ConvolutionalVAE
from explorer.palette import BETA, KL, RECONSTRUCTION, TOTAL
from explorer.pixels import to_float
from explorer.presets import PRESETS
from studies import command, figures, trials

MEASURED = Path(__file__).with_suffix(".json")
EPOCHS = 2
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


def look_at(norm: str) -> Iterator[dict[str, Any]]:
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
    for step in range(EPOCHS * steps):
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


def train(norms: list[str]) -> None:
    """Run the notebook's loop with each of these norms."""
    rows = trials.read(MEASURED)
    for norm in norms:
        rows = [row for row in rows if row["norm"] != norm]
        for row in look_at(norm):
            rows.append(row)
            trials.write(MEASURED, rows)
            kls = {split: row[split]["kl"] for split in ("running", "batch", "train")}
            print(norm, row["step"], f"{row['seconds']} s", kls, flush=True)


def plot() -> None:
    """KL over steps by its statistics and by its parts, and the largest logvar with each norm."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    rows = trials.read(MEASURED)
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
    figures.save({"statistics": kinds, "parts": parts, "logvar": logvars}, figures.DOCS / "kl-jumps")


if __name__ == "__main__":
    command.run(__doc__, train, plot, TITLES)
