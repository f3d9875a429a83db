"""Settings: every bound of every field, JSON, and the command that repeats a run."""

from __future__ import annotations

import json
import math
import re
import shlex
from dataclasses import Field, fields, replace

import pytest

from explorer import __main__
from explorer.config import TrainConfig
from explorer.data import SOURCES
from explorer.errors import ExplorerError
from explorer.files import dumps
from explorer.presets import PRESETS

FIELDS = {f.name: f for f in fields(TrainConfig)}
NUMBERS = {name: f for name, f in FIELDS.items() if f.metadata["low"] is not None}
CHOICES = {name: f for name, f in FIELDS.items() if f.metadata["choices"]}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_field_explains_itself(field: Field):
    assert field.metadata["help"].endswith(".")
    assert field.metadata["group"]
    assert field.type == "str" or field.metadata["low"] < field.metadata["high"]


@pytest.mark.parametrize("field", NUMBERS.values(), ids=NUMBERS)
def test_bounds_are_inclusive_and_kept(field: Field):
    low, high = field.metadata["low"], field.metadata["high"]
    for allowed in (low, high):
        assert getattr(TrainConfig(**{field.name: allowed}), field.name) == allowed
    beyond = (low - 1, high + 1) if field.type == "int" else (math.nextafter(low, -math.inf), high * 1.01)
    wrong_kind = [True, "1", None] + ([1.5] if field.type == "int" else [math.nan, math.inf])
    for refused in (*beyond, *wrong_kind):
        with pytest.raises(ExplorerError) as e:
            TrainConfig(**{field.name: refused})
        assert field.name in e.value.what
        assert "number" in e.value.advice


@pytest.mark.parametrize("field", CHOICES.values(), ids=CHOICES)
def test_choices(field: Field):
    for choice in field.metadata["choices"]:
        assert getattr(TrainConfig(**{"latent_dim": 64, field.name: choice}), field.name) == choice
    with pytest.raises(ExplorerError, match=field.metadata["choices"][0]):
        TrainConfig.from_json({field.name: "nonsense"})


@pytest.mark.parametrize("family", ["autoencoder", "vq_vae"])
def test_beta_is_zero_where_it_means_nothing(family: str):
    config = TrainConfig(family=family, latent_dim=64, beta=0.1, beta_schedule="cyclical")
    assert (config.beta, config.beta_schedule, config.weighs_beta) == (0.0, "constant", False)
    assert replace(config, beta=3.0) == config


@pytest.mark.parametrize(
    ("family", "latent_dim", "allowed"), [("spatial_vae", 100, "multiple of"), ("vq_vae", 128, "")]
)
def test_cells_decide_how_many_latents_there_are(family: str, latent_dim: int, allowed: str):
    with pytest.raises(ExplorerError, match=f"latent_dim is {latent_dim}") as e:
        TrainConfig(family=family, latent_dim=latent_dim)
    assert f"{allowed} 64".strip() in e.value.advice


def test_the_help_of_a_path_names_the_sources_that_take_one():
    named = re.findall(r"\w+", FIELDS["data_path"].metadata["help"].partition(")")[0])
    assert {key for key in SOURCES if key in named} == {key for key, source in SOURCES.items() if source.takes_path}


def test_a_pass_over_some_of_the_images_is_shorter():
    assert TrainConfig(batch_size=10, epochs=3).total_steps(95) == 27
    assert TrainConfig(batch_size=10, epochs=3, train_images=45).total_steps(95) == 12
    assert TrainConfig(batch_size=10, epochs=3, train_images=450).total_steps(95) == 27


def test_whole_numbers_do_for_numbers():
    assert type(TrainConfig(beta=1).beta) is float


@pytest.mark.parametrize("name", PRESETS)
def test_json_round_trip(name: str):
    config = PRESETS[name].with_(beta=1 / 30, data_path="/a b/ü", seed=7)
    assert TrainConfig.from_json(json.loads(dumps(config.to_json()))) == config


def test_json_from_elsewhere():
    assert TrainConfig.from_json({"beta": 0.5}) == TrainConfig(beta=0.5)
    assert TrainConfig.from_json({"beta_warmup_steps": 0}) == TrainConfig()
    assert TrainConfig.from_json({"beta_warmup_steps": 9}) == TrainConfig(beta_schedule="linear", beta_steps=9)
    with pytest.raises(ExplorerError, match="colour"):
        TrainConfig.from_json({"colour": 3})


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        *(preset.settings for preset in PRESETS.values()),
        TrainConfig(source="folder", data_path="/my pictures/it's", beta=1 / 3, learning_rate=1.23456789e-5, seed=3),
    ],
)
def test_the_command_repeats_the_run(config: TrainConfig):
    """Parsed by the real parser, it yields the same settings, to the last digit."""
    words = shlex.split(config.command())
    assert words[:4] == ["python", "-m", "explorer", "train"]
    options = vars(__main__.parser().parse_args(words[3:]))
    given = {name: options[name] for name in FIELDS if options[name] is not None}
    assert TrainConfig(**given) == config


def test_presets_are_as_promised():
    notebook = PRESETS["notebook"].settings
    assert (notebook.epochs, notebook.batch_size, notebook.optimiser, notebook.learning_rate) == (
        100,
        32,
        "adamw",
        1e-3,
    )
    assert (notebook.weight_decay, notebook.grad_clip, notebook.latent_dim, notebook.beta) == (1e-5, 1.0, 128, 1e-3)
    assert (notebook.learning_rate_schedule, notebook.warmup_steps, notebook.beta_schedule) == (
        "constant",
        0,
        "constant",
    )
    assert notebook.max_steps == 0


@pytest.mark.parametrize("changes", [{"beta": 0.0}, {"beta": 1.0}, {"beta_schedule": "linear"}])
def test_every_beta_at_once_has_no_beta_of_its_own(changes: dict):
    with pytest.raises(ExplorerError, match="every beta from"):
        TrainConfig(family="conditional_vae", **changes)
