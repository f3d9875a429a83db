"""When a latent dimension counts, by the two definitions that papers have; pages say which one they go by.

- *In use*: its KL, mean over images, is above `IN_USE_NATS`. So Sønderby et al. 2016, "Ladder Variational
  Autoencoders", count their units. All that shows KL by dimension goes by it.
- *Active unit*: its posterior mean varies over images by more than `ACTIVE`, as a variance. So Burda et al. 2016,
  "Importance Weighted Autoencoders", section 5.2. Autoencoders have them too, whose dimensions cost no number of nats.

Where the means of a Gaussian posterior vary by v and it has the rest, 1 - v, of the prior's, the KL is -ln(1 - v) / 2,
so the second begins to count at half as many nats, 0.005. (The shipped model of every beta at beta 0.01: 108 of 128 in
use, 121 active.)
"""

import numpy as np

IN_USE_NATS = 0.01
ACTIVE = 0.01


def in_use(kl_per_dim: np.ndarray) -> np.ndarray:
    """How many dimensions are in use: int (...) for nats (..., d), means over images."""
    return (kl_per_dim > IN_USE_NATS).sum(axis=-1)


def active_units(variance: np.ndarray) -> int:
    """How many units are active, for the variance of each one's posterior mean over images: (d,)."""
    return int((variance > ACTIVE).sum())


def in_use_words(count: int, latent_dim: int) -> str:
    """ "96 of 128 dimensions in use: more than 0.01 nats each"."""
    return f"{count} of {latent_dim} dimensions in use: more than {IN_USE_NATS:g} nats each"


def active_words(count: int, latent_dim: int) -> str:
    """ "121 of 128 units active: means that vary by more than 0.01"."""
    return f"{count} of {latent_dim} units active: means that vary by more than {ACTIVE:g}"
