"""A published folder in a real browser, from Python's plain static server: no app runs."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from explorer.checkpoints import load_weights
from explorer.data import load_image_set
from explorer.models import Model
from explorer.nets import BETA_STOPS
from explorer.nets.base import Net
from explorer.pixels import to_float, to_uint8
from explorer.publish import content, networks, site
from explorer.units import beta_text
from tests import every_beta

LEVELS = 2  # of 255, that a browser's picture may differ from torch's
_READ = """async ([selector, row]) => {
  const host = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot
  const canvas = host.querySelectorAll(selector)[row]
  return [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data].filter((_, i) => i % 4 < 3)
}"""
# What the line of what is waited for lies on.
_COVERED = """() => {
  const room = (name) => document.querySelector(name).getBoundingClientRect()
  const { top, bottom } = room('.wait')
  const covered = ({ top: from, bottom: to }) => to > top && from < bottom
  return ['h1', '.page-title p', '.choices', '.picture'].filter((name) => covered(room(name)))
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


class Published(NamedTuple):
    """A folder, and the model in it."""

    folder: Path
    model: Model


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A run of one's own that knows every beta."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(tmp_path_factory.mktemp("runs")))
        model = site.model_of_run(every_beta.make_run("Mine").id)
        target = tmp_path_factory.mktemp("published") / "site"
        site.publish(target, model, "shapes", lesson=site.NO_LESSON)
    return Published(target, model)


@pytest.fixture
def static(published: Published) -> Iterator[http.server.ThreadingHTTPServer]:
    handler = functools.partial(_Quiet, directory=str(published.folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


def picture(page: Page, selector: str, row: int = 0) -> np.ndarray:
    """int16 (32, 32, 3) of a canvas in the page's component."""
    return np.array(page.evaluate(_READ, [selector, row]), np.int16).reshape(32, 32, 3)


def painted(net: Net, x: torch.Tensor) -> np.ndarray:
    """What torch makes of images, from the mean: int16 (N, 32, 32, 3)."""
    return to_uint8(net.decode(net.encode(x).mode())).astype(np.int16)


def stands(page: Page, name: str) -> None:
    """The page of that name, with all that it computes."""
    page.wait_for_selector(f"html[data-page={name}]")


def test_the_networks_run_in_the_browser_and_without_a_server(
    browser: Browser, published: Published, static: http.server.ThreadingHTTPServer
):
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(120_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"http://127.0.0.1:{static.server_port}/")
    stands(page, "start")

    # Start: from the mean, as torch decodes it
    images = content.images_of(load_image_set("shapes"))
    net = networks.rounded(load_weights(published.model.weights)[0])
    page.locator("button.mean").click()
    with torch.inference_mode():
        x = to_float(images.pixels[:10])
        expected = painted(net.at(published.model.beta), x)
    assert np.abs(picture(page, ".original canvas") - images.pixels[0].transpose(1, 2, 0)).max() == 0
    assert np.abs(picture(page, ".reconstruction canvas") - expected[0]).max() <= LEVELS
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(_COVERED) == []

    # Latents: a slider goes to its end, and the picture follows
    page.get_by_role("link", name="Latents").click()
    stands(page, "latents")
    page.wait_for_function("read => eval(read)(['.now canvas', 0]).then(now => now.some(level => level))", arg=_READ)
    before = picture(page, ".now canvas")
    page.locator(".row input").first.press("PageDown")
    page.wait_for_function(
        f"({_READ})(['.now canvas', 0]).then(p => p.some((v, i) => v !== {before.ravel().tolist()}[i]))"
    )

    # Beta: both ends of the slider are what torch computes there; the address says where it rests
    page.wait_for_selector("html[data-offline]")
    page.get_by_role("link", name="Beta").click()
    stands(page, "beta")
    slider = page.get_by_role("slider", name="Beta")
    for key, stop in (("Home", 0), ("End", -1)):
        slider.press(key)
        page.wait_for_url(f"**at={beta_text(BETA_STOPS[stop])}*")
        with torch.inference_mode():
            expected = painted(net.at(BETA_STOPS[stop]), x)
        assert np.abs(picture(page, ".pair canvas:last-child") - expected[0]).max() <= LEVELS
        assert "engths of z" not in page.locator(".words .here").inner_text()  # they are not shown

    # the server is gone: what was there still is, and computes
    page.get_by_role("link", name="Start").click()
    stands(page, "start")
    static.shutdown()
    static.server_close()
    page.reload()
    stands(page, "start")
    page.locator("button.mean").click()
    with torch.inference_mode():
        expected = painted(net.at(published.model.beta), x)
    assert np.abs(picture(page, ".reconstruction canvas") - expected[0]).max() <= LEVELS
    assert not wrong
    context.close()
