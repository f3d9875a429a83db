"""When a latent dimension counts."""

from __future__ import annotations

import numpy as np

from explorer.in_use import active_units, active_words, in_use, in_use_words


def test_dimensions_are_counted_along_the_last_axis():
    kl = np.array([[0.0, 0.01, 0.011], [2.0, 0.5, 0.02]])
    assert in_use(kl).tolist() == [1, 3]
    assert in_use_words(int(in_use(kl[0])), 3) == "1 of 3 dimensions in use: more than 0.01 nats each"


def test_a_unit_can_be_active_that_is_not_in_use():
    """Means that vary by 0.015, with the rest of the prior's variance in each posterior."""
    variance = np.array([0.0, 0.015, 0.5])
    kl = -0.5 * np.log(1 - variance)
    assert (int(in_use(kl)), active_units(variance)) == (1, 2)
    assert active_words(2, 3) == "2 of 3 units active: means that vary by more than 0.01"
