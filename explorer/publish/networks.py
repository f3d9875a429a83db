"""Encoder and decoder as ONNX files, and whether these compute what torch does.

Weights are kept as float16, half as many bytes to fetch, and computed with as float32: what is published is the net
with rounded weights, and that is what the files are held against.
"""

from __future__ import annotations

import copy
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.pixels import to_float

TOLERANCE = 1e-4  # the largest difference from torch, of mu, logvar and pixels on a scale of 0..1
# The same of encoders that correct their guess, whose steps enlarge what float32 rounds: of 100 random images torch was
# 0.00003 off its own float64 and a file 0.00005 off torch, so another processor's rounding could pass 0.0001.
TOLERANCE_CORRECTED = 1e-3
CHECKED = 100  # images that they are compared on
_OPSET = 17  # operators that onnxruntime-web 1.17 knows, in a file format that it reads
_SMALL = 1_024  # values; arrays of fewer stay float32, for they take no room
_MISSING = "Install it: pip install onnx onnxruntime, or in a clone pip install '.[publish]'."


@dataclass(frozen=True)
class Difference:
    """The largest differences between onnxruntime's numbers and torch's; of numbers above 1 as shares of them."""

    mu: float
    logvar: float
    pixels: float

    @property
    def largest(self) -> float:
        return max(self.mu, self.logvar, self.pixels)


class _Encoder(nn.Module):
    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, beta: Tensor | None = None) -> tuple[Tensor, Tensor]:
        posterior: Any = (self.net if beta is None else self.net.at(beta)).encode(x)
        return posterior.mu, posterior.logvar


class _Decoder(nn.Module):
    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, beta: Tensor | None = None) -> Tensor:
        return (self.net if beta is None else self.net.at(beta)).decode(x)


def rounded(net: Net) -> Net:
    """The net with weights rounded to float16, as it is published: in eval mode, float32."""
    return copy.deepcopy(net).half().float().eval()


def write(net: Net, encoder: Path, decoder: Path) -> Difference:
    """Write both halves of a net as ONNX, and hold them against it.

    The encoder takes "x", float32 (N, 3, 32, 32), 0..1, to "mu" and "logvar", (N, width); the decoder "x", (N, width),
    to "pixels", (N, 3, 32, 32). Nets of every beta take "beta" too, (N,).

    Parameters
    ----------
    net : Net
        As `rounded` returns it; with a Gaussian posterior.
    encoder, decoder : Path

    Raises
    ------
    ExplorerError
        If the net can't be published, onnx or onnxruntime is missing, or a difference is above its `tolerance`.
    """
    if net.family.posterior != "gaussian":
        raise ExplorerError(
            f"A {net.family.title} can't be published: its latent is no Gaussian, which these pages are about",
            "Choose a VAE.",
        )
    x, z = torch.rand(2, 3, 32, 32).contiguous(memory_format=torch.channels_last), torch.randn(2, net.width)
    _export(_Encoder(net), x, ("mu", "logvar"), encoder)
    _export(_Decoder(net), z, ("pixels",), decoder)
    found, allowed = difference(net, encoder, decoder), tolerance(net)
    if not found.largest <= allowed:
        raise ExplorerError(
            f"The exported {net.family.title} differs from torch by {found.largest:.2g}, over {CHECKED} images",
            f"At most {allowed:g} is allowed. Nothing was published.",
        )
    return found


def tolerance(net: Net) -> float:
    """The largest difference that is allowed between a net and its files."""
    return TOLERANCE_CORRECTED if net.options.get("refinements") else TOLERANCE


def _export(half: nn.Module, example: Tensor, outputs: tuple[str, ...], path: Path) -> None:
    try:
        import onnx
    except ImportError as error:
        raise ExplorerError("Publishing needs the package onnx", _MISSING) from error
    half.eval()
    conditional = half.net.family.conditional  # type: ignore[union-attr]
    inputs = ("x", "beta") if conditional else ("x",)
    examples = (example, torch.tensor([1e-3, 1e-2])) if conditional else (example,)
    with warnings.catch_warnings():
        # The exporter that torch prefers needs another package and 24 to 54 s a half where this one took 0.3 to 2.5
        # (two busy cores, n = 4). Its warnings are of shapes and constants in the trace: what comes out is compared.
        warnings.simplefilter("ignore")
        torch.onnx.register_custom_op_symbolic("aten::gelu_backward", _gelu_backward, _OPSET)
        try:
            torch.onnx.export(
                half, examples, str(path), dynamo=False, opset_version=_OPSET, input_names=inputs, output_names=outputs,
                dynamic_axes={name: {0: "n"} for name in (*inputs, *outputs)},
            )  # fmt: skip
        except RuntimeError as error:  # of a net with code of its own
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise ExplorerError(f"The net can't be written as ONNX: {first}", "Publish another model.") from error
    model = onnx.load(str(path))
    _halve(model)
    onnx.save(model, str(path))


def _gelu_backward(g: Any, slope: Any, x: Any, approximate: Any) -> Any:
    """What ONNX has no operator for: slope (Phi(x) + x phi(x)), of the normal distribution and its density."""

    def constant(value: float) -> Any:
        return g.op("Constant", value_t=torch.tensor(value))

    half_square = g.op("Mul", g.op("Mul", x, x), constant(-0.5))
    density = g.op("Mul", g.op("Exp", half_square), constant(1 / math.sqrt(2 * math.pi)))
    twice = g.op("Add", g.op("Erf", g.op("Mul", x, constant(math.sqrt(0.5)))), constant(1.0))
    return g.op("Mul", slope, g.op("Add", g.op("Mul", twice, constant(0.5)), g.op("Mul", x, density)))


def _halve(model: Any) -> None:
    """Large arrays become float16, each with a cast behind it that a runtime folds when it loads the file."""
    import onnx

    casts = []
    for array in model.graph.initializer:
        values = onnx.numpy_helper.to_array(array)
        if values.dtype != np.float32 or values.size < _SMALL:
            continue
        name = array.name
        array.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)


@torch.inference_mode()
def difference(net: Net, encoder: Path, decoder: Path) -> Difference:
    """Between a net and its files, over `CHECKED` random images; of every beta, at as many betas."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ExplorerError("Publishing needs the package onnxruntime, for its check", _MISSING) from error
    random = np.random.default_rng(0)
    # from flat to rough: blocks of 1, 2, 4 ... 32 pixels
    blocks = [2 ** (i % 6) for i in range(CHECKED)]
    images = [
        random.integers(0, 256, (3, 32 // b, 32 // b), np.uint8).repeat(b, axis=1).repeat(b, axis=2) for b in blocks
    ]
    x = to_float(np.stack(images))
    beta = torch.logspace(-5, -1, CHECKED) if net.family.conditional else None
    fed = {} if beta is None else {"beta": beta.numpy()}
    there = net if beta is None else net.at(beta)
    posterior: Any = there.encode(x)
    mu, logvar = _session(onnxruntime, encoder).run(None, {"x": x.contiguous().numpy(), **fed})
    (pixels,) = _session(onnxruntime, decoder).run(None, {"x": posterior.mu.numpy(), **fed})
    pairs = (posterior.mu, mu), (posterior.logvar, logvar), (there.decode(posterior.mu), pixels)
    return Difference(*(_largest(ours.numpy(), theirs) for ours, theirs in pairs))


def _largest(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Where ours is above 1 over that: of noise means are dozens, and float32 has seven digits."""
    return float((np.abs(ours - theirs) / np.maximum(1.0, np.abs(ours))).max())


def _session(onnxruntime: Any, path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
