"""The linear VAE: that it is the optimum of the objective, and what it does at the ends of the scale."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from explorer import nets, units
from explorer.errors import ExplorerError
from explorer.nets.gaussian import LOGVAR_BOUND
from explorer.nets.linear import LinearVAE

D, LATENT = units.PIXEL_VALUES, 4
EIGENVALUES = (9.0, 4.0, 1.0, 0.25, 0.1)


def linear_vae(sigma: float) -> LinearVAE:
    """One whose components are pixels, with known variances, at a sigma."""
    net = LinearVAE(LATENT)
    net.eigenvalues[: len(EIGENVALUES)] = torch.tensor(EIGENVALUES)
    net.beta.fill_(units.sigma_to_beta(sigma, LATENT))
    return net


def images() -> Tensor:
    """16 that have exactly the mean and the variances that `linear_vae` knows: pixels of +- a standard deviation."""
    signs = torch.tensor([[1 - 2.0 * (i >> bit & 1) for bit in range(4)] for i in range(16)])  # (16, 4), uncorrelated
    x = torch.full((16, D), 0.5)
    x[:, :4] += signs * torch.tensor(EIGENVALUES[:4]).sqrt()
    x[:, 4] += signs.prod(dim=1) * EIGENVALUES[4] ** 0.5
    return x.view(-1, 3, 32, 32)


def total(x: Tensor, encoder: Tensor, decoder: Tensor, logvar: Tensor, beta: float) -> Tensor:
    """The objective's mean over eps of any linear VAE around 0.5; encoder (D, d), decoder (d, D), logvar (d,)."""
    t = (x - 0.5).flatten(1).double()
    mu = t @ encoder
    missed = (t - mu @ decoder).square().sum(dim=1).mean() + (logvar.exp() @ decoder.square()).sum()
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean()
    return missed / D + beta * kl


@pytest.mark.parametrize("sigma", [0.3, 0.8, 1.5])
def test_it_is_the_optimum(sigma: float):
    """The gradient of the objective is zero there, and any step away from it costs more."""
    net, x = linear_vae(sigma), images()
    posterior = net.encode(x)
    _, w, _ = net._optimum()
    gain = w.double() / torch.tensor(EIGENVALUES[:4], dtype=torch.float64)
    place = [
        net.components.double().T * gain,
        net.components.double() * w.double()[:, None],
        posterior.logvar[0].double(),
    ]
    beta = net.beta.item()
    for values in place:
        values.requires_grad_()
    least = total(x, place[0], place[1], place[2], beta)
    for gradient in torch.autograd.grad(least, place):
        assert gradient.abs().max() < 1e-7 * max(1.0, least.item() * D)
    torch.testing.assert_close(posterior.mu, ((x - 0.5).flatten(1).double() @ place[0]).float())

    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        step = [0.03 * torch.randn(v.shape, generator=generator, dtype=torch.float64) for v in place]
        encoder, decoder, logvar = (v.detach() + s for v, s in zip(place, step, strict=True))
        assert total(x, encoder, decoder, logvar, beta) > least


def test_what_a_kept_dimension_costs_and_leaves():
    """1/2 ln(lambda / sigma^2) nats for sigma^2 of squared error; less variance than that is not worth a nat."""
    sigma = 0.8
    net, x = linear_vae(sigma), images()
    posterior = net.encode(x)
    kl = posterior.kl().mean(dim=0)
    expected = [0.5 * math.log(v / sigma**2) if v > sigma**2 else 0 for v in EIGENVALUES[:LATENT]]
    torch.testing.assert_close(kl, torch.tensor(expected))
    missed = (net.decode(posterior.mu) - x).flatten(1).square().mean(dim=0)[:5]
    noise = posterior.std[0].square() * net._optimum()[1].square()
    assert (missed[:LATENT] + noise).tolist() == pytest.approx([min(v, sigma**2) for v in EIGENVALUES[:LATENT]])
    assert missed[LATENT].item() == pytest.approx(EIGENVALUES[LATENT])


def test_beta_0_is_pca_with_finite_numbers():
    net, x = linear_vae(0.0), images()
    posterior = net.encode(x)
    assert (posterior.logvar == -LOGVAR_BOUND).all()
    torch.testing.assert_close(posterior.mu.square().mean(dim=0), torch.ones(LATENT))  # whitened
    x_hat = net.decode(posterior.mode())
    missed = (x_hat - x).flatten(1)
    assert missed[:, :LATENT].abs().max() < 1e-5
    assert missed[:, LATENT].square().mean().item() == pytest.approx(EIGENVALUES[LATENT])
    assert all(values.isfinite().all() for values in (posterior.kl(), net(x)[0]))


def test_all_collapse_where_sigma_is_larger_than_any_deviation():
    posterior = linear_vae(5.0).encode(images())
    assert (posterior.mu == 0).all()
    assert (posterior.std == 1).all()
    assert (posterior.kl() == 0).all()


def test_a_fresh_one_paints_grey():
    net = nets.build("linear_vae", 8)
    x_hat, posterior = net(torch.rand(2, 3, 32, 32).to(memory_format=torch.channels_last))
    assert x_hat.shape == (2, 3, 32, 32)
    assert (x_hat == 0.5).all()
    assert posterior.mu.shape == (2, 8)
    assert not list(net.parameters())


def test_images_may_lie_in_memory_either_way():
    net, x = linear_vae(0.3), images()
    torch.testing.assert_close(net.encode(x.to(memory_format=torch.channels_last)).mu, net.encode(x).mu)


@pytest.mark.parametrize("latent_dim", [0, D + 1])
def test_more_dimensions_than_pixel_values_are_refused(latent_dim: int):
    with pytest.raises(ExplorerError, match="1 to 3072"):
        LinearVAE(latent_dim)
