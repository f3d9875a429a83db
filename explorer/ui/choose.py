"""Widgets that several pages share: which model, which images. What is chosen stands in the URL."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import models
from explorer.data import SPLITS, ImageSet
from explorer.models import Model


def choose_model(label: str, key: str, default: str = models.DEFAULT) -> Model:
    """A select box over shipped and trained models; `key` is its name in the URL."""
    known = {model.id: model for model in models.list_models()}
    ids = list(known)
    chosen = st.selectbox(
        label,
        ids,
        index=ids.index(default) if default in known else 0,
        format_func=lambda i: known[i].title if known[i].shipped else f"{known[i].title} (yours)",
        key=key,
        bind="query-params",
    )
    return known[chosen]


def choose_images(images: ImageSet, count: int) -> np.ndarray:
    """Split, class and seed of `count` random images; returns their indices, int64 (n,), n <= count."""
    split_column, class_column, seed_column = st.columns([2, 2, 1], vertical_alignment="bottom")
    splits = [split for split in SPLITS if len(images.splits[split])]
    with split_column:
        split = st.selectbox("Split", splits, index=splits.index("validation"), key="split", bind="query-params")
    with class_column:
        class_name = st.selectbox("Class", ["all", *images.class_names], key="class", bind="query-params")
    with seed_column:
        seed = st.number_input("Seed", 0, 9999, 0, key="seed", bind="query-params", help="Another seed, other images.")
    pool = images.indices(split, None if class_name == "all" else class_name)
    return np.random.default_rng(int(seed)).permutation(pool)[:count]
