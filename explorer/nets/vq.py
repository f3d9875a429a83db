"""A VQ-VAE: each cell of 4x4 pixels says one of K codes, and all that is kept of an image is which.

Van den Oord et al. 2017, "Neural Discrete Representation Learning": straight-through gradients (section 3.2), a
commitment loss, and codes that are exponential moving averages of what is assigned to them (appendix A.1). Codes that
die are put where something lies (Dhariwal et al. 2020, "Jukebox", section 3.1). Cells, and layers, are those of
`explorer.nets.spatial`; it starts with the k-means of the patches' principal components, so all codes live from the
first step on.

Code vectors are in pixel units: the start's components have unit length, so the squared distance of a cell to its code
is what the code costs its patch in squared error, and the commitment loss counts as the reconstruction does.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import units
from explorer.devices import send
from explorer.errors import ExplorerError
from explorer.nets.base import Layer, Net
from explorer.nets.family import CELLS, Family
from explorer.nets.posterior import Posterior, Statistics
from explorer.nets.spatial import (
    PATCH,
    PaintCells,
    ReviseCells,
    cells,
    paint_patches,
    patches,
    principal_patches,
    read_patches,
)

FAMILY = Family(
    key="vq_vae",
    title="VQ-VAE",
    net="VQVAE",
    help="says one of codebook_size codes of each cell, and has no beta",
    colour="#9A6DD7",
    marker="star",
    posterior="codes",
    options={"codebook_size": (), "code_dim": (), "commitment": ()},
    cells=64,
    presets={
        "vq": {
            "title": "VQ-VAE",
            "description": "64 codes an image, each one of 512: watch how many are in use.",
            "question": "There is no beta here. What limits how much of a picture gets through?",
            "settings": {"latent_dim": 64, "epochs": 1000, "max_steps": 900},
        }
    },
)
# What a step leaves of the moving averages that codes are made from; the batch makes up the rest (appendix A.1).
DECAY = 0.99
# A code counts as dead, and is moved to a random cell of the batch, once the moving average of its share of the cells
# is below this times 1/K, the share that each of K codes has if all are used alike.
DEAD = 0.03
# Patches of training images, chosen at random, that the k-means which the codebook starts from is fitted to, at most.
_CLUSTERED = 50_000


class Codes(Posterior):
    """One code for each cell, chosen with certainty: q(z | x) of the paper, section 3.1.

    Parameters
    ----------
    indices : int64 tensor (N, 64)
        Which code each cell is nearest to, 0..K-1.
    encoded : float32 tensor (N, code_dim, 8, 8)
        The encoder's output for each cell, of which the nearest code is taken.
    vectors : float32 tensor (N, code_dim, 8, 8)
        That code.
    codebook_size : int
        K.
    commitment : float
        Weight of the squared distance between both.
    """

    def __init__(
        self, indices: Tensor, encoded: Tensor, vectors: Tensor, codebook_size: int, commitment: float
    ) -> None:
        self.indices, self.encoded, self.vectors = indices, encoded, vectors
        self.codebook_size, self.commitment = codebook_size, commitment

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """As `mode`: there is no other."""
        return self.mode()

    def mode(self) -> Tensor:
        """The codes, (N, code_dim * 64), with the gradient of the encoder's output: straight through."""
        return (self.encoded + (self.vectors - self.encoded).detach()).flatten(1)

    @property
    def std(self) -> Tensor:
        """0 everywhere, (N, code_dim * 64)."""
        return torch.zeros_like(self.encoded).flatten(1)

    def kl(self) -> Tensor:
        """log K nats to a uniform prior, each image and cell: (N, 64)."""
        return torch.full(self.indices.shape, math.log(self.codebook_size), device=self.encoded.device)

    @property
    def charge(self) -> Tensor:
        """The commitment loss, a scalar: squared distances to the codes an image, over its pixel values, weighted."""
        distance = (self.encoded - self.vectors.detach()).square().sum() / len(self.encoded)
        return self.commitment * distance / units.PIXEL_VALUES

    def statistics(self) -> CodeStatistics:
        """As `Posterior.statistics`."""
        return CodeStatistics(code_counts(self.indices, self.codebook_size).cpu())


class CodeStatistics(Statistics):
    """Of codes: how often each was used, int64 tensor (K,)."""

    def __init__(self, counts: Tensor) -> None:
        self._counts = counts

    def __add__(self, other: Self) -> Self:
        return type(self)(self._counts + other._counts)

    @property
    def code_counts(self) -> list[int]:
        """As `Statistics.code_counts`."""
        return self._counts.tolist()


