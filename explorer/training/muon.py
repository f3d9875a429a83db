"""Muon: momentum, orthogonalised.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks". Each weight is taken as a matrix, its
update replaced by the nearest (semi-)orthogonal one, so that every direction moves as far as every other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan et al.: steepest rise of small singular values towards 1
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Muon for convolutions and linear layers; `torch.optim.Muon` takes plain matrices only.

    Parameters
    ----------
    matrices : iterable of (parameter, output_axis)
        `output_axis` is the axis of the weight that counts outputs: 0, or 1 for transposed convolutions.
    lr : float
        Step size, spectral norm of an update.
    momentum : float
    """

    def __init__(self, matrices: Iterable[tuple[Tensor, int]], lr: float, momentum: float = 0.95) -> None:
        pairs = list(matrices)
        super().__init__([p for p, _ in pairs], {"lr": lr, "momentum": momentum})
        self._output_axis = dict(pairs)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                average = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(average, group["momentum"])  # Nesterov's look ahead
                axis = self._output_axis[p]
                rows = update.movedim(axis, 0)
                matrix = rows.flatten(1)
                scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                p.add_(orthogonalise(matrix).view(rows.shape).movedim(0, axis), alpha=-group["lr"] * scale)


def orthogonalise(matrix: Tensor) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly: singular values end between 0.65 and 1.2. (m, n) -> (m, n).

    The Newton-Schulz iteration runs on the Gram matrix of the shorter side, which is several times cheaper than on the
    matrix itself when that is far from square. It needs float32: eigenvalues that rounding has made negative grow
    238,000-fold, which bfloat16's would not survive.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    gram = x @ x.T
    a, b, c = _COEFFICIENTS
    identity = torch.eye(gram.shape[0], dtype=x.dtype, device=x.device)
    product = identity
    for _ in range(_ITERATIONS):
        factor = a * identity + b * gram + c * gram @ gram
        product = factor @ product
        gram = factor @ gram @ factor
    x = product @ x
    return x.T if tall else x
