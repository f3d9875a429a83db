"""Encoders that correct their guess: against closed forms, and in nets that train."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import checkpoints, models, nets, units
from explorer.errors import ExplorerError
from explorer.nets import FAMILIES
from explorer.nets.refinement import correction
from explorer.nets.residual import Repaint, painted_with_slope, picture
from explorer.objective import objective
from explorer.training.precision import autocast

BETA = 1e-3
REFINING = [key for key, family in FAMILIES.items() if "refinements" in family.options]
every_refining = pytest.mark.parametrize("key", REFINING)


def built(key: str, refinements: int, images: np.ndarray) -> nets.Net:
    torch.manual_seed(0)
    net = nets.build(key, 64 if FAMILIES[key].cells > 1 else 8, refinements=refinements)
    net.prepare(images, BETA)
    return net.eval().at(BETA)


@pytest.fixture
def x(patterns: np.ndarray) -> Tensor:
    return (torch.from_numpy(patterns[:8]).float() / 255).contiguous(memory_format=torch.channels_last)


def test_of_a_linear_decoder_each_step_takes_its_share_of_what_is_wrong() -> None:
    """Whose optimum is known: ridge regression. Its columns are at right angles, so no latent disturbs another."""
    chance = torch.Generator().manual_seed(0)
    columns = torch.linalg.qr(torch.randn(3072, 4, generator=chance))[0] * torch.tensor([4.0, 2.0, 1.0, 0.5])
    x, start = torch.randn(5, 3, 32, 32, generator=chance), torch.randn(5, 4, generator=chance)
    variance = 0.3
    best = x.flatten(1) @ columns / (columns.square().sum(dim=0) + variance)

    def decode_with_slope(z: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        return (z @ columns.T).unflatten(1, (3, 32, 32)), lambda slope: slope.flatten(1) @ columns

    for steps in range(4):
        found = start + correction(start, x, decode_with_slope, columns.square().sum(dim=0), variance, steps)
        left = math.prod(k / (steps + 1) for k in range(1, steps + 1))
        torch.testing.assert_close(found - best, (start - best) * left, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("condition", [0, 4])
def test_slopes_are_what_torch_differentiates(condition: int, x: Tensor) -> None:
    torch.manual_seed(0)
    decoder, repaint = nn.Linear(6, units.PIXEL_VALUES), Repaint(condition, depth=3)
    for layer in (each for each in repaint.modules() if isinstance(each, nn.Conv2d | nn.Linear)):
        nn.init.normal_(layer.weight, std=0.1)  # zeros have no slope
    given = torch.randn(len(x), condition) if condition else None

    def decode(z: Tensor) -> Tensor:
        painted = picture(decoder(z))
        return painted + repaint(painted, given)

    z = torch.randn(len(x), 6)
    x_hat, pull_back = painted_with_slope(decoder, repaint, z, given)
    expected, differentiated, *_ = torch.func.vjp(decode, z)
    torch.testing.assert_close(x_hat, expected)
    torch.testing.assert_close(pull_back(x), differentiated(x)[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("model", ["cifar10-beta-1e-4", "cifar10-conditional"])
def test_shipped_encoders_leave_a_gap_that_two_steps_narrow(model: str, x: Tensor) -> None:
    known = models.get(model)
    given = checkpoints.load_weights(known.weights)[0].state_dict()
    totals = []
    for refinements in (0, 2):
        net = nets.build(known.family, known.latent_dim, refinements=refinements).eval()
        net.load_state_dict({name: given.get(name, own) for name, own in net.state_dict().items()})
        if FAMILIES[known.family].conditional:
            net = net.at(known.beta)
        with torch.no_grad():
            if refinements and not FAMILIES[known.family].conditional:
                net.refine_for(known.beta)  # type: ignore[operator]
            x_hat, posterior = net(x, torch.Generator().manual_seed(0))
            totals.append(objective(x, x_hat, posterior, known.beta).total.item())
    assert totals[1] < 0.98 * totals[0]


@pytest.mark.parametrize("refinements", [1, 3])
def test_no_picture_is_worse_for_it(refinements: int) -> None:
    """However strange: pages show people's own, and blocks of pure colours are what no photograph is like."""
    net = models.load_model(models.get("cifar10-beta-1e-3-corrected"))
    chance = torch.Generator().manual_seed(0)
    x = torch.cat([torch.rand(16, 3, n, n, generator=chance).round().repeat(1, 1, 32 // n, 32 // n) for n in (1, 2, 4)])

    def costs(steps: int) -> Tensor:
        net.refinements = steps  # type: ignore[assignment]
        with torch.no_grad():
            mu = net.encode(x).mode()
            return (net.decode(mu) - x).square().mean(dim=(1, 2, 3)) + BETA * mu.square().mean(dim=1) / 2

    assert (costs(refinements) <= costs(0) + 1e-6).all()


@every_refining
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_while_an_encoder_learns_every_second_image_is_corrected(
    key: str, precision: str, patterns: np.ndarray, x: Tensor
) -> None:
    """All are otherwise, with gradients at hand or in inference mode, where there are none."""
    net, glance = built(key, 2, patterns), built(key, 0, patterns)
    with autocast(precision, x.device):
        shown = net.encode(x).mode()
        with torch.inference_mode():
            torch.testing.assert_close(net.encode(x.clone()).mode(), shown)
        once = glance.encode(x).mode()
        assert not torch.equal(shown, once)
        learning = net.train().at(torch.full((len(x),), BETA)) if net.family.conditional else net.train()
        found = learning.encode(x).mode()
        torch.testing.assert_close(found[::2], once[::2])
        torch.testing.assert_close(found[1::2], shown[1::2])
        assert learning.at(BETA).encode(x[:1]).mode().shape == (1, net.latent_dim)  # an epoch's last batch


@every_refining
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_encoder_learns_from_its_glances_and_a_decoder_from_all(
    key: str, precision: str, patterns: np.ndarray, x: Tensor
) -> None:
    net = built(key, 2, patterns).train().at(torch.full((len(x),), BETA))
    for layer in (each for each in net.modules() if isinstance(each, nn.Conv2d | nn.Linear)):
        nn.init.normal_(layer.weight, std=0.01)  # zeros pass no slope on
    pulls = {}
    for name, rows in (("glances", slice(0, None, 2)), ("corrected", slice(1, None, 2))):
        net.zero_grad()
        with autocast(precision, x.device):
            (net.decode(net.encode(x).mode()) - x)[rows].square().mean().backward()
        grads = [net.get_parameter(f"{layer}.weight").grad for layer in ("revise.last", "repaint.first")]
        pulls[name] = [grad is not None and bool(grad.any()) for grad in grads]
    assert pulls == {"glances": [True, True], "corrected": [False, True]}


@pytest.mark.parametrize("key", [key for key in REFINING if not FAMILIES[key].conditional])
def test_it_refines_for_the_beta_that_it_was_trained_at(
    key: str, patterns: np.ndarray, x: Tensor, tmp_path: Path
) -> None:
    net = built(key, 2, patterns)
    before = net.encode(x).mode()
    net.train().loss(x, 0.1)
    net.eval()
    after = net.encode(x).mode()
    assert not torch.allclose(before, after, atol=1e-3)
    checkpoints.save_weights(tmp_path / "net.safetensors", net, {})
    read, _ = checkpoints.load_weights(tmp_path / "net.safetensors")
    assert read.state_dict()["sigma"].item() == pytest.approx(units.beta_to_sigma(0.1, net.latent_dim))
    torch.testing.assert_close(read.encode(x).mode(), after)


@every_refining
def test_so_many_steps_are_refused(key: str) -> None:
    with pytest.raises(ExplorerError, match="0 to 8"):
        nets.build(key, 64, refinements=9)


def test_a_decoder_that_says_its_spread_is_not_refined_against() -> None:
    with pytest.raises(ExplorerError, match="logistic"):
        nets.build("residual_vae", 8, likelihood="logistic", refinements=1)
