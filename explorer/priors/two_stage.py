"""A second VAE, on what the encoder of the first made of images: the simplest of learnt priors.

Dai and Wipf 2019, "Diagnosing and Enhancing VAE Models", section 4: where the first stage's latents have as many
dimensions as they need, the second can match their distribution, as the first could not that of images. Its variance
is learnt (section 3.2), and latents are as many as those that it reads.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from explorer.nets.gaussian import DiagonalGaussian
from explorer.priors.base import Wish, noise
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord
from explorer.priors.standardised import Standardised

PRIOR = PriorRecord(
    key="two_stage",
    title="Second VAE",
    help="z from a second VAE that learnt encodings of the first",
    prior="TwoStage",
    colour="#726702",
    marker="pentagon",
    latents=("flat", "spatial", "point"),
    trained=True,
    unit="nats a dimension of z",
    settings={
        "flips": "horizontal",
        "epochs": 1000,
        "max_steps": 5000,
        "batch_size": 128,
        "learning_rate": 5e-4,
        "learning_rate_schedule": "linear",
        "warmup_steps": 100,
    },
)
# Where the logarithm of the standard deviation around what is decoded starts. From 0, where it costs nothing to decode
# the mean of all z, u was given up before it said anything (2-D ring: 46 % of samples near it, against 87 % from here).
_START = -1.5


class Reader(nn.Module):
    """Hidden layers, and one that reads what they say beside what they read, as in the paper's appendix."""

    def __init__(self, numbers: int, hidden: int, said: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(
            nn.Linear(numbers, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
        )
        self.last = nn.Linear(hidden + numbers, said)

    def forward(self, x: Tensor) -> Tensor:
        """(N, numbers) -> (N, said), float32."""
        return self.last(torch.cat([self.hidden(x), x], dim=1)).float()


class TwoStage(Standardised):
    """A VAE of standardised latents z, with latents u from N(0, I), as many.

    Parameters
    ----------
    hidden : int
        Numbers of each of three hidden layers.
    """

    record = PRIOR

    def __init__(self, shape: LatentShape, classes: int = 0, hidden: int = 512) -> None:
        super().__init__(shape, classes, hidden=hidden)
        self.encoder, self.decoder = (
            Reader(shape.width, hidden, 2 * shape.width),
            Reader(shape.width, hidden, shape.width),
        )
        self.log_deviation = nn.Parameter(torch.tensor(_START))  # of z around what is decoded

    def inner_layers(self) -> list[nn.Linear]:
        """As `Prior.inner_layers`."""
        inner = (self.encoder.hidden[2:], self.decoder.hidden[2:])
        return [layer for part in inner for layer in part.modules() if isinstance(layer, nn.Linear)]

    def loss(self, encodings: Encodings, generator: torch.Generator | None = None) -> Tensor:
        """As `Prior.loss`: the negative evidence lower bound of standardised z, mean over latents and numbers."""
        z = self.standardise(encodings.sample(generator))
        posterior = DiagonalGaussian(*self.encoder(z).chunk(2, dim=1))
        off = (z - self.decoder(posterior.sample(generator))) * torch.exp(-self.log_deviation)
        recon = off.square() / 2 + self.log_deviation + math.log(2 * math.pi) / 2
        return (recon + posterior.kl()).mean()

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        u, off = noise(count, 2 * self.shape.width, seed).to(self.centre.device).chunk(2, dim=1)
        return self.restore(self.decoder(u) + torch.exp(self.log_deviation) * off)
