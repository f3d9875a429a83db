"""Titles: they say what a run is, its beta is the run's, and no two are alike."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from explorer import models, runs
from explorer.config import TrainConfig
from explorer.presets import PRESETS
from explorer.runs import Run
from explorer.runs.rows import Full
from explorer.runs.titles import TITLE_LENGTH, beta_words, shown, title_of, told_apart
from explorer.ui.charts import rate_distortion
from tests.rows import change, measured

QUICK = PRESETS["quick"].settings


def started(config: TrainConfig = QUICK, title: str = "") -> Run:
    return runs.create(config, title or runs.named(config))


@pytest.mark.parametrize(
    ("config", "title"),
    [
        (QUICK, "Quick look, beta 0.001"),
        (replace(QUICK, source="folder", data_path="/somewhere"), "Quick look, beta 0.001"),
        (replace(QUICK, beta=0.02), "Quick look, beta 0.02"),
        (replace(QUICK, beta=0.02, latent_dim=16, seed=3), "Quick look, latent dim 16, seed 3, beta 0.02"),
        (
            replace(QUICK, latent_dim=16, batch_size=4, learning_rate=5e-4, grad_clip=2.0, seed=3),
            "Quick look, latent dim 16, batch size 4, 3 other settings, beta 0.001",
        ),
        (replace(QUICK, epochs=8, max_steps=0), "Standard, beta 0.001"),
        (replace(QUICK, start_from="cifar10-beta-1e-3"), "Quick look, from cifar10-beta-1e-3, beta 0.001"),
        (TrainConfig(family="linear_vae", epochs=3, seed=7), "Linear VAE, beta 0.001"),
        (PRESETS["vq"].with_(codebook_size=32), "VQ-VAE, codebook size 32"),
    ],
)
def test_a_title_names_what_differs_from_the_preset(config: TrainConfig, title: str):
    assert title_of(config) == title


def test_a_title_is_never_too_long():
    config = replace(QUICK, start_from="m" * 64, learning_rate=1.23456e-5, muon_learning_rate=1.23456e-5)
    assert len(title_of(config)) <= TITLE_LENGTH


@pytest.mark.parametrize(
    ("betas", "words"),
    [
        ([], "beta 0.001"),
        ([0.02], "beta 0.001, then 0.02"),
        ([0.02, 0.1], "beta 0.001, then 0.02, then 0.1"),
        ([0.001, 0.02, 0.02], "beta 0.001, then 0.02"),
        ([0.02, 0.1, 0.5, 1.0], "beta 0.001, then 3 others, then 1"),
    ],
)
def test_a_title_says_what_beta_became(betas: list[float], words: str):
    run = started()
    for step, beta in enumerate(betas):
        run.append_metrics(change(step, "beta", beta))
        run.append_metrics(change(step, "learning_rate", 0.5))
    assert run.title == f"Quick look, {words}"


def test_a_beta_that_held_for_no_step_is_in_no_title():
    run = started()
    for beta in (0.002, 0.005, 0.01):
        run.append_metrics(change(13, "beta", beta))
    assert run.title == "Quick look, beta 0.001, then 0.01"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beta_schedule": "controller", "target_nats": 50.0}, "beta by controller, 50 nats"),
        ({"beta_schedule": "calibrated"}, "beta by calibrated"),
        ({"beta_schedule": "cyclical"}, "beta 0.001 (cyclical)"),
        ({"beta_schedule": "free bits"}, "beta 0.001 (free bits, 200 nats)"),
        ({"family": "conditional_vae"}, ""),
        ({"family": "autoencoder"}, ""),
    ],
)
def test_a_beta_that_moves_by_itself_is_no_number(changes: dict, words: str):
    config = replace(QUICK, **changes)
    assert beta_words(config, []) == words
    without = "Mine" if config.weighs_beta else "Mine, beta 0.001"  # somebody has a reason to say so of an autoencoder
    assert shown("Mine, beta 0.001", config, []) == (f"Mine, {words}" if words else without)


def test_runs_alike_are_told_apart():
    first, second, third = (started() for _ in range(3))
    assert [run.title for run in (first, second, third)] == [
        "Quick look, beta 0.001",
        "Quick look, beta 0.001 (2)",
        "Quick look, beta 0.001 (3)",
    ]
    second.append_metrics(change(1, "beta", 0.02))
    assert second.title == "Quick look, beta 0.001, then 0.02"
    assert third.title == "Quick look, beta 0.001 (2)"
    assert runs.list_titles() == {run.id: run.title for run in runs.list_runs()}
    assert told_apart({"a": "x", "b": "x (2)", "c": "x"}) == {"a": "x", "b": "x (2)", "c": "x (3)"}


def test_a_person_s_title_goes_on_with_what_beta_becomes():
    run, other = started(), started(title="Mine")
    run.append_metrics(change(1, "beta", 0.02))
    run.rename("Ours, beta 0.001, then 0.02")
    run.append_metrics(change(2, "beta", 0.1))
    assert run.title == "Ours, beta 0.001, then 0.02, then 0.1"
    run.rename("Mine")
    run.append_metrics(change(3, "beta", 0.2))
    assert (run.title, other.title) == ("Mine", "Mine (2)")
    other.rename("Mine (2)")  # left as it was
    assert other.title == "Mine (2)"
    run.rename("Other")
    assert other.title == "Mine"


def test_a_branch_is_named_by_what_differs_from_its_parent():
    parent = started()
    parent.append_metrics(change(3, "learning_rate", 0.5))
    parent.weights_path(5).parent.mkdir()
    parent.weights_path(5).touch()
    config = replace(parent.config, start_from=f"{parent.id}@5", learning_rate=0.5, beta=0.1)
    assert runs.named(config) == "Branch, beta 0.1"
    assert runs.named(replace(config, learning_rate=1e-4, seed=2)) == "Branch, learning rate 0.0001, seed 2, beta 0.1"


def test_titles_of_old_are_found():
    """Links held titles before they held ids, and those were not what they are now."""
    run = started(title="Own settings, beta 0.001")
    run.append_metrics(change(1, "beta", 0.02))
    assert runs.titled("Own settings, beta 0.001") == run == runs.titled(run.title)
    run.rename("Mine")
    assert runs.titled("Own settings, beta 0.001") == run == runs.titled("Mine")
    assert runs.titled("nothing") is None


@pytest.mark.parametrize("text", ["{}", '{"title": 3}', "["])
def test_a_damaged_title_gives_way_to_the_one_before(text: str):
    run = started(title="First")
    (run.path / "title.json").write_text(text)
    assert run.title == "First"
    (run.path / "config.json").write_text(json.dumps({"title": ["x"]}))
    assert run.title == run.id


def test_models_and_dots_have_the_same_title(run: Run):
    """The kept model is called anew when another run makes its title ambiguous, or beta has changed."""
    older = started(title="Alike")
    assert older.title == "Alike"
    run.rename("Alike")
    both = {run.id: "Alike", older.id: "Alike (2)"} if run.id < older.id else {older.id: "Alike", run.id: "Alike (2)"}
    assert runs.list_titles() == both
    for each in (run, older):
        each.append_metrics(measured(Full, 3))
    assert {dot.id: dot.title for dot in rate_distortion.dots() if dot.id in both} == both
    assert all(model.title == both[model.id] for model in models.list_models() if not model.shipped)
