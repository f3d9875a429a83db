"""The seed notebook's convolutional VAE.

Kingma and Welling 2014, "Auto-Encoding Variational Bayes"; layers as in the notebook: three strided convolutions down,
three transposed ones up, batch norm after each ReLU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.nets.base import Layer, Net
from explorer.nets.family import Family
from explorer.nets.gaussian import DiagonalGaussian

FAMILY = Family(
    key="conv_vae",
    title="Convolutional VAE",
    net="ConvolutionalVAE",
    help="has the seed notebook's layers",
    colour="#B8A000",
    marker="square",
    options={"norm": ("batch", "group", "none"), "channels": ()},
    told_by_weights=True,
)
_GROUPS = 32  # of channels in group norm: the default of Wu and He 2018, "Group Normalization"


class GroupNorm(nn.GroupNorm):
    """In float32: torch's own takes twice as long in bfloat16 on CPUs (channels last, 64 x 96 x 16 x 16: 15 ms)."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.float()).to(x.dtype)


_NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "group": lambda channels: GroupNorm(_GROUPS, channels),
    "none": lambda channels: nn.Identity(),
}


class ConvolutionalVAE(Net):
    """A VAE on colour images; 4,032,643 parameters at its defaults.

    Parameters
    ----------
    input_dim : tuple of int
        (channels, height, width) of an image; height and width divisible by 8.
    n_channels : int
        Channels that go in and come out; must equal input_dim[0].
    latent_dim : int
        Latent dimensions, 2 to 512.
    norm : str
        After each ReLU: "batch" as in the notebook; "group", which is the same in training and use and so knows no
        running statistics that could go stale (Wu and He 2018, "Group Normalization"); or "none".
    channels : int
        Of the first layer, 96 in the notebook; the second has twice as many, the third four times.

    Raises
    ------
    ExplorerError
        If a size does not fit.
    """

    family = FAMILY

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        n_channels: int = 3,
        latent_dim: int = 128,
        norm: str = "batch",
        channels: int = 96,
    ) -> None:
        super().__init__(latent_dim, norm=norm, channels=channels)
        colours, height, width = input_dim
        if colours != n_channels:
            raise ExplorerError(f"input_dim {input_dim} and n_channels {n_channels} disagree", "Make the first equal.")
        if height < 8 or width < 8 or height % 8 or width % 8:
            raise ExplorerError(f"images of {height} x {width} pixels", "Height and width must be divisible by 8.")
        if not 2 <= latent_dim <= 512:
            raise ExplorerError(f"latent_dim is {latent_dim}", "Choose a whole number from 2 to 512.")
        if norm not in _NORMS:
            raise ExplorerError(f"norm is {norm!r}", f"Choose one of: {', '.join(_NORMS)}.")
        if norm == "group" and channels % _GROUPS:
            raise ExplorerError(f"channels is {channels}, and norm group", f"Choose a multiple of {_GROUPS} channels.")
        normalise = _NORMS[norm]
        h, w = height // 8, width // 8  # what three convolutions of stride 2 leave

        def down(c_in: int, c_out: int) -> list[nn.Module]:
            return [nn.Conv2d(c_in, c_out, 3, stride=2, padding=1), nn.ReLU(), normalise(c_out)]

        def up(c_in: int, c_out: int) -> nn.Module:
            return nn.ConvTranspose2d(c_in, c_out, 3, stride=2, padding=1, output_padding=1)

        wide, wider = 2 * channels, 4 * channels
        self.encoder = nn.Sequential(  # (N, 3, 32, 32)
            *down(n_channels, channels),  # (N, 96, 16, 16)
            *down(channels, wide),  # (N, 192, 8, 8)
            *down(wide, wider),  # (N, 384, 4, 4)
            nn.Flatten(),  # (N, 6144)
            nn.Linear(wider * h * w, 2 * latent_dim),  # (N, 256): mu, then logvar
        )
        self.decoder = nn.Sequential(  # (N, 128)
            nn.Linear(latent_dim, wider * h * w),
            nn.Unflatten(1, (wider, h, w)),  # (N, 384, 4, 4)
            up(wider, wide), nn.ReLU(), normalise(wide),  # (N, 192, 8, 8)
            up(wide, channels), nn.ReLU(), normalise(channels),  # (N, 96, 16, 16)
            up(channels, n_channels), nn.Sigmoid(),  # (N, 3, 32, 32)
        )  # fmt: skip

    @classmethod
    def settings_of(cls, weights: Mapping[str, Tensor], **asked: Any) -> tuple[int, dict[str, Any]]:
        """As `Net.settings_of`; group norm and its number of groups are not told, and `norm="group"` says so.

        Nor is what has no weights, such as a Sigmoid at the end, nor the epsilon of batch norm: taken as they are here.
        """
        first, last = weights.get("encoder.0.weight"), weights.get("decoder.0.weight")
        if first is None or last is None or first.ndim != 4 or last.ndim != 2:
            layers = sorted({(key.rpartition(".")[0] or key)[:60] for key in weights})
            raise ExplorerError(
                f"there are no layers {FAMILY.title} would have, encoder.0 and decoder.0",
                f"There are: {', '.join(layers[:12])}. Of a net with other layers give the code, too: "
                "python -m explorer import FILE --code FILE.py.",
            )
        if "encoder.1.weight" in weights:
            raise ExplorerError(
                f"its encoder normalises before the ReLU (encoder.1), {FAMILY.title} after it (encoder.2)",
                "Give its code, too: python -m explorer import FILE --code FILE.py.",
            )
        norm = "none"
        if "encoder.2.running_mean" in weights:
            norm = "batch"
        elif "encoder.2.weight" in weights:
            norm = asked.get("norm", "")
            if norm != "group":
                raise ExplorerError(
                    "encoder.2 normalises without running statistics, and doesn't tell how",
                    f"If it is GroupNorm({_GROUPS}, channels), say --norm group; else give its code: --code FILE.py.",
                )
        return last.shape[1], {"norm": norm, "channels": first.shape[0]}

    def inner_layers(self) -> list[Layer]:
        """Those that neither read pixels nor write them, nor mu and logvar: what Muon is for."""
        layers = [m for m in self.modules() if isinstance(m, Layer)]
        return [layer for layer in layers[1:-1] if layer is not self.encoder[-1]]

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (N, 3, H, W), 0..1 -> q(z | x), with mu and logvar of (N, latent_dim)."""
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        return DiagonalGaussian(mu, logvar)

    def decode(self, z: Tensor) -> Tensor:
        """Latents (N, latent_dim) -> images (N, 3, H, W), 0..1."""
        return self.decoder(z).float()
