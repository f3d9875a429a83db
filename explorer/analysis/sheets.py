"""Pictures to take away: a moving GIF, and a labelled PNG. Enlarged with hard pixel edges."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_HOLD = 8  # times as long as other frames, the first and the last one of a GIF are shown
_INK, _PAPER = "#1B2126", "#FFFFFF"


def side_by_side(tracks: Sequence[np.ndarray], gap: int = 2) -> np.ndarray:
    """Join films of one size: uint8 arrays (n, H, W, 3) -> (n, H, sum of W + gaps, 3), white between them."""
    n, height, _, _ = tracks[0].shape
    white = np.full((n, height, gap, 3), 255, dtype=np.uint8)
    parts = [part for track in tracks for part in (white, track)][1:]
    return np.concatenate(parts, axis=2)


def ping_pong_gif(frames: np.ndarray, scale: int = 8, frame_ms: int = 60) -> bytes:
    """A GIF that runs there and back for ever.

    Parameters
    ----------
    frames : uint8 array (n, H, W, 3), n at least 2
    scale : int
        Screen pixels a pixel.
    frame_ms : int
        Milliseconds a frame; GIF counts in tens.

    Returns
    -------
    bytes
        2 n - 2 frames, 256 colours each.
    """
    order = [*range(len(frames)), *range(len(frames) - 2, 0, -1)]
    reduced = [Image.fromarray(frame).quantize(256, dither=Image.Dither.NONE) for frame in frames]
    large = [frame.resize((frame.width * scale, frame.height * scale), Image.Resampling.NEAREST) for frame in reduced]
    durations = [frame_ms * (_HOLD if i in (0, len(frames) - 1) else 1) for i in order]
    buffer = io.BytesIO()
    first, *rest = (large[i] for i in order)
    first.save(buffer, format="gif", save_all=True, append_images=rest, duration=durations, loop=0)
    return buffer.getvalue()


def labelled_png(
    rows: Sequence[tuple[str, np.ndarray]], columns: Sequence[str], title: str, scale: int = 4, gap: int = 8
) -> bytes:
    """Rows of images under each other on white, a label before each row, a caption above each column, a title on top.

    Parameters
    ----------
    rows : sequence of (label, uint8 array (n, H, W, 3))
        All of one shape.
    columns : sequence of n str
    title : str
    scale : int
        Screen pixels a pixel.
    gap : int
        Screen pixels between images.
    """
    n, height, width, _ = rows[0][1].shape
    font = ImageFont.load_default(13)
    margin = 2 * gap + round(max(font.getlength(label) for label, _ in rows))
    top = 6 * gap
    across, down = width * scale + gap, height * scale + gap
    sheet = Image.new(
        "RGB", (max(margin + n * across, round(font.getlength(title)) + 2 * gap), top + len(rows) * down), _PAPER
    )
    draw = ImageDraw.Draw(sheet)
    draw.text((gap, gap), title, _INK, font)
    for j, caption in enumerate(columns):
        draw.text((margin + j * across + width * scale / 2, top - gap / 2), caption, _INK, font, anchor="md")
    for i, (label, images) in enumerate(rows):
        draw.text((gap, top + i * down + height * scale / 2), label, _INK, font, anchor="lm")
        for j, image in enumerate(images):
            large = Image.fromarray(image).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (margin + j * across, top + i * down))
    buffer = io.BytesIO()
    sheet.save(buffer, format="png")
    return buffer.getvalue()
