"""Cards of every commit that changed what they hold, with weights as they were laid out."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer import models
from explorer.analysis import blur
from tests import former


@pytest.mark.parametrize("commit", former.CARDS)
def test_one_is_a_model_that_loads(commit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    former.unpack(former.FORMATS / "cards" / commit, tmp_path / "models")
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "models")
    (model,) = models.shipped()
    assert model.source == "cifar10"
    assert model.held_out == "test"
    assert {"recon", "kl", "total"} <= model.measured["test"].keys()
    assert model.digest
    assert bool(blur.of_card(model.card)) == ("blur" in model.card)
    net = models.load_model(model)
    assert (net.latent_dim, net.family.key) == (model.latent_dim, model.family)
