"""The seed notebook's convolutional VAE.

Kingma and Welling 2014, "Auto-Encoding Variational Bayes"; layers as in the notebook: three strided convolutions down,
three transposed ones up, batch norm after each ReLU.
"""

from __future__ import annotations

from collections.abc import Callable

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
    options={"norm": ("batch", "group", "none")},
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
    ) -> None:
        super().__init__(latent_dim, norm=norm)
        channels, height, width = input_dim
        if channels != n_channels:
            raise ExplorerError(f"input_dim {input_dim} and n_channels {n_channels} disagree", "Make the first equal.")
        if height < 8 or width < 8 or height % 8 or width % 8:
            raise ExplorerError(f"images of {height} x {width} pixels", "Height and width must be divisible by 8.")
        if not 2 <= latent_dim <= 512:
            raise ExplorerError(f"latent_dim is {latent_dim}", "Choose a whole number from 2 to 512.")
        if norm not in _NORMS:
            raise ExplorerError(f"norm is {norm!r}", f"Choose one of: {', '.join(_NORMS)}.")
        normalise = _NORMS[norm]
        h, w = height // 8, width // 8  # what three convolutions of stride 2 leave

        def down(c_in: int, c_out: int) -> list[nn.Module]:
            return [nn.Conv2d(c_in, c_out, 3, stride=2, padding=1), nn.ReLU(), normalise(c_out)]

        def up(c_in: int, c_out: int) -> nn.Module:
            return nn.ConvTranspose2d(c_in, c_out, 3, stride=2, padding=1, output_padding=1)

        self.encoder = nn.Sequential(  # (N, 3, 32, 32)
            *down(n_channels, 96),  # (N, 96, 16, 16)
            *down(96, 192),  # (N, 192, 8, 8)
            *down(192, 384),  # (N, 384, 4, 4)
            nn.Flatten(),  # (N, 6144)
            nn.Linear(384 * h * w, 2 * latent_dim),  # (N, 256): mu, then logvar
        )
        self.decoder = nn.Sequential(  # (N, 128)
            nn.Linear(latent_dim, 384 * h * w),
            nn.Unflatten(1, (384, h, w)),  # (N, 384, 4, 4)
            up(384, 192), nn.ReLU(), normalise(192),  # (N, 192, 8, 8)
            up(192, 96), nn.ReLU(), normalise(96),  # (N, 96, 16, 16)
            up(96, n_channels), nn.Sigmoid(),  # (N, 3, 32, 32)
        )  # fmt: skip

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
