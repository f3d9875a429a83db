"""A flow from noise to latents, matched to straight lines between them.

Lipman et al. 2023, "Flow Matching for Generative Modeling"; straight lines from noise to data as in Liu et al. 2023,
"Flow Straight and Fast". At time t a point x_t = (1 - t) noise + t z is on its way; a network learns the velocity
z - noise that is expected there, and a sample follows it from t = 0 to t = 1.

Were latents Gaussian, that velocity would be known. So the flow starts as the Gaussian with the mean
and covariance of all encodings, and the network learns what that leaves, scaled so that it reads and says numbers of
about variance 1 at every time (as Karras et al. 2022, "Elucidating the Design Space", section 5).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import devices
from explorer.errors import ExplorerError
from explorer.priors.base import Label, Wish, labels_of, noise, taught
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape, PriorRecord
from explorer.priors.standardised import Standardised
from explorer.priors.transformer import Adapted, Block, Condition, inner_layers, perceptron, zeroed

PRIOR = PriorRecord(
    key="flow",
    title="Flow matching",
    help="z by a flow from noise that learnt where encodings lie",
    prior="Flow",
    colour="#1A95FE",
    marker="star",
    latents=("flat", "spatial", "point"),
    trained=True,
    labelled=True,
    path=True,
    unit="squared error of the velocity",
    settings={
        "flips": "horizontal",
        "epochs": 1000,
        "max_steps": 4500,
        "batch_size": 64,
        "learning_rate": 1e-3,
        "learning_rate_schedule": "linear",
        "warmup_steps": 100,
    },
)
STEPS = 20  # on the way from noise, if nobody says how many
_BATCH = 256  # samples that go their way together
_READ = 4  # numbers that a network reads of each number of z
_SMALL = 500_000  # weights of a network that is quick anyway
_FAINT = 1e-6  # variance that directions without any are taken to have, of 1 on average


class Perceptron(nn.Module):
    """For flat latents: residual blocks of two layers."""

    def __init__(self, shape: LatentShape, classes: int, width: int, depth: int) -> None:
        super().__init__()
        self.condition = Condition(width, classes)
        self.first = nn.Linear(_READ * shape.width, width)
        self.blocks = nn.ModuleList(Adapted(width, perceptron(width, 2)) for _ in range(depth))
        self.last = zeroed(nn.Linear(width, 3 * shape.width))

    def forward(self, x: Tensor, guess: Tensor, time: Tensor, label: Tensor) -> Tensor:
        """(N, width) twice, (N,), (N,) -> (N, width)."""
        told, h = self.condition(label, time), self.first(read(x, guess))
        for block in self.blocks:
            h = block(h, told)
        return mixed(self.last(F.layer_norm(h, h.shape[-1:])), x, guess)


class CellsTransformer(nn.Module):
    """For maps of cells: each is a token that sees its neighbours, with an embedding of where it is."""

    def __init__(self, shape: LatentShape, classes: int, width: int, depth: int, heads: int) -> None:
        super().__init__()
        self.side = shape.side
        self.condition = Condition(width, classes)
        self.first = nn.Conv2d(_READ * shape.channels, width, 3, padding=1)
        self.where = nn.Parameter(0.02 * torch.randn(shape.cells, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.last = zeroed(nn.Linear(width, 3 * shape.channels))

    def forward(self, x: Tensor, guess: Tensor, time: Tensor, label: Tensor) -> Tensor:
        """(N, width) twice, (N,), (N,) -> (N, width)."""
        maps = read(x, guess).unflatten(1, (-1, self.side, self.side))
        tokens = self.first(maps.contiguous(memory_format=torch.channels_last)).flatten(2).transpose(1, 2)
        told, h = self.condition(label, time), tokens + self.where  # (N, cells, width)
        for block in self.blocks:
            h = block(h, told)
        return mixed(self.last(F.layer_norm(h, h.shape[-1:])).transpose(1, 2).flatten(1), x, guess)


def read(x: Tensor, guess: Tensor) -> Tensor:
    """What a network reads, (N, 4 * width) of (N, width) twice: both, and how far their squares are from 1.

    Contrast is a sum of squares. Without them a network has to come to that by itself, and what it could add to a
    Gaussian is so little at first that it didn't: after 560 steps of 64 encodings of "Spatial 8 x 8 x 8" the loss was
    as it began (1.717), with them it fell by 0.011 in 90 steps of 32.
    """
    return torch.cat([x, guess, x.square() - 1, guess.square() - 1], dim=1)


def mixed(said: Tensor, x: Tensor, guess: Tensor) -> Tensor:
    """What a network says, three numbers for each of a point: one to add, and how much of the point and of the guess.

    How much of them is what contrast decides, and contrast is much of what a Gaussian doesn't know of images
    (Wainwright and Simoncelli 1999, "Scale Mixtures of Gaussians and the Statistics of Natural Images").
    """
    add, of_x, of_guess = said.float().chunk(3, dim=1)
    return add + of_x * x + of_guess * guess


class Flow(Standardised):
    """A flow on latents that are standardised by the mean and deviation of each number.

    Buffers, float32: `axes` (width, width), rows, and `variance` (width,), principal axes of what is standardised.

    Parameters
    ----------
    width, depth : int
        Of the network: numbers a token (or, for flat latents, in all), and blocks; 0 for its own: 192 and 6 of a
        transformer, 320 and 4 for flat latents, 4.3 and 3.3 million weights (8 x 8 x 8; 128).
    heads : int
        Of the transformer's attention.

    Raises
    ------
    ExplorerError
        If sizes don't fit.
    """

    record = PRIOR
    axes: Tensor
    variance: Tensor

    def __init__(self, shape: LatentShape, classes: int = 0, width: int = 0, depth: int = 0, heads: int = 6) -> None:
        width, depth = width or (320 if shape.side == 1 else 192), depth or (4 if shape.side == 1 else 6)
        super().__init__(shape, classes, width=width, depth=depth, heads=heads)
        if shape.side > 1 and width % heads:
            raise ExplorerError(f"A transformer {width} wide with {heads} heads", "Heads must divide the width.")
        self.register_buffer("axes", torch.eye(shape.width))
        self.register_buffer("variance", torch.ones(shape.width))
        self.network = (
            Perceptron(shape, self.classes, width, depth)
            if shape.side == 1
            else CellsTransformer(shape, self.classes, width, depth, heads)
        )

    def inner_layers(self) -> list[nn.Linear]:
        """As `Prior.inner_layers`."""
        return inner_layers(self.network)

    def prepare(self, encodings: Encodings, seed: int = 0) -> None:
        """Become the Gaussian with the mean and covariance of one z of each; ExplorerError if there are under two."""
        super().prepare(encodings, seed)
        z = self.standardise(encodings.sample(torch.Generator().manual_seed(seed)))
        variance, axes = torch.linalg.eigh(torch.atleast_2d(torch.cov(z.T).double()))
        self.axes.copy_(axes.T)
        self.variance.copy_(variance.clamp(min=_FAINT))

    def loss(self, encodings: Encodings, generator: torch.Generator | None = None) -> Tensor:
        """As `Prior.loss`: mean over latents and numbers, of standardised latents, at a time each.

        Times are logit-normal, more of them in the middle (Esser et al. 2024, "Scaling Rectified Flow Transformers",
        section 3.1).
        """
        z = self.standardise(encodings.sample(generator))
        start = torch.randn(z.shape, generator=generator).to(z.device)
        time = torch.randn(len(z), generator=generator).sigmoid().to(z.device)
        label = taught(encodings, self.classes, generator)
        x = torch.lerp(start, z, time[:, None])
        return (self.velocity(x, time, label) - (z - start)).square().mean()

    def velocity(self, x: Tensor, time: Tensor, label: Tensor) -> Tensor:
        """Of standardised points (N, width), at times (N,), of classes (N,), `classes` for any: (N, width)."""
        gaussian = self._gaussian(x, time)
        return gaussian + self._learnt(x, gaussian, time, label)

    def _gaussian(self, x: Tensor, time: Tensor) -> Tensor:
        """E[z - noise | x_t], were latents Gaussian: (N, width)."""
        with torch.autocast(x.device.type, enabled=False):
            return (x @ self.axes.T * self._rates(time)) @ self.axes

    def _rates(self, time: Tensor) -> Tensor:
        """`_gaussian` over x_t, of each axis at times (N,): (N, width)."""
        t = time[:, None]
        return (t * self.variance - (1 - t)) / (t**2 * self.variance + (1 - t) ** 2)

    def _learnt(self, x: Tensor, gaussian: Tensor, time: Tensor, label: Tensor) -> Tensor:
        """What the network adds to that, which it reads beside x_t as the z that it leads to.

        Where a variance is 1, x_t has the deviation `spread`, and z - noise lies 1 / `spread` around its expectation.
        """
        spread = (time.square() + (1 - time).square()).sqrt()[:, None]
        guess = x + (1 - time[:, None]) * gaussian
        return self.network(x / spread, guess, time, label) / spread

    @torch.inference_mode(False)  # whoever asks may be in it, and a divergence takes gradients
    @torch.no_grad()
    def nats(self, encodings: Encodings, seed: int = 0, steps: int = 20) -> Tensor:
        """As `Prior.nats`, along the way back to noise (Lipman et al. 2023, appendix C).

        The divergence of what the network adds is estimated along one random direction an image (Hutchinson's trace
        estimator, as Grathwohl et al. 2019, "FFJORD"), the same all the way: off by chance for an image, and without
        bias for many. Heun's method with `steps`: 20 came within 0.02 nats of 50 (168.6, mean of 100 test images, the
        flat flow that ships).
        """
        generator = torch.Generator().manual_seed(seed)
        z = encodings.sample(generator)
        directions = torch.randint(2, z.shape, generator=generator).float() * 2 - 1
        device = self.centre.device
        costs = []
        for part, direction in zip(z.split(_BATCH), directions.split(_BATCH), strict=True):
            x, gained = self.standardise(part.to(device)), torch.zeros(len(part), device=device)
            for at in range(steps, 0, -1):
                v, divergence = self._flows(x, at / steps, direction.to(device))
                ahead, divergence_ahead = self._flows(x - v / steps, (at - 1) / steps, direction.to(device))
                x = x - (v + ahead) / 2 / steps
                gained = gained + (divergence + divergence_ahead) / 2 / steps
            start = (x.square() + math.log(2 * math.pi)).sum(dim=1) / 2
            costs.append((start + gained + self.scale.log().sum()).cpu())
        return torch.cat(costs) if costs else torch.zeros(0)

    def _flows(self, x: Tensor, time: float, direction: Tensor) -> tuple[Tensor, Tensor]:
        """Velocity of any class (N, width), and its divergence (N,), estimated of what is learnt."""
        times, label = x.new_full((len(x),), time), torch.full((len(x),), self.classes, device=x.device)
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            learnt = self._learnt(x, self._gaussian(x, times), times, label)
            (back,) = torch.autograd.grad((learnt * direction).sum(), x)
        v = self._gaussian(x.detach(), times) + learnt.detach()
        return v, self._rates(times).sum(dim=1) + (back * direction).sum(dim=1)

    def carry(self, start: Tensor, *, label: Label = None, guidance: float = 1.0, steps: int | None = None) -> Tensor:
        """As `Prior.carry`."""
        wish = self._heard(len(start), label, guidance, steps)
        with torch.inference_mode():
            return self._carried(start, wish).float().cpu()

    def _draw(self, count: int, seed: int, wish: Wish) -> Tensor:
        return self._carried(noise(count, self.shape.width, seed), wish)

    def _carried(self, start: Tensor, wish: Wish) -> Tensor:
        label, parts = labels_of(wish, len(start)), []
        for at in range(0, max(len(start), 1), _BATCH):
            *_, (_, z) = self._follow(start[at : at + _BATCH], None if label is None else label[at : at + _BATCH], wish)
            parts.append(z)
        return torch.cat(parts)

    def _walk(self, count: int, seed: int, wish: Wish) -> Iterator[tuple[float, Tensor]]:
        for time, z in self._follow(noise(count, self.shape.width, seed), labels_of(wish, count), wish):
            yield time, z.float().cpu()

    def _follow(self, start: Tensor, label: Tensor | None, wish: Wish) -> Iterator[tuple[float, Tensor]]:
        """By Heun's method, of second order: a step goes with the mean of the velocities at both of its ends."""
        steps, x = wish.steps or STEPS, start.to(self.centre.device)
        label = None if label is None else label.to(x.device)
        yield 0.0, self.restore(x)
        for at in range(steps):
            v = self._guided(x, at / steps, label, wish.guidance)
            ahead = self._guided(x + v / steps, (at + 1) / steps, label, wish.guidance)
            x = x + (v + ahead) / 2 / steps
            yield (at + 1) / steps, self.restore(x)

    @torch.inference_mode()
    def _guided(self, x: Tensor, time: float, label: Tensor | None, guidance: float) -> Tensor:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self._in_bfloat16(x.device)):
            return self._guided_in(x, time, label, guidance)

    def _in_bfloat16(self, device: torch.device) -> bool:
        """Whether samples take less time so: of a network of 4.4 million weights two fifths, and are off by 0.35 of 255
        levels at most (128 samples of "Spatial 8 x 8 x 8", two cores of an AMD EPYC beside other work)."""
        return sum(p.numel() for p in self.network.parameters()) > _SMALL and devices.computes_bfloat16(device)

    def _guided_in(self, x: Tensor, time: float, label: Tensor | None, guidance: float) -> Tensor:
        times = x.new_full((len(x),), time)
        of_any = torch.full((len(x),), self.classes, device=x.device)
        if label is None or guidance == 0:
            return self.velocity(x, times, of_any)
        if guidance == 1:
            return self.velocity(x, times, label)
        both = self.velocity(x.repeat(2, 1), times.repeat(2), torch.cat([of_any, label]))
        unguided, guided = both.chunk(2)
        return torch.lerp(unguided, guided, guidance)
