"""What an interpolation shows, in words."""

from __future__ import annotations

import pytest

from explorer.analysis.interpolation_words import latent_lengths
from explorer.nets import FAMILIES

LINE, ARC = (9.0, 7.0, 6.04, 7.5, 11.0), (9.0, 9.5, 10.06, 10.5, 11.0)


def test_lengths_of_the_ends_and_half_way():
    words = latent_lengths(LINE, ARC, 64, FAMILIES["conv_vae"])
    assert "9.0 for A, 11.0 for B" in words
    assert "Half way it is 6.0 on the straight line" in words
    assert "and 10.1 on the arc" in words


@pytest.mark.parametrize(("latent_dim", "length"), [(64, "8.0"), (128, "11.3")])
def test_the_prior_has_a_length_of_its_own(latent_dim: int, length: str):
    assert f"prior has about {length}" in latent_lengths(LINE, ARC, latent_dim, FAMILIES["conv_vae"])


def test_an_autoencoder_has_no_prior():
    words = latent_lengths(LINE, ARC, 64, FAMILIES["autoencoder"])
    assert "There is no prior" in words
    assert "8.0" not in words


def test_codes_jump():
    words = latent_lengths(LINE, ARC, 64, FAMILIES["vq_vae"])
    assert "then jumps" in words
    assert "all 64 code vectors" in words
    assert "Half way" not in words


@pytest.mark.parametrize("family", ["conv_vae", "autoencoder", "vq_vae"])
def test_the_cross_fade_is_told_of_with_every_family(family: str):
    assert latent_lengths(LINE, ARC, 64, FAMILIES[family]).endswith("as ghosts.")
