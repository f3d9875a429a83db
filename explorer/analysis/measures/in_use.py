"""When a latent dimension is in use."""

import numpy as np

IN_USE_NATS = 0.01
"""Mean KL over images, nats, above which a dimension is in use; so Sønderby et al. 2016, "Ladder Variational
Autoencoders", count their units.

All that shows KL by dimension, or counts dimensions, goes by it. "Active units" are another thing: those whose
posterior mean varies over images by more than 0.01, as a variance (Burda et al. 2016,
`explorer.nets.posterior.ACTIVE`). Where the means of a Gaussian posterior vary by v and it has the rest, 1 - v,
of the prior's, the KL is -ln(1 - v) / 2, so that rule begins to count at half as many nats, 0.005. (The shipped
model of every beta at beta 0.01: 108 of 128 in use, 121 active.)
"""


def in_use(kl_per_dim: np.ndarray) -> np.ndarray:
    """How many dimensions are in use: int (...) for nats (..., d), means over images."""
    return (kl_per_dim > IN_USE_NATS).sum(axis=-1)


def in_use_words(count: int, latent_dim: int) -> str:
    """ "96 of 128 dimensions in use: more than 0.01 nats each"."""
    return f"{count} of {latent_dim} dimensions in use: more than {IN_USE_NATS:g} nats each"
