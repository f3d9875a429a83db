"""Pictures to take away: a moving GIF, and a labelled PNG. Enlarged with hard pixel edges."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from explorer.analysis.lettering import Lettering

_HOLD = 8  # times as long as other frames, the first and the last one of a GIF are shown
_INK, _PAPER, _FRAME = "#1B2126", "#FFFFFF", "#B8BDC2"


class Row(NamedTuple):
    """A row of images with a label in front.

    Parameters
    ----------
    label : str
    images : uint8 array (N, H, W, 3) or, with transparency, (N, H, W, 4)
    captions : sequence of str
        One an image, below it, or none at all.
    detail : str
        Small print under the label.
    """

    label: str
    images: np.ndarray
    captions: Sequence[str] = ()
    detail: str = ""


class Ramp(NamedTuple):
    """What the colours of a map mean.

    Parameters
    ----------
    what : str
    colours : sequence of str
        From one end to the other, "#RRGGBB", or "" for the ground that the map stands on.
    low, high : str
        The values at its ends, in words.
    how : str
        How they are measured.
    """

    what: str
    colours: Sequence[str]
    low: str
    high: str
    how: str


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
    rows: Sequence[Row | tuple[str, np.ndarray]],
    columns: Sequence[str],
    title: str,
    scale: int = 4,
    gap: int = 8,
    of: str = "",
    ramps: Sequence[Ramp] = (),
) -> bytes:
    """What the screen shows, on white: a title, rows of images under each other with their words, what colours mean.

    Parameters
    ----------
    rows : sequence of Row, or of its label and images alone
        Images all of one shape.
    columns : sequence of n str
        A caption above each column.
    title : str
    scale : int
        Screen pixels a pixel.
    gap : int
        Screen pixels between images.
    of : str
        What it is of, in small print under the title: model, step, images.
    ramps : sequence of Ramp
        Below the rows.
    """
    drawn = [Row(*row) for row in rows]
    n, height, width = drawn[0].images.shape[:3]
    font, small = Lettering(13), Lettering(11)
    margin = 2 * gap + round(
        max(max(font.length(row.label), small.length(row.detail)) for row in drawn)
    )  # fmt: skip
    top = (8 if of else 6) * gap
    across, down = width * scale + gap, height * scale + gap
    words_below = [2 * gap if row.captions else 0 for row in drawn]
    ends_at = top + len(drawn) * down + sum(words_below)
    needed = [margin + n * across, font.length(title) + 2 * gap, small.length(of) + 2 * gap]
    needed += [_ramp_length(ramp, small) + 2 * gap for ramp in ramps]
    sheet = Image.new("RGB", (round(max(needed)), ends_at + 3 * gap * len(ramps)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font.draw(draw, (gap, gap), title, _INK)
    small.draw(draw, (gap, 3 * gap), of, _INK)
    for j, caption in enumerate(columns):
        font.draw(draw, (margin + j * across + width * scale / 2, top - gap / 2), caption, _INK, anchor="md")
    y = top
    for row, below in zip(drawn, words_below, strict=True):
        middle = y + height * scale / 2
        font.draw(draw, (gap, middle - (gap if row.detail else 0)), row.label, _INK, anchor="lm")
        small.draw(draw, (gap, middle + gap), row.detail, _INK, anchor="lm")
        for j, image in enumerate(row.images):
            x = margin + j * across
            large = _on_paper(image).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (x, y))
            if row.captions:
                small.draw(draw, (x + width * scale / 2, y + height * scale + 2), row.captions[j], _INK, anchor="ma")
        y += down + below
    for ramp in ramps:
        _draw_ramp(draw, ramp, (gap, y + gap), small)
        y += 3 * gap
    buffer = io.BytesIO()
    sheet.save(buffer, format="png")
    return buffer.getvalue()


_RAMP_SIZE = 128, 11  # screen pixels


def _ramp_length(ramp: Ramp, font: Lettering) -> float:
    return _RAMP_SIZE[0] + sum(font.length(words) + 8 for words in (ramp.what, ramp.low, ramp.high, ramp.how))


def _draw_ramp(draw: ImageDraw.ImageDraw, ramp: Ramp, at: tuple[float, float], font: Lettering) -> None:
    """What it is, its lower end, the colours, its upper end, and how it was measured, in a line."""
    x, y = at
    width, height = _RAMP_SIZE
    for words in (ramp.what, ramp.low):
        font.draw(draw, (x, y), words, _INK)
        x += font.length(words) + 8
    colours = np.array([ImageColor.getrgb(colour or _PAPER) for colour in ramp.colours], dtype=np.float64)
    places = np.linspace(0, len(colours) - 1, width)
    between = np.stack([np.interp(places, np.arange(len(colours)), channel) for channel in colours.T], axis=1)
    for i, colour in enumerate(np.rint(between).astype(int).tolist()):
        draw.line([(x + i, y + 1), (x + i, y + height)], tuple(colour))
    draw.rectangle([x - 1, y, x + width, y + height + 1], outline=_FRAME)
    x += width + 8
    for words in (ramp.high, ramp.how):
        font.draw(draw, (x, y), words, _INK)
        x += font.length(words) + 8


def _on_paper(image: np.ndarray) -> Image.Image:
    """A uint8 array (H, W, 3) or (H, W, 4), whose see-through parts show white."""
    made = Image.fromarray(image)
    return Image.alpha_composite(Image.new("RGBA", made.size, _PAPER), made.convert("RGBA")).convert("RGB")
