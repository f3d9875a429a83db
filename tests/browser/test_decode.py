"""Codes from a browser and pictures back, from the app as it is served: its scripts, on a page without a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from explorer import models
from explorer.pixels import to_uint8
from explorer.ui import components
from tests.chromium import EMPTY

MODEL = "cifar10-linear-1e-3"
# `ask(z, count, model)` resolves with all that comes for a question, once all of its pictures have.
DECODER = """async ([live, decode]) => {
  const script = text => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))
  const app = Object.assign(document.createElement("script"), { type: "none", src: "/static/js/app.js" })
  document.head.append(app) // says where the app lies, and loads nothing
  await script(live)
  const { Decoder, paint } = await script(decode)
  window.painted = (pixels, index) => {
    const context = Object.assign(document.createElement("canvas"), { width: 32, height: 32 }).getContext("2d")
    paint(context, Uint8Array.from(pixels), index)
    return Array.from(context.getImageData(0, 0, 32, 32).data)
  }
  let take
  window.decoder = new Decoder("test", told => take(told))
  window.ask = (z, count, model, stop = () => {}) => new Promise(resolve => {
    const all = []
    take = told => {
      if (told.serial !== serial) return // of a question before
      all.push({ ...told, pixels: told.pixels && Array.from(told.pixels) })
      if (told.wrong || told.from + told.count === count) resolve(all)
    }
    const serial = decoder.ask(model, null, Float32Array.from(z), count)
    stop()
  })
}"""


@pytest.fixture
def decoding(page: Page) -> Iterator[Page]:
    page.goto(EMPTY)
    page.evaluate(DECODER, [components.script(f"shared/{name}.js") for name in ("live", "decode")])
    yield page
    page.evaluate("decoder.leave()")


def latents(count: int) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, models.get(MODEL).latent_dim)).astype(np.float32)


def pictures(z: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return to_uint8(models.load_model(models.get(MODEL)).decode(torch.from_numpy(z)))


def shown(told: dict[str, Any]) -> np.ndarray:
    return np.array(told["pixels"], np.uint8).reshape(-1, 32, 32, 3)


def test_pictures_come_in_parts_and_are_those_of_the_net(decoding: Page) -> None:
    z = latents(70)
    found = decoding.evaluate("args => ask(...args)", [z.flatten().tolist(), 70, MODEL])
    assert [(told["from"], told["count"]) for told in found] == [(0, 32), (32, 32), (64, 6)]
    assert np.array_equal(np.concatenate([shown(told) for told in found]), pictures(z))
    canvas = np.reshape(decoding.evaluate("args => painted(...args)", [found[2]["pixels"], 3]), (32, 32, 4))
    assert np.array_equal(canvas[..., :3], pictures(z)[64 + 3])
    assert (canvas[..., 3] == 255).all()


def test_it_asks_again_when_the_line_broke(decoding: Page) -> None:
    z = latents(40)
    broken = "args => ask(...args, () => explorerLive.socket.close())"
    found = decoding.evaluate(broken, [z.flatten().tolist(), 40, MODEL])
    assert np.array_equal(np.concatenate([shown(told) for told in found]), pictures(z))


def test_what_is_wrong_is_told_and_a_hand_moves_on(decoding: Page) -> None:
    z = latents(1)
    [told] = decoding.evaluate("args => ask(...args)", [z.flatten().tolist(), 1, "nobody"])
    assert "there is no model 'nobody'" in told["wrong"]
    newest = """async ([z, model]) => {
      for (let i = 0; i < 500; i++) decoder.ask(model, null, new Float32Array(z.length).fill(i / 500))
      return await ask(z, 1, model)
    }"""  # far more than may be on their way, and none is shown out
    found = decoding.evaluate(newest, [z.flatten().tolist(), MODEL])
    assert np.array_equal(shown(found[-1]), pictures(z))
