"""What moves a net's weights: AdamW, or Muon with AdamW for what that is not made for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.checkpoints import Trained
from explorer.config import TrainConfig
from explorer.training.muon import Muon


def build_optimisers(net: Trained, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """AdamW on everything; with "muon", Muon on the inner weight matrices and AdamW on the rest.

    Which those are the net says. In closed form there is nothing to optimise.
    """
    if config.closed_form:
        return []
    matrices: list[tuple[Tensor, int]] = []
    if config.optimiser == "muon":
        matrices = [(m.weight, 1 if isinstance(m, nn.ConvTranspose2d) else 0) for m in net.inner_layers()]
    theirs = {id(p) for p, _ in matrices}
    rest = [p for p in net.parameters() if id(p) not in theirs]
    adamw = torch.optim.AdamW(rest, config.learning_rate, weight_decay=config.weight_decay, fused=True)
    return [adamw, Muon(matrices, config.muon_learning_rate, config.muon_weight_decay)] if matrices else [adamw]
