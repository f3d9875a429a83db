"""VAE Explorer: train variational autoencoders on 32x32 colour images, and watch what they do.

For notebooks and scripts `explorer.api` is here by its names, and imported when the first of them is used: torch takes
seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from explorer.api import TrainedModel, TrainingRun, list_models, load, load_images, train

__version__ = "0.1.0"
__all__ = ["ExplorerError", "TrainedModel", "TrainingRun", "list_models", "load", "load_images", "train"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("explorer.api"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
