"""The loop in this process, on a handful of pictures: what it writes, how it resumes, how it fails."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from explorer import checkpoints, models, nets, places, runs
from explorer.analysis.evaluation import evaluate, evaluate_split
from explorer.analysis.health import health
from explorer.config import TrainConfig
from explorer.data import load_image_set
from explorer.errors import ExplorerError
from explorer.export import export
from explorer.nets.base import Net
from explorer.nets.conditional import ConditionalVAE
from explorer.objective import Objective, objective
from explorer.pixels import to_float
from explorer.runs import Run, Status
from explorer.runs.rows import Resumed
from explorer.training import process, recorder, writer
from explorer.training.endings import DivergedError
from explorer.training.kinds import begin
from explorer.training.loop import run_training
from explorer.training.setup import Training
from explorer.training.writer import Writer
from explorer.ui.charts import rate_distortion
from explorer.ui.feeds.training import describe
from explorer.units import beta_text, calibrated_beta
from tests.systems import as_nobody, as_root, refusing, windows
from tests.unit.training.trained import train, weights

STEPS = 6  # four steps make an epoch of 16 pictures


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def make(pictures: Path) -> Callable[..., Run]:
    def make_run(**changes) -> Run:
        settings: dict[str, Any] = {
            "latent_dim": 4,
            "channels": 32,  # a third: it takes 0.2 s of a core in place of 0.5
            "batch_size": 4,
            "max_steps": STEPS,
            "epochs": 1000,
            "data_path": str(pictures),
            "precision": "float32",  # a trial may choose now this, now that
        }
        return process.create(TrainConfig(source="folder", **(settings | changes)), "Test")

    return make_run


def test_what_a_run_leaves(make: Callable[..., Run]):
    run = train(make(learning_rate_schedule="linear", warmup_steps=2, beta_schedule="linear", beta_steps=4))
    status = run.status()
    assert (status.state, status.step, status.total_steps, status.steps_per_epoch) == ("finished", STEPS, STEPS, 4)
    assert status.images_per_s > 0
    assert run.environment["counts"] == {"train": 16, "validation": 2, "test": 2}

    metrics = run.metrics()
    assert [row.step for row in metrics.full] == [4, STEPS]
    assert {row.kind for row in metrics.rows} == {"train", "subset", "full"}
    for row in [*metrics.train, *metrics.subset, *metrics.full]:
        wanted = {"kind", "step", "epoch", "time", "beta", "learning_rate", "recon", "kl", "total"}
        more = {"grad_norm"} if row.kind == "train" else {"active_units", "kl_median"}
        assert row.to_json().keys() == wanted | more
        assert row.total == pytest.approx(row.recon + row.beta * row.kl)
        assert row.epoch == row.step / 4
    first, last = metrics.train[0], metrics.full[-1]
    assert (first.step, first.beta, first.learning_rate) == (1, 0.001 / 4, 0.001 / 2)
    assert metrics.rows[0] == first
    assert metrics.rows[-1] == last
    assert last.beta == 0.001
    assert last.learning_rate == pytest.approx(0.001 / STEPS)
    assert run.summary() == run.summarised()
    assert (run.summary().full, run.summary().rows) == (last, len(metrics.rows))

    assert {0, STEPS} <= set(run.preview_steps())
    for path in (run.originals_path, run.preview_path(STEPS)):
        with Image.open(path) as strip:
            assert strip.size == (2 * 32, 32)  # two pictures validate
    step, full = STEPS, {k: getattr(last, k) for k in ("recon", "kl", "total")}
    model = models.get(run.id)
    assert (model.step, model.measured, model.title) == (step, {"validation": full}, "Test")


def test_a_watched_run_comes_to_the_same_weights(make: Callable[..., Run]):
    """Whoever watches may measure: what it does with the net changes nothing."""
    seen = []

    def watch(training: Training) -> None:
        seen.append((training.step, training.stepping_s))
        assert isinstance(training.net, Net)
        evaluate(training.net, iter([to_float(training.images.images[:4])]))

    run, alone = make(), train(make())
    run_training(run, run.status(), watch=watch)
    assert [step for step, _ in seen] == list(range(STEPS + 1))
    assert [s for _, s in seen] == sorted({s for _, s in seen})  # from none, ever more
    assert [row.step for row in run.metrics().full] == [STEPS]
    assert all(torch.equal(weights(run)[name], value) for name, value in weights(alone).items())


@pytest.mark.parametrize("schedule", ["controller", "calibrated", "capacity", "free bits", "cyclical"])
def test_schedules_of_beta_go_on_where_they_were(make: Callable[..., Run], schedule: str):
    settings = {"beta_schedule": schedule, "target_nats": 2.0}
    whole, cut = train(make(**settings)), train(make(**settings), stop_after=3)
    train(cut)
    final = [run.metrics().full[-1] for run in (whole, cut)]
    assert final[0].beta == final[1].beta
    assert final[0].total == pytest.approx(final[1].total)
    moves = final[0].beta != 0.001
    assert moves == (schedule in ("controller", "calibrated"))


@pytest.mark.parametrize("schedule", ["controller", "calibrated"])
def test_a_checkpoint_of_the_former_form_goes_on(make: Callable[..., Run], schedule: str):
    """Its metadata held the states of all schedules that listen, side by side."""
    settings = {"beta_schedule": schedule, "target_nats": 2.0}
    whole, cut = train(make(**settings)), train(make(**settings), stop_after=3)
    (checkpoint,) = checkpoints.list_checkpoints(cut.path / "checkpoints")
    for path in checkpoint.iterdir():
        with safe_open(path, "pt") as file:
            metadata = json.loads(file.metadata()["explorer"])
        state, idle = metadata.pop("schedule"), {"integral": 0.0, "output": 0.0, "smoothed": 0.0}
        listening = schedule == "controller"
        metadata |= {"controller": state if listening else idle, "calibration": {"mse": 0.0} if listening else state}
        save_file(load_file(path), path, {"explorer": json.dumps(metadata)})
    train(cut)
    assert cut.metrics().full[-1].beta == whole.metrics().full[-1].beta != 0.001


@pytest.mark.parametrize("schedule", ["linear", "cyclical", "controller", "calibrated"])
@pytest.mark.parametrize("stop_after", [3, None])
def test_all_say_the_beta_in_force_at_the_checkpoint(make: Callable[..., Run], schedule: str, stop_after: int | None):
    """The legend's (that of the last row), the list's, the model's, the dot's and the file's are one number."""
    run = make(beta_schedule=schedule, beta_steps=5, target_nats=2.0)
    run.update_control(beta=0.002)
    train(run, stop_after)
    (model,) = (model for model in models.list_models() if not model.shipped)
    last = run.metrics().train[-1]
    assert last.step == model.step == (stop_after or STEPS)
    assert {run.beta, model.beta} == {last.beta}
    assert last.beta != 0.002 or schedule in ("linear", "cyclical")
    assert f"beta {beta_text(last.beta)}" in describe(run)
    assert checkpoints.load_weights(model.weights)[1]["beta"] == last.beta
    if stop_after is None:
        (dot,) = (dot for dot in rate_distortion.dots() if dot.id == run.id)
        assert dot.beta == last.beta


