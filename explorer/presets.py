"""Named starting points: general ones here, a family's own in its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from explorer.config import TrainConfig
from explorer.nets import FAMILIES


@dataclass(frozen=True)
class Preset:
    """A named starting point; its settings apply to any source of images."""

    title: str
    description: str
    settings: TrainConfig

    def with_(self, **changes: Any) -> TrainConfig:
        """The preset's settings with some changed; raises ExplorerError as `TrainConfig` does."""
        return replace(self.settings, **changes)


_MUON: dict[str, Any] = {  # settings that a family's own presets have unless they say otherwise
    "batch_size": 128,
    "optimiser": "muon",
    "learning_rate": 1e-4,
    "muon_learning_rate": 3e-2,
    "learning_rate_schedule": "linear",
    "warmup_steps": 50,
}
PRESETS: dict[str, Preset] = {
    "quick": Preset(
        "Quick look",
        "A minute on two cores: starts as the best linear VAE, and convolutions sharpen what that leaves blurred.",
        TrainConfig(family="residual_vae", epochs=1000, max_steps=300, **_MUON),
    ),
    "standard": Preset(
        "Standard",
        "The same for eight epochs, some minutes on two cores: for a model worth keeping.",
        TrainConfig(family="residual_vae", epochs=8, **_MUON),
    ),
    **{
        key: Preset(own["title"], own["description"], TrainConfig(**{"family": family.key} | _MUON | own["settings"]))
        for family in FAMILIES.values()
        for key, own in family.presets.items()
    },
    "convolutional": Preset(
        "Convolutional",
        "The notebook's layers from random weights, with group norm and Muon, for three epochs.",
        TrainConfig(
            epochs=3,
            batch_size=64,
            norm="group",
            optimiser="muon",
            learning_rate=2e-3,
            muon_learning_rate=1.5e-2,
            learning_rate_schedule="linear",
            warmup_steps=50,
        ),
    ),
    "notebook": Preset(
        "Notebook",
        "The seed notebook's run, exactly: 100 epochs, batch 32, AdamW at a constant 1e-3, beta 0.001.",
        TrainConfig(epochs=100, batch_size=32, precision="float32"),
    ),
}
