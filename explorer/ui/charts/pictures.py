"""Small images shown large: PNG in the page, enlarged by the browser without smoothing."""

from __future__ import annotations

import base64
import hashlib
import html
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import streamlit as st
from PIL import Image

from explorer.analysis.sheets import Row

__all__ = ["Kind", "Row", "data_uri", "png", "show_beside", "show_rows", "side_by_side", "to_uint8"]

_SMALL = 4096  # bytes: an image of 32x32 pixels, with alpha
Kind = Literal["", "aligned", "aligned above"]


def to_uint8(images: np.ndarray) -> np.ndarray:
    """float array (N, 3, H, W), 0..1, clipped where a linear decoder leaves that -> uint8 array (N, H, W, 3)."""
    return np.rint(255 * images.clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


def png(image: np.ndarray) -> bytes:
    """uint8 array (H, W, 3) or (H, W, 4) -> PNG. Small ones are remembered: viewers of a page see the same."""
    if image.nbytes <= _SMALL:
        return _small_png(image.tobytes(), image.shape)
    return _png(image)


@lru_cache(maxsize=8192)
def _small_png(pixels: bytes, shape: tuple[int, ...]) -> bytes:
    return _png(np.frombuffer(pixels, np.uint8).reshape(shape))


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png", compress_level=1)
    return buffer.getvalue()


def data_uri(image: np.ndarray) -> str:
    """uint8 array (H, W, 3) or (H, W, 4) -> "data:image/png;base64,..."."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def side_by_side(images: np.ndarray) -> str:
    """uint8 (N, H, W, 3) -> the data URI of a PNG (H, N * W, 3)."""
    return data_uri(np.concatenate(list(images), axis=1))


def show_rows(name: str, rows: Sequence[Row], label_width: str = "7.5rem", kind: Kind = "") -> None:
    """Rows of images under each other, column by column, as one element.

    `name` goes into the page as data-picture, a hash of all that is shown as data-version. On narrow screens rows
    break; they stay whole and scroll together, so that what belongs together stays in one column, if `kind` is
    "aligned". Labels stand in front of rows, or "above" them.
    """
    columns = max(len(row.images) for row in rows)
    cells = []
    for number, row in enumerate(rows):
        detail = f"<small>{html.escape(row.detail)}</small>" if row.detail else ""
        cells.append(f'<div class="row-label row-{number}"><span>{html.escape(row.label)}</span>{detail}</div>')
        for i in range(columns):
            if i >= len(row.images):
                cells.append("<span></span>")
                continue
            caption = row.captions[i] if row.captions else ""
            alt = html.escape(f"{row.label} {i + 1}", quote=True)
            cells.append(
                f'<figure class="row-{number}"><img src="{data_uri(row.images[i])}" alt="{alt}">'
                + (f"<figcaption>{html.escape(caption)}</figcaption>" if caption else "")
                + "</figure>"
            )
    content = "".join(cells)
    version = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()[:16]
    tracks = f"{label_width} repeat({columns}, minmax(0, 1fr))"
    label = ", ".join(row.label for row in rows)
    scrolls = ' tabindex="0"' if "aligned" in kind else ""  # by keys, too, where it is narrow
    template = f"--columns: {columns}; --rows: {len(rows)}; grid-template-columns: {tracks}"
    st.html(
        f'<div class="pictures {kind}" role="group" aria-label="{html.escape(label, quote=True)}"{scrolls} '
        f'data-picture="{html.escape(name)}" data-version="{version}" '
        f'style="{template}">{content}</div>'
    )


def show_beside(name: str, rows: Sequence[Row]) -> None:
    """The first image of each row beside each other, with its words below; `name` as of `show_rows`."""
    cells = []
    for row in rows:
        words = [html.escape(row.label), *(html.escape(each) for each in (row.detail, *row.captions[:1]) if each)]
        cells.append(
            f'<figure><img src="{data_uri(row.images[0])}" alt="{html.escape(row.label, quote=True)}">'
            f"<figcaption>{'<br>'.join(words)}</figcaption></figure>"
        )
    content = "".join(cells)
    version = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()[:16]
    st.html(f'<div class="pictures beside" data-picture="{html.escape(name)}" data-version="{version}">{content}</div>')
