"""A net of somebody's own, from a Python file that they allowed: `explorer.own_code`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from explorer import own_code
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.nets.family import Family
from explorer.nets.gaussian import DiagonalGaussian

FAMILY = Family(
    key="own",
    title="Own architecture",
    net="OwnNet",
    help="comes with code of its own",
    colour="#5E6B75",
    marker="cross",
    options={"code": ()},
    trained=False,
)
_GIVES = "Give (mu, logvar), two of (N, latent_dim), or an object that has them."


class OwnNet(Net):
    """What a class of one's own says of images, as pages ask for it.

    Its `encode(x)`, images (N, 3, 32, 32), 0..1, gives (mu, logvar), each (N, latent_dim), or an object with these as
    `mu` or `mean` and `logvar`, or with `loc` and `scale`; `decode(z)` gives images (N, 3, 32, 32), 0..1.

    Parameters
    ----------
    latent_dim : int
    code : str
        As of `own_code.build`.

    Raises
    ------
    ExplorerError
        If its code can't be used here. `encode` and `decode` raise it for code that fails or gives something else.
    """

    family = FAMILY

    def __init__(self, latent_dim: int, code: str = "") -> None:
        super().__init__(latent_dim, code=code)
        self.inner: Any = own_code.build(code)
        if not isinstance(self.inner, nn.Module):
            raise ExplorerError(f"{type(self.inner).__name__} is no torch.nn.Module", "Derive the class from it.")

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, H, W), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        mu, logvar = moments(own_code.called("encode", self.inner.encode, x))
        for name, value in (("mu", mu), ("logvar", logvar)):
            if value.shape != (len(x), self.latent_dim):
                expected = f"({len(x)}, {self.latent_dim})"
                raise ExplorerError(f"encode gives a {name} of {tuple(value.shape)}, not {expected}", _GIVES)
        return DiagonalGaussian(mu, logvar)

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, 32, 32), 0..1."""
        made = own_code.called("decode", self.inner.decode, z)
        if not isinstance(made, Tensor) or made.shape != (len(z), 3, 32, 32):
            is_ = tuple(made.shape) if isinstance(made, Tensor) else f"a {type(made).__name__}"
            raise ExplorerError(f"decode gives {is_}, not ({len(z)}, 3, 32, 32)", "Give images of 3 x 32 x 32, 0..1.")
        return made.float()


def moments(encoded: Any) -> tuple[Tensor, Tensor]:
    """(mu, logvar) of what an `encode` gives; ExplorerError if it gives something else."""
    pair: Any = encoded
    if not isinstance(encoded, (tuple, list)):
        mu = next((getattr(encoded, name) for name in ("mu", "mean", "loc") if hasattr(encoded, name)), None)
        logvar = getattr(encoded, "logvar", None)
        scale = getattr(encoded, "scale", None)
        if logvar is None and isinstance(scale, Tensor):
            logvar = 2 * torch.log(scale)
        pair = mu, logvar
    if len(pair) != 2 or not all(isinstance(each, Tensor) for each in pair):
        raise ExplorerError(f"encode gives a {type(encoded).__name__} without mu and logvar", _GIVES)
    return pair[0], pair[1]
