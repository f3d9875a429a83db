"""Files to take away, read back by Pillow."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageSequence

from explorer.analysis import sheets


def film(n: int = 5, colours: int = 40) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (colours, 3), dtype=np.uint8)[
        np.random.default_rng(1).integers(0, colours, (n, 32, 32))
    ]


def test_gif_runs_there_and_back_in_hard_pixels():
    frames = film()
    with Image.open(io.BytesIO(sheets.ping_pong_gif(frames, scale=8, frame_ms=60))) as image:
        assert (image.format, image.size, image.info["loop"]) == ("GIF", (256, 256), 0)
        shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    for got, i in zip(shown, [0, 1, 2, 3, 4, 3, 2, 1], strict=True):
        assert np.array_equal(got, frames[i].repeat(8, axis=0).repeat(8, axis=1))  # few colours: none is lost
    assert durations == [480, 60, 60, 60, 480, 60, 60, 60]


def test_gif_keeps_photographs_recognisable():
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)  # 1,024 colours, the worst case
    with Image.open(io.BytesIO(sheets.ping_pong_gif(frames, scale=1))) as image:
        error = np.asarray(image.convert("RGB")).astype(float) - frames[0]
    assert np.abs(error).mean() < 16


def test_gif_keeps_frames_that_are_alike():
    with Image.open(io.BytesIO(sheets.ping_pong_gif(film(1).repeat(4, axis=0)))) as image:
        total = sum(frame.info["duration"] for frame in ImageSequence.Iterator(image))
    assert total == 2 * 480 + 4 * 60


def test_side_by_side_leaves_a_white_gap():
    a, b = film(2), film(2) // 2
    joined = sheets.side_by_side([a, b], gap=3)
    assert joined.shape == (2, 32, 67, 3)
    assert np.array_equal(joined[:, :, :32], a)
    assert (joined[:, :, 32:35] == 255).all()
    assert np.array_equal(joined[:, :, 35:], b)


def test_png_shows_every_image_enlarged_and_labelled():
    rows = [("Line", film(4)), ("Arc", film(4) // 2)]
    data = sheets.labelled_png(rows, ["0", "1/3", "2/3", "1"], "A to B", scale=4, gap=8)
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        sheet = np.asarray(image.convert("RGB"))
    top, down = 48, 4 * 32 + 8
    assert sheet.shape[0] == top + 2 * down
    margin = sheet.shape[1] - 4 * down
    for i, (_, images) in enumerate(rows):
        for j, small in enumerate(images):
            y, x = top + i * down, margin + j * down
            assert np.array_equal(sheet[y : y + 128, x : x + 128], small.repeat(4, axis=0).repeat(4, axis=1))
    ink = sheet.max(axis=2) < 128
    assert ink[:20].any()  # title
    assert ink[20:top, margin:].any()  # captions
    assert ink[top : top + 128, :margin].any()  # label
    assert ink[top + down :, :margin].any()


def test_png_has_the_words_of_rows_and_what_colours_mean():
    """Nothing that the screen says is lost: small print, words under images, see-through maps, the scale of errors."""
    errors = np.zeros((2, 32, 32, 4), np.uint8)
    errors[:, :16] = (213, 94, 0, 255)
    rows = [sheets.Row("beta 0.1", film(2), ["MSE 0.1", "MSE 0.2"], "from the mean"), sheets.Row("Error", errors)]
    ramp = sheets.Ramp("Error", ("#0072B2", "", "#D55E00"), "0.25 darker", "0.25 brighter", "mean over channels")

    def drawn(rows: list[sheets.Row], of: str, ramps: list[sheets.Ramp]) -> np.ndarray:
        with Image.open(io.BytesIO(sheets.labelled_png(rows, ["a", "b"], "Kept", of=of, ramps=ramps))) as image:
            return np.asarray(image.convert("RGB")).astype(int)

    sheet = drawn(rows, "step 7; CIFAR-10", [ramp])
    bare = drawn([sheets.Row(row.label, row.images) for row in rows], "", [])
    assert sheet.shape[0] == bare.shape[0] + 16 + 16 + 24  # small print, words under a row, a ramp
    for i in range(2):
        y = 64 + 136 + 16
        x = find(sheet, np.full((64, 128, 3), (213, 94, 0)), y)[i]
        assert (sheet[y + 64 : y + 128, x : x + 128] == 255).all()  # the ground of the map is the sheet's
        below = sheet[64 + 128 : y, x : x + 128]
        assert (below.max(axis=2) < 128).any()
    colours = {tuple(pixel) for pixel in sheet[-24:].reshape(-1, 3).tolist()}
    assert {(0, 114, 178), (213, 94, 0), (255, 255, 255)} <= colours


def find(sheet: np.ndarray, block: np.ndarray, y: int) -> list[int]:
    """Columns at which a block's upper left corner stands in row y."""
    windows = np.lib.stride_tricks.sliding_window_view(sheet[y : y + len(block)], block.shape)
    return np.flatnonzero((windows[0, :, 0] == block).all(axis=(1, 2, 3))).tolist()
