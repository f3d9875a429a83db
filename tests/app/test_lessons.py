"""Shipped lessons, step by step: each link opens what it says, and what is said of it is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import lessons, models
from explorer.lessons import Step
from explorer.nets import BETA_STOPS, nearest_stop
from explorer.ui.blur import measuring
from explorer.ui.blur.defaults import default_ids
from explorer.ui.components import read
from explorer.ui.shell import cache
from explorer.ui.shell.pages import PAGES
from explorer.ui.shell.things import THINGS
from tests.app.shown import captions, data_of, html

App = Callable[..., AppTest]
SHIPPED = [lessons.read(path, THINGS) for path in sorted(lessons.SHIPPED.glob("*.toml"))]
LESSONS = {lesson.name: lesson for lesson in SHIPPED}
STEPS = {f"{lesson.name}-{i}": step for lesson in SHIPPED for i, step in enumerate(lesson.steps, 1)}


def sent(test: AppTest) -> dict[str, Any]:
    """What components were sent, by their names."""
    return {e.proto.component_name: data_of(e) for e in test.get("bidi_component") if e.proto.json}


def things(test: AppTest) -> set[str]:
    """Names of what can be pointed at, as components/lesson.js finds them."""
    texts = [html(test), *(read(f"{name}.html") for name in sent(test))]
    named = {name for text in texts for name in re.findall(r'data-(?:thing|picture)="([^"]+)"', text)}
    ids = [getattr(block.proto, "id", "") for block in _blocks(test.main)]
    return named | {each.split("-", 2)[-1] for each in ids}  # "$$ID-HASH-KEY"


def _blocks(block: Any) -> list[Any]:
    inside = [child for child in getattr(block, "children", {}).values() if hasattr(child, "children")]
    return [each for child in inside for each in (child, *_blocks(child))]


def words(test: AppTest) -> str:
    """All that a page says outside of components."""
    told = " ".join(each.value for each in test.markdown)
    return unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", html(test), flags=re.DOTALL)) + told + captions(test)


def test_every_page_has_its_things() -> None:
    assert list(THINGS) == [page.name for page in PAGES if page.name in THINGS]
    assert {step.page for step in STEPS.values()} == set(THINGS)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_step_opens_what_its_link_says_and_points_at_something(app: App, step: Step) -> None:
    test = app(step.page, **dict(step.query))
    assert not [note.value for note in test.main.info if "link" in note.value]
    assert not test.error
    kept = {name: test.query_params[name] for name, _ in step.query if name in test.query_params}
    assert kept.items() <= dict(step.query).items()
    assert step.point in things(test)


# -- truths: what each step says, with the numbers that its page shows ------------------------------------------------


def told(name: str, number: int) -> str:
    """All that a step says, and its question, as one text."""
    step = LESSONS[name].steps[number - 1]
    asked = [step.question.ask, step.question.why] if step.question else []
    return " ".join([*step.sentences, *asked])


def says(name: str, number: int, *values: str) -> None:
    """A step says these values, each as a number of its own."""
    text = told(name, number)
    missing = [value for value in values if not re.search(rf"(?<![\d.,]){re.escape(value)}(?!\d|[.,]\d)", text)]
    assert not missing, f"{missing} in: {text}"


def opened(app: App, name: str, number: int) -> AppTest:
    step = LESSONS[name].steps[number - 1]
    return app(step.page, **dict(step.query))


def truth(name: str, number: int) -> float | str:
    question = LESSONS[name].steps[number - 1].question
    assert question
    return question.truth


VAE, NAT, BLUR = "what-a-vae-does", "price-of-a-nat", "why-is-it-blurry"


def test_what_a_vae_does_says_what_start_shows(app: App) -> None:
    shown = sent(opened(app, VAE, 1))["bottleneck"]
    first, values = shown["images"][0], shown["pixel_values"]
    says(VAE, 1, f"{values:,}", str(len(shown["order"])), f"{shown['pixel_bits']:,}")
    says(VAE, 1, f"{first['nats']:.0f}", f"{first['bits']:.0f}", f"{shown['pixel_bits'] / first['bits']:.0f}")
    assert truth(VAE, 1) == round(first["bits"])
    mean, *drawn = first["mse"]
    says(VAE, 2, f"{mean:.4f}", f"{min(drawn):.4f}", f"{max(drawn):.4f}")
    dear = sent(opened(app, VAE, 3))["bottleneck"]
    used = dear["in_use"].split()[0]
    says(VAE, 3, used, f"{dear['images'][0]['nats']:.0f}", f"{first['nats']:.0f}")
    assert truth(VAE, 3) == int(used)


def test_what_a_vae_does_says_what_compare_and_interpolate_show(app: App) -> None:
    table = words(opened(app, VAE, 4))
    mse = re.search(r"MSE\s+pixels 0 to 1\s+([\d.]+)", table)
    sharpness = re.search(r"Sharpness\s+of original\s+([\d.]+)", table)
    assert mse
    assert sharpness
    says(VAE, 4, mse[1], sharpness[1], f"{100 * float(mse[1]) ** 0.5:.1f} %")
    of_a, of_b, line, arc = re.findall(r"\d+\.\d", captions(opened(app, VAE, 5)).partition("length of the latent")[2])[
        :4
    ]
    says(VAE, 5, of_a, of_b, line, arc)
    assert truth(VAE, 5) == line


def test_what_is_said_of_every_beta_is_what_the_curve_and_the_images_show(app: App) -> None:
    shown = sent(opened(app, NAT, 1))["tradeoff"]
    stop = {beta: BETA_STOPS.index(nearest_stop(beta)) for beta in (1e-5, 0.000316, 0.001, 0.01, 0.02, 0.1)}
    nats, mse = ({beta: shown["curve"][i][k] for beta, i in stop.items()} for k in (0, 1))
    facts = {beta: shown["stops"][i]["facts"] for beta, i in stop.items()}
    lost, judge = (
        {beta: shown["numbers"][name]["words"][i][0] for beta, i in stop.items()} for name in ("lost", "gap")
    )
    calibrated = next(mark for mark in shown["marks"] if mark["label"] == "sigma\u00b2 = MSE")
    says(VAE, 6, judge[0.001].split()[0])
    says(NAT, 1, f"{nats[1e-5]:.0f}", f"{nats[1e-5] / np.log(2):.0f}", f"{1 / np.log(2):.2f}")
    fall, rise = 1 - nats[0.001] / nats[1e-5], mse[0.001] / mse[1e-5] - 1
    says(NAT, 2, f"{nats[1e-5]:.0f}", f"{nats[0.001]:.0f}", f"{100 * fall:.0f} %", f"{100 * rise:.0f} %")
    says(NAT, 2, f"{mse[1e-5]:.4f}", f"{mse[0.001]:.4f}")
    says(NAT, 3, facts[0.001]["sigma"], f"{mse[0.001] ** 0.5:.3f}", f"{calibrated['mse'] ** 0.5:.3f}")
    assert (24 / 2) * float(truth(NAT, 3)) == pytest.approx(calibrated["mse"], rel=0.02)  # sigma^2 = (D/d) beta / 2
    assert LESSONS[NAT].steps[3].query[-1] == ("at", shown["stops"][stop[0.000316]]["beta"])
    assert next(each["stop"] for each in shown["lessons"] if each["name"] == "Calibrated") == stop[0.000316]
    says(NAT, 5, f"{nats[0.01]:.0f}", facts[0.01]["sharpness"], facts[1e-5]["sharpness"], lost[0.01], lost[1e-5])
    used = [int(each["facts"]["used"].split()[0]) for each in shown["stops"]]
    says(NAT, 6, str(used[stop[0.02]]), str(used[-1]), f"{24 * 0.1:.1f}")
    assert used[stop[0.02]] >= 64 > used[stop[0.02] + 1]
    says(NAT, 7, judge[1e-5].split()[0], judge[0.1].split()[0])


@pytest.mark.usefixtures("few")
def test_what_is_said_of_rates_and_claims_is_what_cards_measured(app: App) -> None:
    linear = re.search(r"Linear VAE\*\* ([\d.]+) against ([\d.]+) at (\d+) nats", words(opened(app, NAT, 8)))
    assert linear
    says(NAT, 8, *linear.groups())
    assert 0.5 < float(linear[1]) / float(linear[2]) < 0.65
    claims = words(app("claims"))
    assert re.search(r"undecided\s+Does a schedule of beta help\?\s+\+1\.8 % \u00b1 1\.0 %", claims)
    says(NAT, 9, "1.8 %", "1.0 %", "1 %")
    blur = re.search(r"the VAE keeps ([\d.]+) of the originals' sharpness, the autoencoder ([\d.]+)\.", claims)
    assert blur
    assert re.search(r"Is a VAE blurrier than an autoencoder\?\s+\+7\.0 %", claims)
    says(BLUR, 6, *blur.groups(), "7 %")
    wide, narrow = re.findall(r"MSE ([\d.]+), rate (\d+) nats", words(opened(app, BLUR, 7)))[:2]
    says(BLUR, 7, *wide, *narrow)
    assert 3.5 < float(narrow[0]) / float(wide[0]) < 4.5
    means = re.search(r"the mean of 128 has ([\d.]+)\.", words(opened(app, BLUR, 4)))  # of fewer images here
    assert means
    assert float(means[1]) < 0.005
    says(BLUR, 4, "0.001")


def test_what_is_said_of_codes_is_what_the_page_and_a_card_show(app: App) -> None:
    nats = re.search(r"(\d+) cells, each one of (\d+) codes: (\d+) nats", captions(opened(app, BLUR, 8)))
    assert nats
    says(BLUR, 8, *nats.groups())
    coded, paid = (models.get(i).card["blur"]["sharpness"] for i in ("cifar10-vq-512", models.DEFAULT))
    says(BLUR, 8, f"{coded:.2f}", f"{paid:.2f}")
    assert truth(BLUR, 8) == round(coded, 2)


def test_what_is_said_of_blur_is_what_these_photos_show() -> None:
    st.cache_resource.clear()  # of what was measured on fewer
    ids = ("cifar10-autoencoder", models.DEFAULT)
    assert set(ids) <= set(default_ids(models.list_models()))
    free, paid = measuring.measured(cache.image_set("photos"), [models.get(i) for i in ids])
    says(BLUR, 1, f"{free['sharpness']:.3f}", f"{paid['sharpness']:.3f}")
    half = paid["half_power"]
    assert half is not None
    says(BLUR, 3, f"{half:.3f}", f"{1 / half:.1f}")
    assert truth(BLUR, 3) == round(half, 3)
    assert truth(BLUR, 1) == round(100 * (free["sharpness"] or 0))
