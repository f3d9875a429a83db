"""What a device has to show before a run is trusted to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from explorer import nets
from explorer.devices import CPU
from explorer.nets.base import Net
from explorer.presets import PRESETS
from explorer.training.step import Tried
from explorer.training.trial import attempt

CONFIG = replace(PRESETS["notebook"].settings, precision="bfloat16")


def tried(factor: float) -> Tried:
    """A step whose total is so many times another in bfloat16."""

    def total(net: Net, x: Tensor, chance: torch.Generator) -> Tensor:
        value = torch.stack([p.square().sum() for p in net.parameters()]).sum()
        return value * factor if torch.is_autocast_enabled("cpu") else value

    return Tried(nets.build("conv_vae", 4, channels=8), lambda *asked: torch.zeros(1), total, lambda net, x: None)


def test_rounding_costs_no_trust():
    """Of nearly perfect nets, gradients in bfloat16 had up to four times the norm of those in float32."""
    attempt(tried(4.0), CONFIG, CPU)


@pytest.mark.parametrize("factor", [torch.inf, torch.nan])
def test_bfloat16_that_comes_to_no_number_is_not_trusted(factor: float):
    with pytest.raises(ArithmeticError, match=r"a step's total in bfloat16 is (inf|nan)"):
        attempt(tried(factor), CONFIG, CPU)
    attempt(tried(factor), replace(CONFIG, precision="float32"), CPU)
