"""Layers of priors that are learnt step by step: what is told of time and class is told to every block.

The blocks are those of Peebles and Xie 2023, "Scalable Diffusion Models with Transformers", section 3.2: a condition
scales and shifts what each part reads and gates what it adds, and gates start at 0 (adaLN-zero), so that a block starts
as the identity.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_FREQUENCIES = 64  # of the sines and cosines that tell the time


def zeroed(layer: nn.Linear) -> nn.Linear:
    """The same, saying 0."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Condition(nn.Module):
    """Time and class to what blocks are told, (N, width).

    Parameters
    ----------
    width : int
    classes : int
        That there are; one more stands for "any".
    timed : bool
        Whether there is a time.
    """

    def __init__(self, width: int, classes: int, timed: bool = True) -> None:
        super().__init__()
        self.classes = classes
        self.label = nn.Embedding(classes + 1, width)
        nn.init.normal_(self.label.weight, std=0.02)
        layers = (nn.Linear(2 * _FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.time = nn.Sequential(*layers) if timed else None

    def forward(self, label: Tensor, time: Tensor | None = None) -> Tensor:
        """Labels int64 (N,), `classes` for any; times (N,), 0..1 -> (N, width)."""
        told = self.label(label)
        if self.time is not None and time is not None:
            rates = torch.exp(torch.arange(_FREQUENCIES, device=time.device) * (math.log(1000) / (_FREQUENCIES - 1)))
            angles = time[:, None] * rates
            told = told + self.time(torch.cat([angles.cos(), angles.sin()], dim=1))
        return F.silu(told)


class Adapted(nn.Module):
    """What a part of a block adds: gate * part(norm(h) * (1 + scale) + shift); nothing, to start with."""

    def __init__(self, width: int, part: nn.Module) -> None:
        super().__init__()
        self.part = part
        self.adapt = zeroed(nn.Linear(width, 3 * width))

    def forward(self, h: Tensor, told: Tensor, *more: object) -> Tensor:
        """(N, ..., width), (N, width) -> (N, ..., width)."""
        of = self.adapt(told)
        shift, scale, gate = (of if h.ndim == 2 else of[:, None]).chunk(3, dim=-1)
        read = F.layer_norm(h, h.shape[-1:])
        return h + gate * self.part(read * (1 + scale) + shift, *more)


class Attention(nn.Module):
    """Tokens ask each other; where causal, only those that come before, and themselves."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.read, self.write = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, h: Tensor, past: Past | None = None) -> Tensor:
        """(N, tokens, width) -> the same; with `past`, tokens follow those that it remembers, and are remembered."""
        q, k, v = self.read(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (N, heads, tokens, d)
        if past is not None:
            k, v = past.remember(self, k, v)
        whole = self.causal and q.shape[2] == k.shape[2]
        found = F.scaled_dot_product_attention(q, k, v, is_causal=whole)
        return self.write(found.transpose(1, 2).flatten(2))


class Past:
    """Keys and values of tokens that went through before, one at a time, for each attention of a network."""

    def __init__(self, tokens: int) -> None:
        self._tokens, self._kept = tokens, dict[Attention, tuple[Tensor, Tensor, int]]()

    def remember(self, of: Attention, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Those of all tokens so far, these included: (N, heads, tokens, d) twice."""
        if of not in self._kept:
            room = (*k.shape[:2], self._tokens, k.shape[3])
            self._kept[of] = k.new_empty(room), v.new_empty(room), 0
        keys, values, at = self._kept[of]
        to = at + k.shape[2]
        keys[:, :, at:to], values[:, :, at:to] = k, v
        self._kept[of] = keys, values, to
        return keys[:, :, :to], values[:, :, :to]


class Block(nn.Module):
    """Attention, then a perceptron of four times the width on each token."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.attend = Adapted(width, Attention(width, heads, causal))
        self.think = Adapted(width, perceptron(width, 4))

    def forward(self, h: Tensor, told: Tensor, past: Past | None = None) -> Tensor:
        """(N, tokens, width), (N, width) -> (N, tokens, width)."""
        return self.think(self.attend(h, told, past), told)


def perceptron(width: int, times: int) -> nn.Sequential:
    """width -> width, through one layer that is so many times as wide."""
    return nn.Sequential(nn.Linear(width, times * width), nn.GELU(approximate="tanh"), nn.Linear(times * width, width))


def inner_layers(network: nn.Module) -> list[nn.Linear]:
    """Of a network, those within its blocks, but for what adapts them to a condition."""
    parts = [part for part in network.modules() if isinstance(part, Adapted)]
    return [layer for part in parts for layer in part.part.modules() if isinstance(layer, nn.Linear)]
