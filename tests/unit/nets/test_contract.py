"""What every family promises, over all of them: a new one is tested by being in the registry."""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer import checkpoints, nets, priors
from explorer.analysis import samples
from explorer.config import TrainConfig
from explorer.nets import FAMILIES, TRAINED, contract
from explorer.nets.base import Net
from explorer.presets import PRESETS
from explorer.training.optimisers import build_optimisers
from explorer.training.precision import autocast

BETA = 1e-3
SMALL = {"codebook_size": 8, "code_dim": 4}  # options that would make a test slow at their defaults
PRECISIONS = ("float32", "bfloat16")
every_family = pytest.mark.parametrize("key", TRAINED)  # of nets from elsewhere: ../test_imported.py
every_precision = pytest.mark.parametrize("precision", PRECISIONS)


def fresh(key: str) -> Net:
    torch.manual_seed(0)
    family = FAMILIES[key]
    options = {name: value for name, value in SMALL.items() if name in family.options}
    return nets.build(key, family.cells if family.cells > 1 else 8, **options)


def ready(key: str, images: np.ndarray) -> Net:
    """As a run has it before its first step; a closed form solved."""
    net = fresh(key)
    net.prepare(images, BETA)
    if FAMILIES[key].closed_form:
        list(net.solve(images, [np.arange(len(images))], BETA))
    return net.eval()


@pytest.fixture(scope="module")
def prepared(patterns: np.ndarray) -> dict[str, Net]:
    return {key: ready(key, patterns) for key in TRAINED}


