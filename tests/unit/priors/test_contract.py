"""What every prior promises, of every kind of latent that it can be fitted to."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from importlib import import_module
from typing import Any

import pytest
import torch

from explorer import priors
from explorer.config import TrainConfig
from explorer.errors import ExplorerError
from explorer.nets import FAMILIES
from explorer.priors import PRIORS, Latents, LatentShape
from explorer.priors.base import Prior, noise
from explorer.priors.encodings import Encodings

CLASSES, IMAGES = 3, 40
SHAPES: dict[Latents, LatentShape] = {
    "flat": LatentShape(6),
    "point": LatentShape(5),
    "spatial": LatentShape(2, 8),
    "codes": LatentShape(3, 8, codes=5),
}
CODEBOOK = torch.randn((5, 3), generator=torch.Generator().manual_seed(9))
EVERY = [(key, kind) for key, record in PRIORS.items() for kind in record.latents]
every_prior = pytest.mark.parametrize(("key", "kind"), EVERY)
WITHOUT_NATS = ("resampling", "two_stage")
SMALL: dict[str, dict[str, int]] = {
    "two_stage": {"hidden": 16},
    "flow": {"width": 16, "depth": 1, "heads": 2},
    "autoregressive": {"width": 16, "depth": 1, "heads": 2},
}  # options that make those small that are not


def lookup(codes: torch.Tensor) -> torch.Tensor:
    return CODEBOOK[codes].transpose(1, 2).flatten(1)


def encodings(kind: Latents, count: int = IMAGES) -> Encodings:
    generator = torch.Generator().manual_seed(1)
    shape = SHAPES[kind]
    labels = torch.arange(count) % CLASSES
    if kind == "codes":
        codes = torch.randint(shape.codes, (count, shape.cells), generator=generator)
        return Encodings(lookup(codes), torch.zeros(count, shape.width), labels, codes)
    mean = torch.randn((count, shape.width), generator=generator)
    return Encodings(mean, torch.full_like(mean, 0.0 if kind == "point" else 0.3), labels)


def fresh(key: str, kind: Latents) -> Prior:
    torch.manual_seed(0)
    return priors.build(key, SHAPES[kind], CLASSES, **SMALL.get(key, {}))


def fitted(key: str, kind: Latents) -> Prior:
    prior = fresh(key, kind)
    if PRIORS[key].trained:
        prior.prepare(encodings(kind))
        with torch.no_grad():
            for parameter in prior.parameters():  # what is 0 at first says nothing
                parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2)))
    else:
        prior.fit(encodings(kind))
    return prior.eval()


@every_prior
def test_a_sample_is_its_seeds_however_many_there_are(key: str, kind: Latents) -> None:
    prior = fitted(key, kind)
    few, many = (prior.sample(count, 7, lookup=lookup) for count in (3, 20))
    assert many.shape == (20, SHAPES[kind].width)
    assert many.dtype == torch.float32
    assert many.device.type == "cpu"
    torch.testing.assert_close(few, many[:3], rtol=1e-4, atol=1e-4)
    assert many.equal(prior.sample(20, 7, lookup=lookup))
    assert len({tuple(row) for row in many.tolist()}) > 10
    assert not many.equal(prior.sample(20, 8, lookup=lookup))
    assert prior.sample(0, 7, lookup=lookup).shape == (0, SHAPES[kind].width)


@every_prior
def test_one_is_made_again_from_its_settings(key: str, kind: Latents) -> None:
    prior = fitted(key, kind)
    again = priors.from_settings(prior.settings).eval()
    again.load_state_dict(prior.state_dict())
    assert again.settings == prior.settings
    assert again.sample(4, 1, lookup=lookup).equal(prior.sample(4, 1, lookup=lookup))


@every_prior
def test_one_is_built_with_its_own_sizes(key: str, kind: Latents) -> None:
    assert priors.build(key, SHAPES[kind]).settings["prior"] == key


@every_prior
def test_what_it_cannot_do_is_said(key: str, kind: Latents) -> None:
    prior, record = fitted(key, kind), PRIORS[key]
    asked: list[dict[str, Any]] = [
        {"label": CLASSES},
        {"label": -1},
        {"label": (0,) * 3},
        {"label": (0, CLASSES)},
        {"guidance": 2.0},
        {"label": 0, "guidance": -1.0},
        {"steps": 0},
    ]
    asked += [] if record.labelled else [{"label": 0}]
    asked += [] if record.path else [{"steps": 4}]
    for wish in asked:
        with pytest.raises(ExplorerError):
            prior.sample(2, lookup=lookup, **wish)
    if not record.path:
        with pytest.raises(ExplorerError, match="no way from noise"):
            prior.path(2)
    with pytest.raises(ExplorerError):
        prior.fit(encodings(kind)) if record.trained else prior.loss(encodings(kind))
    if not record.trained and not record.given:
        with pytest.raises(ExplorerError):
            fresh(key, kind).fit(encodings(kind)[:0])


@every_prior
def test_nats_are_one_number_an_image_or_refused(key: str, kind: Latents) -> None:
    prior = fitted(key, kind)
    if key in WITHOUT_NATS:
        with pytest.raises(ExplorerError, match="not known"):
            prior.nats(encodings(kind))
        return
    few = encodings(kind)[:5]
    found = prior.nats(few)
    assert found.shape == (5,)
    assert found.dtype == torch.float32
    assert found.isfinite().all()
    assert found.equal(fitted(key, kind).nats(few))


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for key, kind in EVERY if PRIORS[key].trained])
def test_one_learns_from_batches(key: str, kind: Latents) -> None:
    batch, prior = encodings(kind), fresh(key, kind)
    prior.prepare(batch)
    known = dict(prior.named_parameters())
    assert all(any(layer.weight is weight for weight in known.values()) for layer in prior.inner_layers())
    twin = copy.deepcopy(prior)
    once, again = (each.train().loss(batch, torch.Generator().manual_seed(3)) for each in (prior, twin))
    assert once.shape == ()
    assert once.isfinite()
    assert once.equal(again)
    once.backward()
    optimiser = torch.optim.AdamW(prior.parameters(), 1e-3)
    optimiser.step()
    for _ in range(3):
        optimiser.zero_grad()
        prior.loss(batch, torch.Generator().manual_seed(3)).backward()
        optimiser.step()
    assert prior.loss(batch, torch.Generator().manual_seed(3)) < once
    for labels in (None, batch.labels):  # a set without labels is learnt from too
        assert prior.loss(Encodings(batch.mean, batch.std, labels, batch.codes)).isfinite()


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for key, kind in EVERY if PRIORS[key].labelled])
def test_a_class_is_heeded_and_guided_to(key: str, kind: Latents) -> None:
    prior = fitted(key, kind)
    wishes: dict[str, dict[str, Any]] = {
        "any": {},
        "none of it": {"label": 1, "guidance": 0.0},
        "it": {"label": 1},
        "another": {"label": 2},
        "more": {"label": 1, "guidance": 4.0},
        "each its own": {"label": (1, 2) * 8},
    }
    drawn = {name: prior.sample(16, 5, lookup=lookup, **wish) for name, wish in wishes.items()}
    torch.testing.assert_close(drawn["any"], drawn["none of it"], rtol=1e-4, atol=1e-4)
    assert len({tuple(each.flatten().tolist()) for name, each in drawn.items() if name != "none of it"}) == 5
    mine, other = drawn["each its own"][::2], drawn["each its own"][1::2]
    torch.testing.assert_close(mine, drawn["it"][::2], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(other, drawn["another"][1::2], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for key, kind in EVERY if PRIORS[key].path])
def test_the_way_from_noise_ends_at_the_sample(key: str, kind: Latents) -> None:
    prior = fitted(key, kind)
    way = list(prior.path(3, 5, label=1, guidance=2.0, steps=4))
    assert [time for time, _ in way] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert all(z.shape == (3, SHAPES[kind].width) and z.isfinite().all() for _, z in way)
    torch.testing.assert_close(way[-1][1], prior.sample(3, 5, label=1, guidance=2.0, steps=4))
    carried = prior.carry(noise(3, SHAPES[kind].width, 5), label=1, guidance=2.0, steps=4)
    torch.testing.assert_close(carried, way[-1][1])


# -- the record ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", PRIORS)
def test_a_record_is_complete(key: str) -> None:
    record = PRIORS[key]
    prior = fresh(key, record.latents[0])
    assert import_module(type(prior).__module__).PRIOR == type(prior).record == record
    assert re.fullmatch("#[0-9A-F]{6}", record.colour)
    assert record.help
    assert not record.help.endswith(".")
    assert bool(record.unit) == record.trained
    for field in ("key", "title", "help", "colour", "marker"):
        assert Counter(getattr(other, field) for other in PRIORS.values())[getattr(record, field)] == 1, field
    assert record.settings.keys() <= {field.name for field in fields(TrainConfig)}


def test_every_family_has_priors_of_its_latents() -> None:
    found = {key: {prior.key for prior in priors.fitting(family)} for key, family in FAMILIES.items()}
    assert found["spatial_vae"] >= {"normal", "mixture", "resampling"}
    assert found["vq_vae"] >= {"uniform", "frequency", "resampling"}
    assert "normal" not in found["autoencoder"] | found["vq_vae"]
    assert found["residual_vae"] == found["linear_vae"] == found["conditional_vae"]


def test_records_are_read_without_torch() -> None:
    code = "import explorer.priors, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
