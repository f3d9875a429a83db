"""Muon: momentum, orthogonalised.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks". Each weight is taken as a matrix, its
update replaced by the nearest (semi-)orthogonal one, so that every direction moves as far as every other, whether or
not anything asks for it. What keeps weights from growing is decay (Liu et al. 2025, "Muon is scalable for LLM
training", section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

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
    weight_decay : float
        Decoupled: a step takes `lr` times this share off every weight.
    momentum : float
    """

    def __init__(
        self, matrices: Iterable[tuple[Tensor, int]], lr: float, weight_decay: float = 0.0, momentum: float = 0.95
    ) -> None:
        pairs = list(matrices)
        super().__init__([p for p, _ in pairs], {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self._output_axis = dict(pairs)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            rows = [self._update(p, group["momentum"]).movedim(self._output_axis[p], 0) for p in moved]
            matrices = [update.flatten(1) for update in rows]
            for p, update, matrix, direction in zip(moved, rows, matrices, orthogonalise(matrices), strict=True):
                if group["weight_decay"]:
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                p.add_(direction.view(update.shape).movedim(0, self._output_axis[p]), alpha=-group["lr"] * scale)

    def _update(self, p: Tensor, momentum: float) -> Tensor:
        """What momentum makes of its gradient: Nesterov's look ahead."""
        assert p.grad is not None
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p)
        return p.grad.lerp(state["momentum"].lerp_(p.grad, 1 - momentum), momentum)


def orthogonalise(matrices: Sequence[Tensor]) -> list[Tensor]:
    """The nearest semi-orthogonal ones, roughly: singular values end between 0.65 and 1.2. (m, n) each -> (m, n).

    The Newton-Schulz iteration runs on the Gram matrix of the shorter side, which is several times cheaper than on the
    matrix itself when that is far from square, and on all those of one size at once: what a GPU takes for an operation
    on so few numbers is the time to be asked. It needs float32: eigenvalues that rounding has made negative grow
    238,000-fold, which bfloat16's would not survive.
    """
    wide = [matrix.T if matrix.shape[0] > matrix.shape[1] else matrix for matrix in matrices]
    wide = [x / (x.norm() + 1e-7) for x in wide]
    products: dict[int, Tensor] = {}
    for size in {len(x) for x in wide}:
        which = [i for i, x in enumerate(wide) if len(x) == size]
        product = _newton_schulz(torch.stack([wide[i] @ wide[i].T for i in which]))
        products |= dict(zip(which, product, strict=True))
    found = [products[i] @ x for i, x in enumerate(wide)]
    return [x.T if matrix.shape[0] > matrix.shape[1] else x for x, matrix in zip(found, matrices, strict=True)]


def _newton_schulz(gram: Tensor) -> Tensor:
    """Gram matrices of k matrices -> what to multiply those with from the left, each (k, m, m), float32."""
    a, b, c = _COEFFICIENTS
    identity = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device).expand_as(gram)
    product = identity
    for _ in range(_ITERATIONS):
        factor = torch.baddbmm(torch.add(a * identity, gram, alpha=b), gram, gram, alpha=c)
        product = factor @ product
        gram = factor @ gram @ factor
    return product