def test_a_card_says_the_beta_in_force(make: Callable[..., Run], shelf: Path):
    run = train(make(beta_schedule="calibrated"))
    card = json.loads(export(run, "calibrated").read_text())
    last = run.metrics().train[-1]
    assert card["beta"] == last.beta != 0.001
    for means in card["measured"].values():
        assert means["total"] == pytest.approx(means["recon"] + last.beta * means["kl"])


def test_a_conditional_run_is_measured_at_several_betas(make: Callable[..., Run]):
    run = train(make(family="conditional_vae", beta=0.01))
    metrics = run.metrics()
    found = {row.beta: row for row in metrics.at if row.step == metrics.rows[0].step}
    assert tuple(found) == ConditionalVAE.watched_betas
    nats = [found[beta].kl for beta in ConditionalVAE.watched_betas]
    assert nats == sorted(nats, reverse=True)
    for beta, row in found.items():
        assert row.total == pytest.approx(row.recon + beta * row.kl)
    assert {row.beta for row in run.summary().at} == set(ConditionalVAE.watched_betas)
    whole = metrics.full[-1]
    assert whole.beta == 0.01
    model = models.get(run.id)
    images = load_image_set(run.config.source, run.config.data_path)
    net = models.load_model(model).at(model.beta)
    assert evaluate_split(net, images, "validation", 0.01)["recon"] == pytest.approx(whole.recon)


