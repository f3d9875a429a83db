"""The average of weights, beside the sum that defines it."""

from __future__ import annotations

import numpy as np
import torch

from explorer import nets
from explorer.training.average import Average


def test_it_is_the_exponential_average():
    """Weights at step s count (1 - d_s) times the decays of all later steps; d rises to the one that was asked for."""
    net = nets.build("conv_vae", 2)
    average = Average(net, 0.6)
    shapes = {name: value.shape for name, value in net.state_dict().items() if value.is_floating_point()}
    chance = torch.Generator().manual_seed(0)
    steps = [{name: torch.randn(shape, generator=chance) for name, shape in shapes.items()} for _ in range(20)]
    begun = {name: value.clone() for name, value in net.state_dict().items()}
    for t, values in enumerate(steps, start=1):
        counts = {name: torch.tensor(t) for name in net.state_dict() if name not in shapes}
        net.load_state_dict(values | counts)
        average.update(t)
    decays = np.array([min(0.6, (1 + t) / (10 + t)) for t in range(1, 21)])
    assert decays[0] < decays[5] < 0.6 == decays[-1]
    shares = np.append(1, 1 - decays) * np.append(np.cumprod(decays[::-1])[::-1], 1)
    assert abs(shares.sum() - 1) < 1e-12
    for name, value in average.net.state_dict().items():
        if name in shapes:
            of = [begun[name].double(), *(values[name].double() for values in steps)]
            expected = sum(share * each for share, each in zip(shares.tolist(), of, strict=True))
            torch.testing.assert_close(value.double(), expected, rtol=1e-4, atol=1e-6)
        else:
            assert value == 20
