"""What is published computes what torch does, and nothing else is published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from explorer import models, nets
from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.publish import networks

GAUSSIAN = [key for key, family in nets.FAMILIES.items() if family.posterior == "gaussian" and family.trained]
OTHERS = [key for key, family in nets.FAMILIES.items() if family.posterior != "gaussian"]


def made(family: str) -> Net:
    """A net in which no weight is zero, as those of layers that begin so are."""
    torch.manual_seed(0)
    net = nets.build(family, nets.CELLS)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    for buffer in net.buffers():  # variances; and all that a linear VAE knows
        if buffer.is_floating_point():
            torch.nn.init.uniform_(buffer, 0.5, 1)
    return networks.rounded(net)


@pytest.mark.parametrize("family", GAUSSIAN)
def test_files_compute_what_torch_does(family: str, tmp_path: Path):
    net, encoder, decoder = made(family), tmp_path / "encoder.onnx", tmp_path / "decoder.onnx"
    assert networks.write(net, encoder, decoder).largest <= networks.TOLERANCE
    numbers = sum(each.numel() for each in net.state_dict().values())
    assert max(encoder.stat().st_size, decoder.stat().st_size) < 2.5 * numbers + 100_000  # two bytes each
    x, z = torch.rand(3, 3, 32, 32), torch.randn(3, net.width)
    beta = torch.tensor([1e-5, 1e-3, 0.1]) if net.family.conditional else None
    there = net if beta is None else net.at(beta)
    fed = {} if beta is None else {"beta": beta.numpy()}
    mu, logvar = onnxruntime.InferenceSession(encoder).run(["mu", "logvar"], {"x": x.numpy(), **fed})
    (pixels,) = onnxruntime.InferenceSession(decoder).run(["pixels"], {"x": z.numpy(), **fed})
    with torch.inference_mode():
        posterior: Any = there.encode(x)
        for ours, theirs in ((posterior.mu, mu), (posterior.logvar, logvar), (there.decode(z), pixels)):
            np.testing.assert_allclose(theirs, ours.numpy(), atol=networks.TOLERANCE)


def test_a_net_that_differs_from_its_files_is_told_from_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    net, paths = made("linear_vae"), (tmp_path / "encoder.onnx", tmp_path / "decoder.onnx")
    networks.write(net, *paths)
    with torch.no_grad():
        for values in net.buffers():
            values.add_(0.01)
    assert networks.difference(net, *paths).pixels > networks.TOLERANCE
    monkeypatch.setattr(networks, "TOLERANCE", 0.0)
    with pytest.raises(ExplorerError, match=r"differs from torch by .* Nothing was published"):
        networks.write(net, *paths)


@pytest.mark.parametrize("model", ["cifar10-beta-1e-3-corrected"])
def test_an_encoder_that_corrects_its_guess_does_so_in_a_file(model: str, tmp_path: Path):
    net = networks.rounded(models.load_model(models.get(model)))
    assert net.options["refinements"]
    found = networks.write(net, tmp_path / "encoder.onnx", tmp_path / "decoder.onnx")
    assert found.largest <= networks.tolerance(net) == networks.TOLERANCE_CORRECTED
    assert max(found.logvar, found.pixels) <= networks.TOLERANCE  # they are not corrected


@pytest.mark.parametrize("family", OTHERS)
def test_what_has_no_gaussian_latent_is_refused(family: str, tmp_path: Path):
    with pytest.raises(ExplorerError, match="can't be published"):
        networks.write(
            networks.rounded(nets.build(family, nets.CELLS)), tmp_path / "encoder.onnx", tmp_path / "decoder.onnx"
        )