def test_an_autoencoder_has_no_rate(make: Callable[..., Run]):
    run = train(make(family="autoencoder"))
    metrics = run.metrics()
    for row in (metrics.train[0], metrics.subset[0], metrics.full[0]):
        assert np.isnan(row.kl)
        assert (row.beta, row.total) == (0, row.recon)
    assert run.latent_use == {}
    model = models.get(run.id)
    assert model.measured["validation"]["kl"] == np.inf
    assert "not a number" not in health(metrics, run.status()).sentence


def test_the_use_of_codes_is_measured(make: Callable[..., Run]):
    run = train(make(family="vq_vae", latent_dim=64, codebook_size=8))
    metrics = run.metrics()
    for row in (metrics.subset[0], metrics.full[0]):
        assert row.kl == pytest.approx(np.log(8))
        assert row.perplexity is not None
        assert row.codes_used is not None
        assert 1 <= row.perplexity <= row.codes_used <= 8
    assert all(row.commitment and row.commitment > 0 for row in metrics.train)
    counts = run.latent_use["code_counts"]
    assert sum(counts) == 2 * 64
    assert len(counts) == 8


def test_some_of_the_training_images(make: Callable[..., Run]):
    """The same ones in every run, whatever its seed; more than there are is all."""
    few = [begin(make(train_images=5, seed=seed)) for seed in (0, 1)]
    assert len(few[0].train_indices) == 5
    np.testing.assert_array_equal(few[0].train_indices, few[1].train_indices)
    everything = begin(make(train_images=1000))
    np.testing.assert_array_equal(everything.train_indices, everything.images.indices("train"))
    assert set(few[0].train_indices) < set(everything.train_indices)


def test_half_of_the_passes_see_an_image_flipped(make: Callable[..., Run]):
    """Left to right, the same ones whenever a step is asked for; in the order that they have without."""
    as_they_are, flipping, again = (begin(make(flips=flips)) for flips in ("none", "horizontal", "horizontal"))
    seen = []
    for step in (7, 0, *range(100)):
        for training in (as_they_are, flipping, again):
            training.step = step
        plain, x, repeated = (training.batch() for training in (as_they_are, flipping, again))
        assert torch.equal(x, repeated)
        for image, shown in zip(plain, x, strict=True):
            assert torch.equal(shown, image) or torch.equal(shown, image.flip(-1))
            seen.append(torch.equal(shown, image))
    assert 0.4 < np.mean(seen) < 0.6


def test_a_calibrated_step_is_sigma_vaes():
    """Its gradient is a multiple of that of D/2 ln MSE + KL."""
    net = nets.build("conv_vae", 4)
    x = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))

    def gradient(loss: Callable[[Objective], torch.Tensor]) -> torch.Tensor:
        x_hat, posterior = net(x, torch.Generator().manual_seed(1))
        terms = objective(x, x_hat, posterior, 0.0)
        return torch.cat([g.flatten() for g in torch.autograd.grad(loss(terms), list(net.parameters()))])

    theirs = gradient(lambda terms: 3072 / 2 * terms.recon.log() + 4 * terms.kl)
    ours = gradient(lambda terms: terms.recon + calibrated_beta(terms.recon.item(), 4) * terms.kl)
    torch.testing.assert_close(ours / ours.norm(), theirs / theirs.norm())


