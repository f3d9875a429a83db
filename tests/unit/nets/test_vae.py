"""The network against the notebook's layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import nets
from explorer.errors import ExplorerError
from explorer.nets.vae import ConvolutionalVAE
from tests import notebook


def notebook_layers(c: int, h: int, w: int, d: int) -> tuple[nn.Sequential, nn.Sequential]:
    theirs = notebook.ConvolutionalVAE((c, h, w), c, d)
    return theirs.encoder, theirs.decoder


def test_parameters():
    assert sum(p.numel() for p in ConvolutionalVAE().parameters()) == 4_032_643


@pytest.mark.parametrize("training", [True, False])
def test_every_layer_is_the_notebooks(training: bool):
    net = ConvolutionalVAE(latent_dim=16).train(training)
    encoder, decoder = (half.train(training) for half in notebook_layers(3, 32, 32, 16))
    assert [repr(layer) for layer in net.encoder] == [repr(layer) for layer in encoder]
    assert [repr(layer) for layer in net.decoder] == [repr(layer) for layer in decoder]
    encoder.load_state_dict(net.encoder.state_dict())
    decoder.load_state_dict(net.decoder.state_dict())

    x = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    mu, logvar = encoder(x).split(16, dim=1)
    posterior = net.encode(x)
    torch.testing.assert_close(posterior.mu, mu)
    torch.testing.assert_close(posterior.logvar, logvar)
    torch.testing.assert_close(net.decode(mu), decoder(mu))


def test_layers_start_as_pytorch_starts_them():
    torch.manual_seed(3)
    ours = nets.build("conv_vae", 16).state_dict()
    torch.manual_seed(3)
    encoder, decoder = notebook_layers(3, 32, 32, 16)
    theirs = nn.ModuleDict({"encoder": encoder, "decoder": decoder}).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(ours[name].equal(theirs[name]) for name in ours)


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 8, 8), (3, 64, 16), (1, 32, 32), (4, 24, 40)])
def test_any_size_divisible_by_8(channels: int, height: int, width: int):
    net = ConvolutionalVAE((channels, height, width), channels, latent_dim=2)
    x = torch.rand(3, channels, height, width)
    x_hat, posterior = net(x)
    assert x_hat.shape == x.shape
    assert posterior.mu.shape == posterior.std.shape == (3, 2)
    assert 0 <= x_hat.min() <= x_hat.max() <= 1


@pytest.mark.parametrize("norm", nets.choices("norm"))
def test_only_batch_norm_looks_at_other_images(norm: str):
    net = ConvolutionalVAE(latent_dim=8, norm=norm).train()
    x = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    alone, together = net.encode(x[:2]).mu, net.encode(x).mu[:2]
    assert torch.allclose(alone, together, atol=1e-5) == (norm != "batch")
    convolutions = [type(layer) for layer in ConvolutionalVAE(latent_dim=8).modules() if hasattr(layer, "stride")]
    assert [type(layer) for layer in net.modules() if hasattr(layer, "stride")] == convolutions


@pytest.mark.parametrize("latent_dim", [2, 512])
def test_latent_bounds_are_inclusive(latent_dim: int):
    assert ConvolutionalVAE(latent_dim=latent_dim).encode(torch.rand(2, 3, 32, 32)).mu.shape == (2, latent_dim)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"latent_dim": 1}, "2 to 512"),
        ({"latent_dim": 513}, "2 to 512"),
        ({"input_dim": (3, 30, 32)}, "divisible by 8"),
        ({"input_dim": (3, 32, 0)}, "divisible by 8"),
        ({"input_dim": (1, 32, 32)}, "disagree"),
        ({"norm": "layer"}, "batch, group, none"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict, words: str):
    with pytest.raises(ExplorerError, match=words):
        ConvolutionalVAE(**arguments)


def test_reconstructions_repeat_with_the_generator():
    net, x = ConvolutionalVAE(latent_dim=2).eval(), torch.rand(2, 3, 32, 32)
    first, second = (net(x, torch.Generator().manual_seed(1))[0] for _ in range(2))
    assert first.equal(second)
