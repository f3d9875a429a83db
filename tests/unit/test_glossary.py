"""What is said of words is what is computed."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from explorer import glossary, units
from explorer.analysis.measures import MEASURES, Reconstruction
from explorer.glossary import TERMS


def test_every_word_of_the_trade_has_an_entry() -> None:
    assert [term.word for term in TERMS.values()] == [
        "nat", "KL", "sigma", "rate", "PSNR", "SSIM", "latent", "prior", "posterior", "aggregate posterior",
        "guidance", "guess",
    ]  # fmt: skip


@pytest.mark.parametrize("key", TERMS)
def test_an_entry_is_two_sentences_with_a_number_of_the_screen(key: str) -> None:
    term = TERMS[key]
    slots = set(re.findall(r"\{(\w+)\}", term.template()))
    assert slots
    said = term.says(**dict.fromkeys(slots, "123"))
    assert "123" in said
    assert "{" not in said
    assert term.pattern.search(said)  # it says what it explains
    assert len(re.findall(r"[.] [A-Z0-9]|[.]$", said)) == 2
    assert len(said) < 230


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("nat", "183 nats (264 bits)", "nats"),
        ("nat", "an alternative", None),
        ("rate", "Rate and distortion", "Rate"),
        ("rate", "the learning rate", None),
        ("rate", "Learning rate and rate", "rate"),
        ("prior", "z from N(0, 1)", "N(0, 1)"),
        ("posterior", "drawn from q(z | x)", "q(z | x)"),
        ("posterior", "an aggregate posterior", None),
        ("aggregate", "an aggregate posterior", "aggregate posterior"),
        ("latent", "spatial latents", "latents"),
        ("kl", "KL-term", "KL"),
    ],
)
def test_words_are_found_as_they_stand(key: str, text: str, found: str | None) -> None:
    match = TERMS[key].pattern.search(text)
    assert (match and match.group()) == found


def test_nats_and_bits_are_those_of_units() -> None:
    said = TERMS["nat"].says(**glossary.in_nats(312.4))
    assert said.endswith("312 nats are 451 bits.")
    assert round(units.nats_to_bits(312.4)) == 451
    assert f"1 nat is {1 / math.log(2):.2f} bits" in said
    assert (
        TERMS["rate"]
        .says(**glossary.in_nats(312.4))
        .endswith(f"Here it is 312 nats (451 bits) an image; the pixels as they are take {3 * 32 * 32 * 8:,} bits.")
    )


def test_sigma_is_that_of_units() -> None:
    said = TERMS["sigma"].says(**glossary.of_noise(1e-3, 128))
    assert said.endswith("At beta 0.001 it is 0.110 on a scale of 0 to 1, which is 27.9 of 255 levels.")


def test_six_decibels_more_are_half_as_far_off() -> None:
    x, off = np.zeros((1, 3, 32, 32), np.float32), MEASURES["psnr"]
    far, half = (
        off.of_all(Reconstruction(x, x + error, np.zeros((1, 2), np.float32))) or math.nan for error in (0.1, 0.05)
    )
    assert half - far == pytest.approx(6, abs=0.05)
    assert "6 dB more is half as far off" in TERMS["psnr"].meaning


def test_the_same_picture_has_an_ssim_of_one() -> None:
    x = np.random.default_rng(0).random((1, 3, 32, 32), np.float32)
    assert MEASURES["ssim"].of_all(Reconstruction(x, x, np.zeros((1, 2), np.float32))) == pytest.approx(1)


def test_a_kl_of_zero_is_that_of_the_prior() -> None:
    import torch

    from explorer.nets.gaussian import DiagonalGaussian

    prior = DiagonalGaussian(torch.zeros(1, 4), torch.zeros(1, 4))
    assert prior.kl().sum() == 0