@pytest.mark.parametrize("norm", ["group", "none"])
def test_a_net_keeps_its_norm(make: Callable[..., Run], norm: str):
    run = train(make(norm=norm))
    net = models.load_model(models.get(run.id))
    assert sum(isinstance(m, torch.nn.GroupNorm) for m in net.modules()) == (5 if norm == "group" else 0)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules())


@pytest.mark.parametrize(
    ("family", "optimiser"),
    [
        ("conv_vae", "adamw"),
        ("conv_vae", "muon"),
        ("residual_vae", "muon"),
        ("conditional_vae", "muon"),
        ("autoencoder", "muon"),
        ("spatial_vae", "muon"),
        ("vq_vae", "muon"),
    ],
)
def test_an_interrupted_run_ends_like_an_uninterrupted_one(make: Callable[..., Run], family: str, optimiser: str):
    """Same weights, same measurements, no step twice: images, noise, optimiser and schedules go on where they were."""
    settings: dict[str, Any] = {"family": family, "optimiser": optimiser, "learning_rate_schedule": "cosine"}
    if family in ("spatial_vae", "vq_vae"):
        settings |= {"latent_dim": 64, "codebook_size": 32}
    whole, cut = train(make(**settings)), train(make(**settings), stop_after=3)
    assert (cut.status().state, cut.status().step) == ("stopped", 3)
    train(cut)
    assert cut.status().state == "finished"
    expected = weights(whole)
    for name, value in weights(cut).items():
        torch.testing.assert_close(value, expected[name])
    metrics = cut.metrics()
    assert [row.step for row in metrics.of(Resumed)] == [3]
    for rows in (metrics.train, metrics.full):
        steps = [row.step for row in rows]
        assert len(steps) == len(set(steps))
    assert metrics.full[-1].total == pytest.approx(whole.metrics().full[-1].total)


def test_a_validation_cut_off_is_made_up_for(make: Callable[..., Run]):
    run = train(make(max_steps=4))
    lines = (run.path / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run.path / "metrics.jsonl").write_text("".join(line for line in lines if json.loads(line)["kind"] != "full"))
    train(run)
    assert [row.step for row in run.metrics().full] == [4]


def test_a_change_in_flight_survives_the_resume_and_is_said_once(make: Callable[..., Run]):
    run = make()
    run.update_control(beta=0.5)
    train(run, stop_after=3)
    run.update_control(stop=False)
    train(run)
    metrics = run.metrics()
    assert [(r.step, r.what, r.value) for r in metrics.changes] == [(0, "beta", 0.5)]
    assert {row.beta for row in metrics.train} == {0.5}
    assert run.summary().beta == 0.5
    assert models.get(run.id).beta == 0.5


def test_a_checkpoint_torn_by_the_disk_costs_only_the_steps_since_the_one_before(make: Callable[..., Run]):
    run = train(train(make(max_steps=8), stop_after=4), stop_after=1)
    good, newest = checkpoints.list_checkpoints(run.path / "checkpoints")
    (newest / "weights.safetensors").write_bytes(b"torn")
    assert models.get(run.id).step == 4
    models.load_model(models.get(run.id))
    train(run)
    assert run.status().state == "finished"
    assert [row.step for row in run.metrics().of(Resumed)] == [4, 4]
    assert good.name == "step_00000004"


def test_weights_to_start_from(make: Callable[..., Run]):
    first = train(make(max_steps=2))
    second = train(make(max_steps=1, start_from=first.id, learning_rate=1e-7), stop_after=0)
    expected = weights(first)
    assert all(value.equal(expected[name]) for name, value in weights(second).items())
    assert (models.get(first.id).goes_on, models.get(second.id).goes_on) == (False, True)


