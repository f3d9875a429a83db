"""A path as a film: what is decoded at equal steps along it."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import torch
from PIL import Image, ImageSequence

from explorer import models
from explorer.analysis.latents.plane import Plane
from explorer.data import load_image_set
from explorer.pixels import to_uint8
from explorer.ui.components.latent_map import View
from explorer.ui.latents import film
from explorer.ui.latents.chosen import Chosen

MODEL = models.get("cifar10-linear-1e-3")


def test_a_film_shows_what_lies_along_the_path():
    images = load_image_set("shapes")
    chosen = Chosen(MODEL, images, "validation", images.some("validation", 10))
    unit = 9 * np.eye(MODEL.latent_dim, dtype=np.float32)
    plane = Plane(unit[0], unit[1], unit[2], ("across", "up"))
    frames = film.frames(chosen, plane, View(path=((0, 0), (0.75, 0), (0.75, 0.25))))
    t = torch.linspace(0, 1, film.FRAMES)[:, None]
    at = torch.cat([t.clamp(max=0.75), (t - 0.75).clamp(min=0)], dim=1).numpy()
    with torch.inference_mode():
        z = torch.from_numpy(unit[0] + at @ unit[1:3])
        made = to_uint8(models.load_model(MODEL).decode(z))
    assert np.abs(frames.astype(int) - made).max() <= 1
    assert len(np.unique(frames, axis=0)) > 20


def test_files_of_a_film_are_a_gif_there_and_back_and_a_strip():
    frames = np.random.default_rng(0).integers(0, 255, (film.FRAMES, 32, 32, 3), dtype=np.uint8)
    gif = Image.open(io.BytesIO(film.gif(lambda: frames)))
    assert len(list(ImageSequence.Iterator(gif))) == 2 * film.FRAMES - 2
    strip = Image.open(io.BytesIO(film.strip(partial(np.copy, frames), "A title")))
    assert strip.width > film.STRIP * 4 * 32
