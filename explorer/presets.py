"""Named starting points: general ones here, a family's own in its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from explorer.config import TRAINED_PRIORS, TrainConfig
from explorer.nets import FAMILIES


@dataclass(frozen=True)
class Preset:
    """A named starting point; its settings apply to any source of images.

    Parameters
    ----------
    title : str
        What pages, and runs that it starts, call it.
    description : str
        What will happen, in a sentence or two; how long it takes depends on the machine (`explorer.training.speed`).
    question : str
        What a teacher may ask the class before the button is pressed.
    settings : TrainConfig
    """

    title: str
    description: str
    question: str
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
_CONVOLUTIONAL: dict[str, Any] = {  # of the notebook's layers from random weights
    "batch_size": 64,
    "norm": "group",
    "optimiser": "muon",
    "learning_rate": 2e-3,
    "muon_learning_rate": 1.5e-2,
    "learning_rate_schedule": "linear",
    "warmup_steps": 50,
}
FIRST = "noise"  # key of the one for a first lesson
PRESETS: dict[str, Preset] = {
    FIRST: Preset(
        "From noise",
        "Random weights paint noise; then come light and dark, then colours, then blurred pictures that you recognise.",
        "What will it get right first: colour, place, outline or detail? And what will still be missing at the end?",
        TrainConfig(**_CONVOLUTIONAL | {"epochs": 1000, "max_steps": 250, "warmup_steps": 20}),
    ),
    "quick": Preset(
        "Quick look",
        "Starts as the best linear VAE, so with blurred pictures at step 1; convolutions sharpen what that leaves.",
        "At step 1 nothing is learned yet: how can the pictures be this good, and what is left for a network to add?",
        TrainConfig(family="residual_vae", epochs=1000, max_steps=300, **_MUON),
    ),
    "standard": Preset(
        "Standard",
        "Quick look for eight epochs instead of 300 steps: for a model worth keeping.",
        "Where does the curve bend? What would you see if you stopped there?",
        TrainConfig(family="residual_vae", epochs=8, **_MUON),
    ),
    **{
        key: Preset(
            own["title"],
            own["description"],
            own["question"],
            TrainConfig(**{"family": family.key} | _MUON | own["settings"]),
        )
        for family in FAMILIES.values()
        for key, own in family.presets.items()
    },
    "convolutional": Preset(
        "Convolutional",
        "From noise for three epochs: the notebook's layers, with group norm and Muon.",
        "Does it reach what Quick look starts from? What does a good start save?",
        TrainConfig(epochs=3, **_CONVOLUTIONAL),
    ),
    "notebook": Preset(
        "Notebook",
        "The seed notebook's run, exactly: 100 epochs, batch 32, AdamW at a constant 0.001, beta 0.001. On CIFAR-10 "
        "and a CPU that is hours.",
        "It trains a hundred epochs. After how many would nobody see the difference any more?",
        TrainConfig(epochs=100, batch_size=32, precision="float32"),
    ),
    "linear": Preset(
        FAMILIES["linear_vae"].title,
        "The best linear encoder and decoder, solved for in one pass: no steps, no learning to watch.",
        "No network, no training. What can't straight lines do that the others learn?",
        TrainConfig(family="linear_vae").effective(),
    ),
}
# Of each prior that is trained, whatever model it is of: by its key.
PRIORS: dict[str, Preset] = {
    key: Preset(
        record.title,
        f"Draws {record.help}. The model stays as it is: what changes is what it is given to paint.",
        "The decoder learns nothing any more. How much better can its pictures get?",
        TrainConfig.of_prior(key),
    )
    for key, record in TRAINED_PRIORS.items()
}
RACE = Preset(
    "Beta race",
    "Two or three runs at different betas, trained in step and shown side by side at the same step.",
    "Same network, same images in the same order, only beta differs. Which row will look best, and what do the others "
    "get for what they lose?",
    PRESETS[FIRST].with_(precision="float32"),  # one for all: a trial for each could choose now this, now that
)
