"""Small images shown large: PNG in the page, enlarged by the browser without smoothing."""

from __future__ import annotations

import base64
import hashlib
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import streamlit as st
from PIL import Image

Kind = Literal["", "aligned", "compact"]


@dataclass(frozen=True)
class Row:
    """A row of images with a label in front.

    Parameters
    ----------
    label : str
    images : uint8 array (N, H, W, 3) or, with transparency, (N, H, W, 4)
    captions : sequence of str
        One an image, or none at all.
    detail : str
        Small print under the label.
    chosen : bool
        Whether the row stands out among the others.
    """

    label: str
    images: np.ndarray
    captions: Sequence[str] = field(default=())
    detail: str = ""
    chosen: bool = False


def png(image: np.ndarray) -> bytes:
    """uint8 array (H, W, 3) or (H, W, 4) -> PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png", compress_level=1)
    return buffer.getvalue()


def data_uri(image: np.ndarray) -> str:
    """uint8 array (H, W, 3) or (H, W, 4) -> "data:image/png;base64,..."."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def show_rows(name: str, rows: Sequence[Row], label_width: str = "7.5rem", kind: Kind = "") -> None:
    """Rows of images under each other, column by column, as one element.

    `name` goes into the page as data-picture, a hash of the pixels as data-version. On narrow screens rows break; they
    stay whole, so that what belongs together stays in one column, if `kind` is "aligned" (they scroll together) or
    "compact" (they shrink).
    """
    columns = max(len(row.images) for row in rows)
    digest = hashlib.sha1(usedforsecurity=False)
    cells = []
    for row in rows:
        digest.update(np.ascontiguousarray(row.images).data)
        chosen = "chosen" if row.chosen else ""
        detail = f"<small>{html.escape(row.detail)}</small>" if row.detail else ""
        cells.append(f'<div class="row-label {chosen}"><span>{html.escape(row.label)}</span>{detail}</div>')
        for i in range(columns):
            if i >= len(row.images):
                cells.append("<span></span>")
                continue
            caption = row.captions[i] if row.captions else ""
            alt = html.escape(f"{row.label} {i + 1}", quote=True)
            cells.append(
                f'<figure class="{chosen}"><img src="{data_uri(row.images[i])}" alt="{alt}">'
                + (f"<figcaption>{html.escape(caption)}</figcaption>" if caption else "")
                + "</figure>"
            )
    template = f"--columns: {columns}; grid-template-columns: {label_width} repeat({columns}, minmax(0, 1fr))"
    st.html(
        f'<div class="pictures {kind}" data-picture="{html.escape(name)}" data-version="{digest.hexdigest()[:16]}" '
        f'style="{template}">{"".join(cells)}</div>'
    )
