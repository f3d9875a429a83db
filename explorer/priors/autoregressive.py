"""Codes one after the other, each given all before it: a transformer over the cells, row by row.

Van den Oord et al. 2017, "Neural Discrete Representation Learning", section 3.3, learn such a prior (a PixelCNN) once
the codes are learnt; Esser et al. 2021, "Taming Transformers for High-Resolution Image Synthesis", a transformer.
It starts as what is known of each cell by itself: how often images use each code there.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.nets.vq import code_counts
from explorer.priors.base import CodePrior, Wish, codes_of, labels_of, taught
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord
from explorer.priors.transformer import Block, Condition, Past, inner_layers, zeroed

PRIOR = PriorRecord(
    key="autoregressive",
    title="Autoregressive",
    help="codes one after the other, each given those before it",
    prior="Autoregressive",
    colour="#792BFC",
    marker="triangle-up",
    latents=("codes",),
    trained=True,
    labelled=True,
    unit="nats a code",
    settings={
        "flips": "horizontal",
        "epochs": 1000,
        "max_steps": 2500,
        "batch_size": 64,
        "learning_rate": 1e-3,
        "learning_rate_schedule": "linear",
        "warmup_steps": 100,
    },
)
_BATCH = 256  # images whose codes are drawn, or judged, together


class Autoregressive(CodePrior):
    """p(codes) = product over cells of p(code | codes of the cells before), in the order of rows.

    Buffer: `vectors` float32 (K, channels), what stands for each code in the latent, so that codes which look alike
    are read alike from the start.

    Parameters
    ----------
    width, depth, heads : int
        Of the transformer.

    Raises
    ------
    ExplorerError
        If sizes don't fit.
    """

    record = PRIOR
    vectors: Tensor

    def __init__(self, shape: LatentShape, classes: int = 0, width: int = 192, depth: int = 6, heads: int = 6) -> None:
        super().__init__(shape, classes, width=width, depth=depth, heads=heads)
        if width % heads:
            raise ExplorerError(f"A transformer {width} wide with {heads} heads", "Heads must divide the width.")
        self.register_buffer("vectors", torch.zeros(shape.codes, shape.channels))
        self.condition = Condition(width, self.classes, timed=False)
        self.code = nn.Embedding(shape.codes, width)
        self.vector = nn.Linear(shape.channels, width, bias=False)
        self.where = nn.Parameter(0.02 * torch.randn(shape.cells, width))
        self.blocks = nn.ModuleList(Block(width, heads, causal=True) for _ in range(depth))
        self.last = zeroed(nn.Linear(width, shape.codes))
        self.usual = nn.Parameter(torch.zeros(shape.cells, shape.codes))  # logits of each cell's codes, by themselves
        nn.init.normal_(self.code.weight, std=0.02)

    def inner_layers(self) -> list[nn.Linear]:
        """As `Prior.inner_layers`."""
        return inner_layers(self)

    @torch.no_grad()
    def prepare(self, encodings: Encodings, seed: int = 0) -> None:
        """Know how often each cell has each code, and what stands for it; ExplorerError if there are no images."""
        codes = codes_of(encodings)
        if not len(codes):
            raise ExplorerError("There are no images to learn codes of", "Choose some.")
        cells, k = codes.shape[1], self.shape.codes
        counts = code_counts(codes + k * torch.arange(cells), cells * k).view(cells, k)
        everywhere = counts.sum(dim=0) + 1
        # What is known of a cell weighs as much as its images, and what is known of all cells as one image a code.
        shares = counts + k * everywhere / everywhere.sum()
        self.usual.copy_((shares / shares.sum(dim=1, keepdim=True)).log())
        maps = encodings.mean.unflatten(1, (self.shape.channels, cells)).transpose(1, 2)  # (N, cells, channels)
        self.vectors[codes.flatten()] = maps.flatten(0, 1)
        self.vectors.div_(self.vectors.std().clamp(min=1e-6))

    def loss(self, encodings: Encodings, generator: torch.Generator | None = None) -> Tensor:
        """As `Prior.loss`: what the codes of a batch cost, mean over images and cells."""
        codes = codes_of(encodings)
        label = taught(encodings, self.classes, generator)
        return F.cross_entropy(self._logits(codes, label).flatten(0, 1), codes.flatten())

    def nats(self, encodings: Encodings, seed: int = 0) -> Tensor:
        """As `Prior.nats`, exactly."""
        codes = codes_of(encodings)
        chosen = [
            self.log_probabilities(some).gather(2, some[..., None]).sum(dim=(1, 2)) for some in codes.split(_BATCH)
        ]
        return -torch.cat(chosen).float() if chosen else torch.zeros(0)

    @torch.inference_mode()
    def log_probabilities(self, codes: Tensor, label: int | None = None) -> Tensor:
        """Of each code of each cell, given those of the cells before it: float64 (N, cells, K) for int64 (N, cells).

        All cells at once: `predictions`, cell by cell, says the same but for rounding (some 1e-5). A decoder has no
        other way than that, so an arithmetic coder takes `predictions` for both directions.
        """
        codes = codes.to(self.vectors.device)
        of_class = torch.full((len(codes),), self.classes if label is None else label, device=codes.device)
        return self._logits(codes, of_class).cpu().double().log_softmax(dim=2)

    def predictions(
        self, count: int, label: Tensor | None = None, guidance: float = 1.0
    ) -> Generator[Tensor, Tensor, None]:
        """Cell by cell, what is expected next: `send` the codes of a cell, int64 (count,), to go on to the next.

        Whoever sends the same codes gets the same numbers, to the last bit, on the same machine, with as many threads
        and the same `count`: sums are then added in the same order. So do a coder and its decoder; across machines
        bits may differ, and then all that follows is lost.

        Parameters
        ----------
        count : int
        label : int64 tensor (count,), optional
            Of which class each is; any, if none are given.
        guidance : float
            As of `sample`.

        Yields
        ------
        float64 tensor (count, K), on the CPU
            Log-probabilities of each code in the next cell.
        """
        device = self.vectors.device
        labels = [torch.full((count,), self.classes)] if label is None or guidance != 1 else []
        labels += [] if label is None else [label]
        told = self.condition(torch.cat(labels).to(device))
        past, h = Past(self.shape.cells), told.new_zeros(len(told), 1, told.shape[1])
        for cell in range(self.shape.cells):
            h = h + self.where[cell]
            for block in self.blocks:
                h = block(h, told, past)
            logits = self._say(h)[:, 0] + self.usual[cell]
            if len(labels) == 2:
                unguided, guided = logits.chunk(2)
                logits = torch.lerp(unguided, guided, guidance)
            codes = yield logits.cpu().double().log_softmax(dim=1)
            h = self._read(codes.to(device).repeat(len(labels)))[:, None]

    def _logits(self, codes: Tensor, label: Tensor) -> Tensor:
        """(N, cells) and (N,) -> float32 (N, cells, K): before each cell stands the code of the one before."""
        told = self.condition(label)
        h = F.pad(self._read(codes[:, :-1]), (0, 0, 1, 0)) + self.where
        for block in self.blocks:
            h = block(h, told)
        return self._say(h) + self.usual

    def _read(self, codes: Tensor) -> Tensor:
        """(...) -> (..., width)."""
        return self.code(codes) + self.vector(self.vectors[codes])

    def _say(self, h: Tensor) -> Tensor:
        """(..., width) -> (..., K), float32."""
        return self.last(F.layer_norm(h, h.shape[-1:])).float()

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        chance = torch.from_numpy(np.random.default_rng(seed).random((count, self.shape.cells)))
        label = labels_of(wish, count)
        parts = range(0, max(count, 1), _BATCH)
        labels = (None if label is None else label[at : at + _BATCH] for at in parts)
        some = (chance[at : at + _BATCH] for at in parts)
        return torch.cat([self._drawn(*each, wish.guidance) for each in zip(some, labels, strict=True)])

    def _drawn(self, chance: Tensor, label: Tensor | None, guidance: float) -> Tensor:
        """Codes (N, cells): of each cell the one that is so far up, (N, cells) from 0 to 1, of all probabilities."""
        predictions = self.predictions(len(chance), label, guidance)
        expected, drawn = next(predictions), []
        for cell in range(self.shape.cells):
            up = expected.exp().cumsum(dim=1)
            drawn.append(torch.searchsorted(up / up[:, -1:], chance[:, cell, None].contiguous(), right=True)[:, 0])
            if cell + 1 < self.shape.cells:
                expected = predictions.send(drawn[-1])
        return torch.stack(drawn, dim=1)
