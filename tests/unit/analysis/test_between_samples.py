"""Between two samples: where each way begins, leads and ends."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import nets
from explorer.analysis import between_samples
from explorer.priors.base import noise


def test_all_ways_lead_from_one_sample_to_the_other():
    torch.manual_seed(0)
    net = nets.build("conv_vae", 128).eval()
    found = between_samples.walks(net, lambda start: 2 * start, (3, 7), 5)
    assert found.keys() == set(between_samples.WAYS)
    for walk in found.values():
        assert np.array_equal(walk.frames[[0, -1]], found["prior"].frames[[0, -1]])
    through, line = found["prior"].norms, found["line"].norms
    assert through
    assert line
    assert through[0] == pytest.approx(2 * float(noise(1, 128, 3).norm()), rel=1e-5)
    assert min(through) > 0.95 * min(through[0], through[-1])  # an arc stays on the shell
    assert line[2] < 0.8 * min(line[0], line[-1])  # a straight line leads through its inside
