"""What is said of what papers report, and how a card keeps it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from explorer.analysis.likelihood import record, words
from explorer.analysis.likelihood.calibration import NOMINAL
from explorer.analysis.likelihood.record import Decoder, Reported, Split, Weighted
from explorer.errors import ExplorerError
from explorer.nets import FAMILIES
from explorer.records import Record

BIT = 3072 * math.log(2)  # nats an image, of one bit a dimension
FOUND = Reported(
    split="test",
    images=2_000,
    fitted_on=1_000,
    rate=0.5 * BIT,
    rates={"mixture": 0.25 * BIT},
    decoders={
        "trained": Decoder(20 / 255, 6 * BIT, 0.01, list(NOMINAL)),
        "one": Decoder(10 / 255, 5 * BIT, 0.02, [share**0.5 for share in NOMINAL]),
    },
    weighted=Weighted(20, [1, 500], [0.0, 0.125 * BIT], [0.0, 3.0], exact=0.2 * BIT),
    parts=Split(2_000, 1_000.0, 7.0, 900.0, 93.0),
    in_use=100,
    active=120,
)


def test_every_bound_has_a_rung_and_the_lowest_is_the_headline():
    assert [(name, round(bits, 9)) for name, bits, _ in words.rungs(FOUND)] == [
        ("sigma of beta", 6.5),
        ("best sigma", 5.5),
        ("best sigma, 500 samples", 5.375),
        ("best sigma, Gaussian mixture", 5.25),
    ]
    assert FOUND.best == pytest.approx(5.25)
    assert "A VAE: at most 5.25 bits a dimension" in words.headline("A VAE", FOUND)
    assert "5.500 ± 0.020 over 2,000 test images" in words.headline("A VAE", FOUND)


def test_each_number_is_said_with_what_it_is_held_against():
    assert "gain 266.2 ± 3.0 nats over one, 0.125 bits a dimension (20 images)" in words.gain(FOUND)
    assert "ln p(x), known of a linear VAE, is 425.9 nats above" in words.gain(FOUND)
    assert "known of a linear VAE" not in words.gain(replace(FOUND, weighted=Weighted(20, [1], [0.0], [0.0])))
    assert words.use(FOUND, 128).startswith("100 of 128 dimensions in use")
    assert "120 of 128 units active" in words.use(FOUND, 128)
    assert "Sigma of beta (20 levels): 68 and 95 %; best sigma (10 levels): 83 and 98 %" in words.calibrated(FOUND)
    assert "an error of 10 levels of 255" in words.where_a_gaussian_looks_bad(FOUND)
    assert "pays 5.00 bits" in words.where_a_gaussian_looks_bad(FOUND)


def test_only_points_have_no_likelihood():
    assert [key for key, family in FAMILIES.items() if words.why_none(family)] == ["autoencoder"]


def test_a_card_keeps_it():
    kept = FOUND.to_json()
    assert record.read(Record(kept, "a card")).to_json() == kept
    assert record.read(Record(kept, "a card")).bits("one") == pytest.approx(FOUND.bits("one"), rel=1e-4)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ({"decoders": {}}, "decoders"),
        ({"weighted": FOUND.to_json()["weighted"] | {"samples": [500, 1]}}, "samples"),
        ({"decoders": {"one": {"nats": 1.0, "coverage": [0.5]}}}, "coverage"),
        ({"split": "all"}, "split"),
        ({"rate": -1.0}, "rate"),
    ],
)
def test_a_damaged_card_is_refused(damage: dict, what: str):
    with pytest.raises(ExplorerError, match=what):
        record.read(Record(FOUND.to_json() | damage, "a card"))
