"""Samples on their way as only a browser shows them: pictures that come step by step, and follow a hand on time."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from explorer import fitted, models
from explorer.analysis import from_noise
from explorer.analysis.from_noise import Way
from explorer.fitted import FittedPrior
from tests.chromium import frames, wait_settled
from tests.made_priors import made
from tests.server import Server

MODEL = "shapes-beta-1e-4"
SIZES = {"width": 32, "depth": 1, "heads": 2}
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
PIXELS = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data]"
NOISE = "/samples?source=Shapes&view=noise&model=" + MODEL


@pytest.fixture(scope="module")
def prior(server: Server) -> FittedPrior:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_RUNS", str(server.runs))
        run = made(models.get(MODEL), "flow", classes=6, **SIZES)
        return next(each for each in fitted.of(models.get(MODEL)) if each.id == run.id)


def opened(page: Page, **query: str) -> Locator:
    page.goto("&".join([NOISE, *(f"{name}={value}" for name, value in query.items())]))
    scene = page.locator("[data-picture=from-noise]")
    scene.and_(page.locator("[data-version]")).wait_for()
    wait_settled(page)
    return scene


@functools.cache
def expected(prior: FittedPrior, draw: int, label: tuple[int, ...], guidance: float, steps: int) -> Way:
    model = models.get(MODEL)
    net = models.load_model(model)
    return from_noise.way(net, from_noise.moments(fitted.load(prior), net, 8, draw, label, guidance, steps))


def shown(scene: Locator, sample: int) -> np.ndarray:
    """A large picture: uint8 (32, 32, 3)."""
    found = scene.get_by_role("button", name=f"Sample {sample},").locator("canvas").evaluate(PIXELS)
    return np.array(found, np.uint8).reshape(32, 32, 4)[..., :3]


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.abs(a.astype(int) - b).max() <= 2)  # batches round otherwise


def test_pictures_follow_time_and_back_undoes_it(page: Page, prior: FittedPrior):
    scene = opened(page, steps="6")
    way = expected(prior, 1, (0, 1, 2, 3, 4, 5, 0, 1), 2.0, 6)
    assert alike(shown(scene, 5), way.pictures[-1, 4])
    time = scene.get_by_role("slider", name="Time, from noise to picture")
    time.press("Home")
    expect(time).to_have_attribute("aria-valuetext", "t = 0.00, step 0 of 6")
    assert alike(shown(scene, 5), way.pictures[0, 4])
    expect(page).to_have_url(re.compile(r"[?&]t=0(&|$)"))
    scene.get_by_role("checkbox", name="What it already thinks it will be").check()
    expect(page).to_have_url(re.compile("guess=1"))
    assert alike(shown(scene, 5), way.guesses[0, 4])
    assert not alike(way.guesses[0, 4], way.pictures[0, 4])
    page.go_back()
    expect(scene.get_by_role("checkbox")).not_to_be_checked()
    page.go_back()
    expect(time).to_have_attribute("aria-valuetext", "t = 1.00, step 6 of 6")


@pytest.mark.usefixtures("prior")
def test_the_time_that_is_told_is_that_of_the_pictures_while_they_are_computed(page: Page):
    scene = opened(page, steps="6")
    scene.get_by_role("slider", name="Steps").press("End")  # the knob of time stays at its end
    told = frames(
        scene.locator(".time output"),
        "told => told.textContent",
        "[...seen].some(told => told.endsWith('so far')) && element.textContent === 't = 1.00'",
    )
    assert all(each.endswith(" so far") for each in told - {"t = 1.00"})


def test_a_class_or_guidance_is_followed_by_its_way(page: Page, prior: FittedPrior):
    scene = opened(page, steps="4")
    expect(page).to_have_url(re.compile("draw=1&draw-me=each"))  # before the first touch
    scene.get_by_role("radio", name="square").check(force=True)
    page.locator("[data-picture=from-noise][data-version*='[1,1,1']").wait_for()
    way = expected(prior, 1, (1,) * 8, 2.0, 4)
    assert alike(shown(scene, 2), way.pictures[-1, 1])
    scene.get_by_role("slider", name="Guidance").press("End")
    page.locator("[data-picture=from-noise][data-version*='\"guidance\":8']").wait_for()
    assert alike(shown(scene, 2), expected(prior, 1, (1,) * 8, 8.0, 4).pictures[-1, 1])
    expect(page).to_have_url(re.compile("draw-me=square.*guidance=8"))
    wrong = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not [(each["id"], [node["html"] for node in each["nodes"]]) for each in wrong]
