"""What every net promises, put to the test: those of the families, and those that come from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.nets.base import Net

SIZES = (0, 1, 5)  # images a batch
_LEAVES = 0.5  # by how much pictures may leave the scale of 0..1; a net that paints -1..1 leaves it by 1


def failures(net: Net, x: Tensor) -> list[str]:
    """What a net in eval mode does not keep of its promises, a sentence each.

    Parameters
    ----------
    net : Net
    x : float tensor (5, 3, 32, 32), 0..1
        Images.
    """
    found = []
    with torch.inference_mode():
        for n in SIZES:
            found += _of(f"{n} images", lambda n=n: _batch(net, x[:n]))  # type: ignore[misc]
        if not found:
            found += _of("5 images", lambda: _repeats(net, x))
    return found


def _of(what: str, check: Callable[[], list[str]]) -> list[str]:
    try:
        return [f"of {what}: {wrong}" for wrong in check()]
    except ExplorerError as e:
        return [f"of {what}: {e.what}"]


def _batch(net: Net, x: Tensor) -> list[str]:
    """Shapes, dtypes and values for a batch of images."""
    posterior = net.encode(x.clone())
    z, drawn, std, kl = posterior.mode(), posterior.sample(_generator()), posterior.std, posterior.kl()
    made = net.decode(z)
    n, point = len(x), net.family.posterior == "point"
    wrong = []
    for name, value, shape in (
        ("the mean of z", z, (n, net.width)),
        ("a sample of z", drawn, (n, net.width)),
        ("the standard deviation", std, (n, net.width)),
        ("the KL", kl, (n, net.latent_dim)),
        ("what decode gives", made, (n, 3, 32, 32)),
    ):
        if value.shape != shape:
            wrong.append(f"{name} is {tuple(value.shape)}, not {shape}")
        if value.dtype != torch.float32:
            wrong.append(f"{name} is of {value.dtype}, not float32")
        if not value.isfinite().all() and not (point and value is kl):
            wrong.append(f"{name} is no number, or infinite")
    if (std < 0).any() or (kl < 0).any():
        wrong.append("a standard deviation or a KL is negative")
    if n and not wrong and (made.min() < -_LEAVES or made.max() > 1 + _LEAVES):
        wrong.append(f"decode gives values from {made.min():.2f} to {made.max():.2f}, and images are 0..1")
    return wrong


def _repeats(net: Net, x: Tensor) -> list[str]:
    """Whether the same gives the same, each image for itself, and nothing that is given is changed."""
    given = x.clone()
    z = net.encode(given).mode()
    latent = z.clone()
    made = net.decode(latent)
    alone = torch.cat([net.encode(each[None].clone()).mode() for each in x])
    checks = {
        "encode changes the images that it is given": given.equal(x),
        "decode changes the latents that it is given": latent.equal(z),
        "encode gives something else each time": net.encode(x.clone()).mode().equal(z),
        "decode gives something else each time": net.decode(z.clone()).equal(made),
        "an image's latent depends on the others in its batch": torch.allclose(alone, z, atol=1e-3, rtol=1e-3),
    }
    return [wrong for wrong, holds in checks.items() if not holds]


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