@pytest.mark.parametrize(("by_id", "at"), [(True, ""), (True, "@2"), (False, "")])
def test_what_weights_fix_is_not_asked_for_otherwise(make: Callable[..., Run], shelf: Path, by_id: bool, at: str):
    """Whether they are a run's, one of its checkpoints or a shipped model: before there is a folder."""
    trained = train(make(max_steps=2, norm="group"))
    export(trained, "shipped")
    name, known = f"{trained.id}{at}" if by_id else "shipped", runs.list_runs()
    with pytest.raises(
        ExplorerError, match="has latent_dim 4 and norm group, and this run asks for latent_dim 8 and"
    ) as e:
        make(latent_dim=8, start_from=name)
    assert "set latent_dim to 4 and norm to group" in e.value.advice
    with pytest.raises(ExplorerError, match="has family conv_vae, and this run asks for family residual_vae"):
        make(family="residual_vae", start_from=name)
    with pytest.raises(ExplorerError, match="no model"):
        make(start_from="nothing-like-it")
    assert runs.list_runs() == known


@pytest.mark.parametrize("steps", [(0, 2), (2, 0)])
def test_weights_may_go_on_with_another_number_of_corrections(make: Callable[..., Run], steps: tuple[int, int]):
    """Which no weight fixes, though only an encoder that corrects itself knows what for."""
    of = partial(make, family="residual_vae", latent_dim=4, max_steps=2)
    before = train(of(refinements=steps[0]))
    after = train(of(refinements=steps[1], start_from=before.id, learning_rate=1e-7))
    first, then = (models.load_model(models.get(run.id)) for run in (before, after))
    assert (first.options["refinements"], then.options["refinements"]) == steps
    assert ("sigma" in then.state_dict()) == bool(steps[1])
    torch.testing.assert_close(
        then.state_dict()["decoder.weight"], first.state_dict()["decoder.weight"], rtol=0, atol=1e-5
    )


def test_what_weights_do_not_fix_may_change(make: Callable[..., Run]):
    """The commitment weighs a term of the objective."""
    parent = train(make(family="vq_vae", latent_dim=64, commitment=0.25, max_steps=2))
    branch = train(make(family="vq_vae", latent_dim=64, commitment=4.0, max_steps=1, start_from=parent.id))
    before, after = (run.metrics().train[-1].commitment for run in (parent, branch))
    assert before
    assert after
    assert after > 5 * before


def test_a_run_keeps_the_shipped_weights_that_it_starts_from(make: Callable[..., Run], shelf: Path):
    export(train(make(max_steps=2)), "shipped")
    expected = models.load_model(models.get("shipped")).state_dict()
    run = make(start_from="shipped", max_steps=2)
    assert run.start_path.read_bytes() == (shelf / "shipped.safetensors").read_bytes()
    assert run.branch is None
    for path in shelf.iterdir():
        path.unlink()
    train(run, stop_after=0)
    assert all(value.equal(expected[name]) for name, value in weights(run).items())


def test_a_former_folder_without_the_shipped_weights_takes_them_along(make: Callable[..., Run], shelf: Path):
    """As it was left by a kill before its first checkpoint."""
    export(train(make(max_steps=2)), "shipped")
    run = make(start_from="shipped")
    run.start_path.unlink()
    run.write_status(Status("failed"))
    process.ask_again(run)
    assert run.start_path.read_bytes() == (shelf / "shipped.safetensors").read_bytes()
    assert run.status().state == "starting"


def test_branches_outlive_what_they_stem_from(make: Callable[..., Run]):
    """From any kept checkpoint; with the parent thinned or deleted before the branch trains, or after."""
    parent = train(train(make(), stop_after=2))
    assert parent.checkpoint_steps() == [2, STEPS]
    expected = checkpoints.load_weights(parent.weights_path(2))[0].state_dict()
    waiting, started = (make(start_from=f"{parent.id}@2", beta=0.5, max_steps=2) for _ in range(2))
    train(started, stop_after=1)
    parent.delete()
    assert train(started).status().state == "finished"
    train(waiting, stop_after=0)
    assert all(value.equal(expected[name]) for name, value in weights(waiting).items())
    assert train(waiting).status().state == "finished"
    assert waiting.metrics().train[0].step == 1

    grandchild = make(start_from=f"{waiting.id}@0")
    grandchild.start_path.write_bytes(b"torn")
    with pytest.raises(ExplorerError, match=r"start\.safetensors is missing or damaged"):
        train(grandchild)