@pytest.fixture(scope="module")
def x(patterns: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(patterns[:5]).float() / 255


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# -- the net and its posterior ---------------------------------------------------------------------------------------


@every_family
def test_it_does_what_nets_from_elsewhere_must_do(prepared: dict[str, Net], x: torch.Tensor, key: str) -> None:
    assert contract.failures(prepared[key], x) == []


@every_family
@pytest.mark.parametrize("n", contract.SIZES)
def test_shapes_dtypes_and_finite_values_in_halves(prepared: dict[str, Net], x: torch.Tensor, key: str, n: int) -> None:
    net = prepared[key]
    with torch.inference_mode(), autocast("bfloat16", x.device):
        x_hat, posterior = net(x[:n], generator())
        z, std, kl = posterior.mode(), posterior.std, posterior.kl()
        shown = net.decode(z)
    assert x_hat.shape == shown.shape == (n, 3, 32, 32)
    assert z.shape == std.shape == posterior.sample(generator()).shape == (n, net.width)
    assert kl.shape == (n, net.latent_dim)
    assert {each.dtype for each in (x_hat, shown, z, std, kl)} == {torch.float32}
    assert all(each.isfinite().all() for each in (x_hat, shown, z, std))
    assert (std >= 0).all()
    assert (kl >= 0).all()
    assert kl.isfinite().all() == (n == 0 or FAMILIES[key].posterior != "point")
    assert shown.isfinite().all()


@every_family
@every_precision
def test_halves_are_about_as_good_as_floats(
    prepared: dict[str, Net], x: torch.Tensor, key: str, precision: str
) -> None:
    """Reconstructions from the mean are off by no more than bfloat16's three digits, a few times over."""
    net = prepared[key]
    with torch.inference_mode():
        exact = net.decode(net.encode(x).mode())
        with autocast(precision, x.device):
            rounded = net.decode(net.encode(x).mode())
    assert (rounded - exact).square().mean().sqrt() < 0.02


@every_family
def test_samples_repeat_with_the_generator(prepared: dict[str, Net], x: torch.Tensor, key: str) -> None:
    posterior = prepared[key].encode(x)
    once, again, other = (posterior.sample(generator(seed)) for seed in (1, 1, 2))
    assert once.equal(again)
    assert once.equal(other) == (FAMILIES[key].posterior != "gaussian")
    assert (posterior.std == 0).all() == (FAMILIES[key].posterior != "gaussian")


@every_family
def test_statistics_of_batches_add_up(prepared: dict[str, Net], x: torch.Tensor, key: str) -> None:
    net = prepared[key]
    whole = net.encode(x).statistics()
    parts = net.encode(x[:2]).statistics() + net.encode(x[2:]).statistics() + net.encode(x[:0]).statistics()
    assert (parts.active_units, parts.code_counts) == (whole.active_units, whole.code_counts)
    codes = FAMILIES[key].posterior == "codes"
    assert sum(whole.code_counts) == (len(x) * net.latent_dim if codes else 0)
    measured = (whole.codes_used, whole.perplexity, whole.entropy)
    assert all(value is not None for value in measured) if codes else set(measured) == {None}
    assert 0 <= whole.active_units <= net.latent_dim


@every_family
def test_it_is_itself_at_every_beta(prepared: dict[str, Net], x: torch.Tensor, key: str) -> None:
    """With the same weights; each image of a batch may have a beta of its own."""
    net = prepared[key]
    betas = torch.tensor([1e-4, 1e-3, 1e-2, 1e-1, 1e-5])
    each = net.at(betas)
    assert all(ours is theirs for ours, theirs in zip(net.parameters(), each.parameters(), strict=True))
    together = each.encode(x).mode()
    for i, beta in enumerate(betas.tolist()):
        torch.testing.assert_close(net.at(beta).encode(x[i : i + 1]).mode()[0], together[i], atol=1e-4, rtol=1e-4)
    assert net.at(BETA).settings == net.settings


# -- saved and rebuilt -----------------------------------------------------------------------------------------------


@every_family
def test_saved_and_loaded_it_does_the_same(prepared: dict[str, Net], x: torch.Tensor, key: str, tmp_path: Path) -> None:
    net = prepared[key]
    checkpoints.save_weights(tmp_path / "w.safetensors", net, {"step": 3})
    loaded, metadata = checkpoints.load_weights(tmp_path / "w.safetensors")
    assert metadata == net.settings | {"step": 3}
    assert type(loaded) is type(net)
    assert loaded.settings == net.settings
    with torch.inference_mode():
        z = net.encode(x).mode()
        assert loaded.encode(x).mode().equal(z)
        assert loaded.decode(z).equal(net.decode(z))


@every_family
def test_options_go_round(key: str) -> None:
    """Each word that the record allows is taken, remembered, and enough to build the same layers again."""
    family = FAMILIES[key]
    for option, words in family.options.items():
        for word in words or [SMALL.get(option, TrainConfig.__dataclass_fields__[option].default)]:
            net = nets.build(key, 64, **{option: word})
            assert net.options[option] == word
            again = nets.build(net.settings["family"], net.settings["latent_dim"], **net.settings["options"])
            shapes, expected = ({k: v.shape for k, v in n.state_dict().items()} for n in (again, net))
            assert shapes == expected
    assert fresh(key).options.keys() == family.options.keys()


# -- training --------------------------------------------------------------------------------------------------------


@every_family
def test_preparing_helps_and_repeats(prepared: dict[str, Net], patterns: np.ndarray, key: str) -> None:
    x = torch.from_numpy(patterns).float() / 255

    def error(net: Net) -> float:
        with torch.inference_mode():
            return (net.decode(net.encode(x).mode()) - x).square().mean().item()

    assert error(prepared[key]) <= error(fresh(key).eval())
    again = ready(key, patterns).state_dict()
    assert all(value.equal(again[name]) for name, value in prepared[key].state_dict().items())


@every_family
@every_precision
@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_a_step_changes_the_weights(
    prepared: dict[str, Net], x: torch.Tensor, key: str, precision: str, optimiser: str
) -> None:
    net = copy.deepcopy(prepared[key]).train()
    with autocast(precision, x.device):
        terms = net.loss(x, BETA if FAMILIES[key].weighs_beta else 0.0, generator())
    assert terms.total.isfinite()
    assert terms.kl_per_dim.shape == (net.latent_dim,)
    config = TrainConfig(family=key, latent_dim=net.latent_dim, optimiser=optimiser)
    optimisers = build_optimisers(net, config)
    inner = [layer.weight for layer in net.inner_layers()]
    known = list(net.parameters())
    assert all(sum(weight is parameter for parameter in known) == 1 for weight in inner)
    if FAMILIES[key].closed_form:
        assert optimisers == known == []
        return
    before = [parameter.detach().clone() for parameter in known]
    terms.total.backward()
    for each in optimisers:
        each.step()
    assert all(parameter.isfinite().all() for parameter in known)
    assert any(not parameter.equal(old) for parameter, old in zip(known, before, strict=True))


@every_family
def test_a_loss_of_one_image_is_finite_and_repeats(prepared: dict[str, Net], x: torch.Tensor, key: str) -> None:
    net = copy.deepcopy(prepared[key]).train()
    beta = BETA if FAMILIES[key].weighs_beta else 0.0
    once, again = (copy.deepcopy(net).loss(x[:1], beta, generator(4)).total for _ in range(2))
    assert once.isfinite()
    assert once.equal(again)


@every_family
def test_pictures_are_painted_from_its_priors(prepared: dict[str, Net], patterns: np.ndarray, key: str) -> None:
    net = prepared[key]
    for record in (each for each in priors.fitting(FAMILIES[key]) if not each.trained):
        prior = samples.fit(net, record.key, patterns)
        painted = samples.paint(net, prior.sample(3, 1, lookup=net.lookup))
        assert painted.shape == (3, 3, 32, 32)
        assert np.isfinite(painted).all()


# -- the record ------------------------------------------------------------------------------------------------------


@every_family
def test_a_record_is_complete(key: str) -> None:
    """The list of what is missing names all of it at once."""
    family = FAMILIES[key]
    missing = []
    if not re.fullmatch("#[0-9A-F]{6}", family.colour):
        missing.append(f"colour {family.colour!r}, as #RRGGBB in capitals")
    if not family.help or family.help.endswith("."):
        missing.append("help, without a full stop")
    missing += [] if priors.fitting(family) else ["a prior of its latents, in explorer/priors"]
    settings = {f.name for f in fields(TrainConfig)}
    missing += [f"option {option!r}, a field of TrainConfig" for option in family.options if option not in settings]
    if not family.closed_form and not any(preset.settings.family == key for preset in PRESETS.values()):
        missing.append("a preset")
    taken = [preset for preset in family.presets if PRESETS[preset].settings.family != key]
    missing += [f"preset keys of its own: {preset!r} is another's too" for preset in taken]
    for field in ("title", "colour", "marker"):
        count = Counter(getattr(other, field) for other in FAMILIES.values())
        if count[getattr(family, field)] > 1:
            missing.append(f"{field} of its own: {getattr(family, field)!r} is another's too")
    assert not missing, f"{key} lacks: {'; '.join(missing)}"


@every_family
def test_the_record_that_is_read_is_the_one_that_runs(key: str) -> None:
    net = fresh(key)
    record: Any = import_module(type(net).__module__).FAMILY
    assert record == FAMILIES[key]
    assert type(net).family is record
    assert net.settings["family"] == key
    assert sum(p.numel() for p in net.parameters()) < 5_000_000
    assert all(value.is_contiguous(memory_format=torch.channels_last) for value in net.parameters() if value.ndim == 4)
