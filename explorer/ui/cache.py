"""What is loaded once and shared by all viewers. Nothing here is state: anybody may clear it, and it loads again."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import streamlit as st

from explorer import models
from explorer.data import ImageSet, load_image_set

if TYPE_CHECKING:
    from torch import nn

    from explorer.models import Model


@st.cache_resource(show_spinner=False)
def _settle() -> None:
    """Import torch once, then take all that is loaded out of the garbage collector's sight.

    Streamlit's full collection after every script run is off (.streamlit/config.toml); Python's own generations go on,
    and needn't walk through torch's modules any more.
    """
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))  # the other half is the trainer's
    gc.collect()
    gc.freeze()


@st.cache_resource(max_entries=4, show_spinner="Loading images")
def image_set(source: str, path: str = "") -> ImageSet:
    """The images of a source, whole, in memory; ExplorerError if they can't be had."""
    return load_image_set(source, path or None)


def net(model: Model) -> nn.Module:
    """A model's net in eval mode; loaded anew when its run has a newer checkpoint."""
    _settle()
    return _net(model.version, model)


@st.cache_resource(max_entries=12, show_spinner=False)
def _net(version: tuple[str, int], _model: Model) -> nn.Module:
    return models.load_model(_model)