def test_a_run_with_nothing_to_resume_from_begins_anew(make: Callable[..., Run]):
    """Weights alone, which older checkpoints keep, don't make the same run go on."""
    run = train(train(train(make(max_steps=4), stop_after=1), stop_after=1), stop_after=1)
    steps = run.checkpoint_steps()
    assert steps == [1, 2, 3]
    for step in steps[1:]:
        os.truncate(run.weights_path(step), 1000)
    train(run)
    assert run.checkpoint_steps() == [4]
    assert run.metrics().of(Resumed)[-1].step == -1


def test_what_is_not_a_number_ends_the_run_at_once(make: Callable[..., Run]):
    """Weights whose mu is 1e20: finite, but its square is not."""
    seed = train(make(max_steps=1))
    newest = checkpoints.latest_readable(seed.path / "checkpoints")
    assert newest
    net, metadata = checkpoints.load_weights(newest / "weights.safetensors")
    torch.nn.init.constant_(net.get_parameter("encoder.10.bias"), 1e20)
    checkpoints.save_weights(newest / "weights.safetensors", net, metadata)

    run = make(start_from=seed.id)
    with pytest.raises(DivergedError, match=r"step 1: reconstruction .*, KL inf nats a dimension, gradient norm"):
        train(run)
    status = run.status()
    assert (status.state, status.step) == ("failed", 0)
    assert health(run.metrics(), status).level == "bad"
    assert not checkpoints.list_checkpoints(run.path / "checkpoints")


