"""An encoder that looks at what its decoder makes of its guess, and corrects it.

An encoder says where an image lies at one glance, and is wrong by what Cremer et al. 2018, "Inference Suboptimality in
Variational Autoencoders", call the amortisation gap. Steps of gradient descent on the image's own objective, through
the decoder, close it: Kim et al. 2018, "Semi-Amortized Variational Autoencoders". Few are most of it, since it is known
how far to go: were the decoder linear, with columns at right angles, the curvature along each latent would be that of
the linear VAE, and a step of one over it would be the last. Of n steps the k-th goes 1 - k / (n + 1) of that: where the
decoder curves more than a linear one the first go too far, and the shorter last ones take that back. A step that makes
an image's objective worse is not taken, and the next, shorter one starts where it did: flat colours that no photograph
has can be thrown so far otherwise that nothing comes back.

While a net learns, every second image of a batch is corrected, and its mu taken as given: from these the decoder learns
what it will be shown, and from the others, at one glance, the encoder what it guesses wrong. (What both gain, and why
not all images: docs/refinement.)
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.errors import ExplorerError

MOST = 8  # steps: the fourth gains a twentieth of what the first does


def checked_steps(steps: int) -> int:
    """So many steps; ExplorerError unless they are 0 to `MOST`."""
    if not 0 <= steps <= MOST:
        raise ExplorerError(f"refinements is {steps}", f"Choose a whole number from 0 to {MOST}.")
    return steps


def refined(mu: Tensor, corrected: Callable[[slice], Tensor], learning: bool) -> Tensor:
    """What an encoder says in the end: mu (N, latent_dim), corrected; of a batch that is learnt from every second one.

    `corrected` gives a `correction` of some of the batch's rows.
    """
    if not learning:
        return mu + corrected(slice(None))
    if len(mu) < 2:
        return mu
    second = slice(1, None, 2)
    mixed = mu.clone()
    mixed[second] = mu[second].detach() + corrected(second)
    return mixed


@torch.no_grad()
def correction(
    mu: Tensor,
    x: Tensor,
    decode_with_slope: Callable[[Tensor], tuple[Tensor, Callable[[Tensor], Tensor]]],
    columns: Tensor,
    variance: float | Tensor,
    steps: int,
) -> Tensor:
    """What so many steps add to mu, (N, latent_dim), without a gradient of its own.

    Each is down the slope of |x - decode(mu)|^2 / 2 + variance |mu|^2 / 2, which is the negative ELBO of a Gaussian
    decoder at the mean, times that variance; of an image for which it is higher there, a step is not taken.

    Parameters
    ----------
    mu : Tensor
        Of q(z | x), (N, latent_dim), float32.
    x : Tensor
        Images (N, 3, 32, 32), 0..1.
    decode_with_slope : callable
        Latents -> images, float32, and what pulls a slope on images back to one on latents.
    columns : Tensor
        Squared lengths of the linear part's columns, (latent_dim,) or (N, latent_dim).
    variance : float or Tensor
        Sigma squared of pixels, on their scale of 0..1: one, or (N, 1).
    steps : int
    """

    def judged(z: Tensor) -> tuple[Tensor, Callable[[], Tensor]]:
        """Twice what is to fall, (N, 1), and what gives the step that would be right for a linear decoder, as z."""
        x_hat, pull_back = decode_with_slope(z)
        error = x_hat - x
        cost = error.square().flatten(1).sum(1, keepdim=True) + (variance * z.square()).sum(1, keepdim=True)
        return cost, lambda: -(pull_back(error) + variance * z) / (columns + variance)

    z, (cost, way) = mu, judged(mu)
    down = way()
    for k in range(1, steps + 1):
        tried = z + (1 - k / (steps + 1)) * down
        cost_there, way = judged(tried)
        better = cost_there < cost
        z, cost = torch.where(better, tried, z), torch.where(better, cost_there, cost)
        if k < steps:
            down = torch.where(better, way(), down)
    return z - mu
