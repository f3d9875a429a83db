"""What is read of trials and cards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer import models
from explorer.claims.evidence import Evidence, collect, planned, read
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from tests import claims_rows


def test_what_is_read(tmp_path: Path):
    broken = claims_rows.longer(0, (0.005,) * 3, (0.005,) * 3)[0]
    del broken["validation"]
    rows = [*claims_rows.spatial(2, 0.009), broken | {"error": "Training broke at step 7"}]
    unwatched = claims_rows.schedule(1, (0.006, 0.007))[-1]
    del unwatched["looks"], unwatched["sharpness"]
    files = [
        claims_rows.write(tmp_path / "one.json", rows),
        tmp_path / "none.json",
        claims_rows.write(tmp_path / "two.json", [unwatched]),
    ]
    evidence = Evidence(read(files))
    assert len(evidence.trials) == 4
    assert {trial["seed"] for trial in evidence.of(family="spatial_vae")} == {2}
    (cycles,) = evidence.of(beta_schedule="cyclical")
    assert (cycles["seed"], cycles["beta"], cycles.nats, cycles.looks) == (1, 0.001, 250.0, {})
    with pytest.raises(ExplorerError, match="no sharpness"):
        _ = cycles.sharp
    assert evidence.among({cycles.name}).trials == [cycles]


@pytest.mark.parametrize("text", ["[{", '[{"name": "no seed"}]', json.dumps([{"settings": {}}]), "[7]"])
def test_a_damaged_file_is_named(text: str, tmp_path: Path):
    (tmp_path / "measured.json").write_text(text)
    with pytest.raises(ExplorerError, match=r"measured\.json"):
        read([tmp_path / "measured.json"])


def test_shipped_models_are_evidence():
    cards = collect([]).models
    assert {card.title for card in cards} <= {model.title for model in models.shipped()}
    assert {card.family for card in cards} >= {"autoencoder", "residual_vae", "conditional_vae", "vq_vae"}
    assert [card.nats for card in cards if card.family == "autoencoder"] == [None]


def test_a_part_of_the_plan_is_a_comparison_too():
    trials = planned("key", {"a": TrainConfig(beta=1e-3), "b": TrainConfig(beta=1e-2)}, seeds=2)
    assert list(trials) == ["key: a, seed 0", "key: b, seed 0", "key: b, seed 1", "key: a, seed 1"]
    assert [(config.beta, config.seed) for config in trials.values()] == [(1e-3, 0), (1e-2, 0), (1e-2, 1), (1e-3, 1)]


def test_it_is_the_same_object_until_something_was_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("explorer.files.COARSE_NS", 0)  # whether models/ may be written has just been tried
    rows = claims_rows.spatial(2, 0.009)
    file = claims_rows.write(tmp_path / "rows.json", rows[:1])
    before = collect([file])
    assert collect([file]) is before
    claims_rows.write(file, rows)
    assert len(collect([file]).trials) == len(rows) > 1
