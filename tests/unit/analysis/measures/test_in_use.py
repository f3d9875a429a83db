"""When a latent dimension is in use."""

from __future__ import annotations

import numpy as np

from explorer.analysis.measures.in_use import in_use, in_use_words


def test_dimensions_are_counted_along_the_last_axis():
    kl = np.array([[0.0, 0.01, 0.011], [2.0, 0.5, 0.02]])
    assert in_use(kl).tolist() == [1, 3]
    assert in_use_words(int(in_use(kl[0])), 3) == "1 of 3 dimensions in use: more than 0.01 nats each"