class VQVAE(Net):
    """A VQ-VAE with 64 cells an image.

    Buffers: `codebook` float32 (K, code_dim); `shares` (K,) and `sums` (K, code_dim), moving averages over batches: the
    share of the cells that is assigned to each code, and the sum of those over the number of all.

    Parameters
    ----------
    latent_dim : int
        64: cells of an image, a latent each.
    codebook_size : int
        K.
    code_dim : int
        Dimensions of a code.
    commitment : float
        Weight of the commitment loss, the paper's beta.

    Raises
    ------
    ExplorerError
        If `latent_dim` is another number.
    """

    family = FAMILY
    codebook: Tensor
    shares: Tensor
    sums: Tensor

    def __init__(
        self, latent_dim: int = CELLS, codebook_size: int = 512, code_dim: int = 32, commitment: float = 0.25
    ) -> None:
        super().__init__(latent_dim, codebook_size=codebook_size, code_dim=code_dim, commitment=commitment)
        if latent_dim != CELLS:
            raise ExplorerError(f"latent_dim is {latent_dim}", f"It must be {CELLS}: cells of an image, a code each.")
        self.codebook_size, self.code_dim, self.commitment = codebook_size, code_dim, commitment
        self.encoder = nn.Conv2d(3, code_dim, PATCH, stride=PATCH)
        self.revise = ReviseCells(code_dim)
        self.register_buffer("codebook", torch.randn(codebook_size, code_dim))
        self.register_buffer("shares", torch.full((codebook_size,), 1 / codebook_size))
        self.register_buffer("sums", self.codebook / codebook_size)
        self.decoder = PaintCells(code_dim)

    @property
    def width(self) -> int:
        """As `Net.width`: the code vectors of all cells."""
        return self.code_dim * CELLS

    def inner_layers(self) -> list[Layer]:
        """As `SpatialVAE.inner_layers`."""
        return [*self.revise.inner_layers(), *self.decoder.inner_layers()]

    @torch.no_grad()
    def prepare(self, images: np.ndarray, beta: float) -> None:
        """Become the k-means of patches of some images, uint8 (N, 3, 32, 32), 0..255. `beta` plays no part."""
        from sklearn.cluster import MiniBatchKMeans

        mean, of = patches(images)
        components, _ = principal_patches(of, self.code_dim)
        some = of[torch.randperm(len(of))[:_CLUSTERED]] @ components.T
        seed = int(torch.randint(2**31 - 1, ()))
        k = min(self.codebook_size, len(some))
        found = MiniBatchKMeans(k, batch_size=4096, max_iter=20, n_init=1, random_state=seed).fit(some.numpy())
        self.codebook[:k] = torch.from_numpy(found.cluster_centers_)
        self.sums.copy_(self.codebook / self.codebook_size)
        read_patches(self.encoder, mean, components)
        paint_patches(self.decoder.patches, mean, components)

    def encode(self, x: Tensor) -> Codes:
        """Images (N, 3, 32, 32), 0..1 -> the code of each of their 64 cells."""
        encoded = self.encoder(x).float() + self.revise(x)
        indices = self._nearest(encoded.detach())
        vectors = cells(self.lookup(indices))
        return Codes(indices, encoded, vectors, self.codebook_size, self.commitment)

    def lookup(self, indices: Tensor) -> Tensor:
        """As `Net.lookup`, (N, 64) -> (N, code_dim * 64)."""
        return F.embedding(indices, self.codebook).transpose(1, 2).flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, code_dim * 64) -> images (N, 3, 32, 32), roughly 0..1. Between codes there is nothing: each cell
        is taken for the code that is nearest."""
        return self.decoder(cells(self.lookup(self._nearest(cells(z)))))

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Codes]:
        """Images -> (reconstruction, its codes); in training, codes move towards the encoder's output."""
        codes = self.encode(x)
        if self.training:
            self._follow(codes, generator)
        return self.decoder(cells(codes.mode())), codes

    def sample_prior(self, count: int, seed: int = 0) -> Tensor:
        """As `Net.sample_prior`: each cell any code, all alike."""
        alike = np.full(self.codebook_size, 1 / self.codebook_size)
        indices = np.random.default_rng(seed).choice(len(alike), (count, self.latent_dim), p=alike)
        return self.lookup(send(torch.from_numpy(indices), self.codebook.device))

    def _nearest(self, encoded: Tensor) -> Tensor:
        """(N, code_dim, 8, 8) -> int64 (N, 64)."""
        of = encoded.flatten(2).transpose(1, 2)  # (N, 64, code_dim)
        with torch.autocast(of.device.type, enabled=False):  # bfloat16's 8 bits lose small differences of large squares
            distance = self.codebook.square().sum(dim=1) - 2 * of.float() @ self.codebook.T
        return distance.argmin(dim=2)

    @torch.no_grad()
    def _follow(self, codes: Codes, generator: torch.Generator | None) -> None:
        """Move the averages by a batch, and codes that hardly anything is assigned to, to cells drawn from it."""
        encoded, assigned = codes.encoded.detach().flatten(2).transpose(1, 2).flatten(0, 1), codes.indices.flatten()
        count = code_counts(assigned, self.codebook_size)
        total = torch.zeros_like(self.sums).index_add_(0, assigned, encoded)
        self.shares.lerp_(count / len(encoded), 1 - DECAY)
        self.sums.lerp_(total / len(encoded), 1 - DECAY)
        even = 1 / self.codebook_size
        dead = self.shares < DEAD * even
        if count_dead := int(dead.sum()):  # how many decides how many are drawn: the one number that a step waits for
            drawn = send(torch.randint(len(encoded), (count_dead,), generator=generator), encoded.device)
            self.shares[dead] = even
            self.sums[dead] = even * encoded[drawn]
        self.codebook.copy_(self.sums / self.shares[:, None])


def code_counts(indices: Tensor, codebook_size: int) -> Tensor:
    """How often each code is used: int64 (K,), for indices of any shape."""
    flat = indices.flatten()
    # Ones added up, which is exact in float32 up to 16 million: for bincount a GPU has to be waited for.
    ones = torch.ones_like(flat, dtype=torch.float32)
    return torch.zeros(codebook_size, device=flat.device).index_add_(0, flat, ones).long()