def test_a_single_step_is_seen_before_anything_is_measured(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """Its row, picture and number; the end of an epoch is measured only once the run goes on."""
    run = make()
    run.update_control(paused=True)
    measured_at: list[int] = []
    measure = Writer.subset

    def seen(writer: Writer) -> None:
        step = writer.training.step
        if run.control().paused:
            assert (run.status().step, run.preview_steps()[-1], run.metrics().train[-1].step) == (step, step, step)
        measured_at.append(step)
        measure(writer)

    monkeypatch.setattr(Writer, "subset", seen)
    for name, value in (("SUBSET_EVERY_S", 0.0), ("WATCHING_SHARE", 1e9)):  # measure after each step
        monkeypatch.setattr(recorder, name, value)

    def person() -> bool:
        status = run.status()
        if status.state == "paused" and run.control().single_steps == status.step < 4:
            run.ask_single_step()
        elif run.control().paused and status.step == 4:
            assert not run.metrics().full
            run.update_control(paused=False)
        return False

    run_training(run, run.status(), stop_asked=person)
    assert measured_at[:4] == [1, 2, 3, 4]
    assert [row.step for row in run.metrics().train][:4] == [1, 2, 3, 4]
    assert [row.step for row in run.metrics().full] == [4, STEPS]


def test_changed_images_are_noticed(make: Callable[..., Run], pictures: Path, tmp_path: Path):
    folder = tmp_path / "mine"
    shutil.copytree(pictures, folder)
    run = train(make(data_path=str(folder)), stop_after=1)
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(folder / "00.png")
    with pytest.raises(ExplorerError, match="has changed since this run began"):
        train(run)
    status = run.status()
    assert status.state == "failed"
    assert "Put the same images back" in str(status.error)
    shutil.copy(pictures / "00.png", folder / "00.png")
    assert train(run).status().state == "finished"


def test_missing_images_are_said(make: Callable[..., Run], tmp_path: Path):
    run = make(data_path=str(tmp_path / "nowhere"))
    with pytest.raises(ExplorerError):
        train(run)
    assert "nowhere" in str(run.status().error)


def test_a_folder_gone_ends_the_run(make: Callable[..., Run]):
    run = make()

    def pull_away() -> bool:
        shutil.rmtree(run.path)
        return False

    with pytest.raises(FileNotFoundError):  # which the process explains
        run_training(run, run.status(), stop_asked=pull_away)
    assert not run.path.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
def test_a_full_disk_is_said(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    run = make()
    monkeypatch.setattr(secrets, "token_hex", lambda size: "x")  # as which the picture is written, before its name
    run.originals_path.with_name(f".originals.png.{os.getpid()}-x").symlink_to("/dev/full")
    with pytest.raises(ExplorerError, match="disk is full"):
        train(run)
    assert run.status().state == "failed"
    assert "Free some space" in str(run.status().error)


def test_what_is_asked_while_a_run_starts_takes_effect(make: Callable[..., Run]):
    """Paused before its first step, with a single step on top; after a resume, single steps count anew."""
    run = make()
    for _ in range(2):
        run.ask_single_step()
        steps_before = run.status().step

        def paused_after_one(taken: int = steps_before + 1) -> bool:
            status = run.status()
            return (status.state, status.step) == ("paused", taken) or status.step > taken

        run_training(run, run.status(), stop_asked=paused_after_one)
        assert (run.status().state, run.status().step) == ("stopped", steps_before + 1)
        process.ask_again(run)
    assert run.control().single_steps == 0


def test_what_is_kept_can_be_looked_at(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """Every kept step has its pictures, however few others have them."""
    monkeypatch.setattr(recorder, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(recorder, "FIRST_CHECKPOINT_S", 0.0)
    monkeypatch.setattr(recorder, "PREVIEW_EVERY_S", 1000.0)
    monkeypatch.setattr(recorder, "FIRST_STEPS", 0)
    monkeypatch.setattr(writer, "MAX_PREVIEWS", 2)
    run = train(make())
    assert set(run.checkpoint_steps()) <= set(run.preview_steps())
    assert len(run.checkpoint_steps()) > 3


def test_a_run_on_windows(make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch):
    """Where folders can't be opened to flush them, and what a page or a virus scanner looks at can't be replaced."""
    refused = windows(monkeypatch)
    monkeypatch.setattr(recorder, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(recorder, "FIRST_CHECKPOINT_S", 0.0)
    monkeypatch.setattr(checkpoints, "thinned", partial(checkpoints.thinned, most=3))
    run = train(make())
    assert run.status().state == "finished"
    assert {"open", "replace", "rename", "unlink"} <= set(refused)
    assert run.checkpoint_steps() == [0, STEPS - 1, STEPS]
    monkeypatch.undo()
    assert train(process.create(run.config, "Again")).status().state == "finished"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO, errno.ENOTSUP])
def test_a_run_on_a_share_that_flushes_no_folders(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, number: int
):
    run = make(max_steps=1)
    refusing(monkeypatch, os, "fsync", number, lambda descriptor: os.path.isdir(f"/proc/self/fd/{descriptor}"))
    assert train(run).checkpoint_steps() == [1]


def test_a_run_on_a_share_without_locks(
    make: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """It goes on, and its log says what is no longer promised."""
    fcntl = pytest.importorskip("fcntl")
    run = make(max_steps=1)
    places.lacks.cache_clear()
    refusing(monkeypatch, fcntl, "flock", errno.ENOLCK, lambda *_: True)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    process.train(run)
    places.lacks.cache_clear()
    assert run.status().state == "finished"
    assert run.update_control(paused=True).paused
    assert capsys.readouterr().out.count("This folder can't lock: two trainings may run in it at once") == 1


@as_root
def test_a_run_of_another_user_is_theirs_to_pause(common: Path):
    theirs = runs.create(TrainConfig(), "Of root", common / "20260101-000000-0000")
    theirs.path.chmod(0o755)
    found = as_nobody(
        "import sys\n"
        "from pathlib import Path\n"
        "from explorer.errors import ExplorerError\n"
        "from explorer.runs import Run\n"
        "become()\n"
        "run = Run(Path(sys.argv[1]))\n"
        "for deed in (lambda: run.update_control(paused=True), lambda: run.rename('Mine')):\n"
        "    try: deed()\n"
        "    except ExplorerError as error: print(error.what)",
        theirs.path,
    )
    said = f"{theirs.path} belongs to root"
    told = [f"Of root can't be controlled: {said}", f"Of root can't be renamed: {said}"]
    assert found.stdout.splitlines() == told, found.stderr
