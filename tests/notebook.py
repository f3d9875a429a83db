"""The seed notebook's network, as it stands there."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvolutionalVAE(nn.Module):
    def __init__(self, input_dim: tuple[int, int, int], n_channels: int, latent_dim: int):
        super().__init__()

        self.latent_dim = latent_dim

        self.encoder = nn.Sequential(
            nn.Conv2d(n_channels, 96, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(96),
            nn.Conv2d(96, 192, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(192),
            nn.Conv2d(192, 384, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(384),
            nn.Flatten(),
            nn.Linear(384 * input_dim[1] // 8 * input_dim[2] // 8, 2 * latent_dim),
        )

        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, 384 * input_dim[1] // 8 * input_dim[2] // 8),
            nn.Unflatten(1, (384, input_dim[1] // 8, input_dim[2] // 8)),
            nn.ConvTranspose2d(384, 192, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(192),
            nn.ConvTranspose2d(192, 96, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(96),
            nn.ConvTranspose2d(96, n_channels, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def sample(self, mu: Tensor, logvar: Tensor) -> Tensor:
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        encoded = self.encoder(x)
        mu, logvar = encoded.split(self.latent_dim, dim=1)
        z = self.sample(mu, logvar)
        return self.decoder(z), (mu, logvar)


def kl_loss(mu: Tensor, logvar: Tensor) -> Tensor:
    """The notebook's `kl_loss_func`."""
    logvar = torch.clamp(logvar, -10, 10)
    kl_loss = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return kl_loss / (mu.size(0) * mu.size(1))


def trained(images: Tensor, latent_dim: int = 16, steps: int = 3) -> ConvolutionalVAE:
    """A net after a few of the notebook's steps on images (N, 3, 32, 32), 0..1, in batches of 32; in eval mode."""
    torch.manual_seed(0)
    model = ConvolutionalVAE((3, 32, 32), 3, latent_dim)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-5)
    for step in range(steps):
        x = images[32 * step : 32 * (step + 1)]
        x_hat, (mu, logvar) = model(x)
        loss = nn.functional.mse_loss(x_hat, x) + 1e-3 * kl_loss(mu, logvar)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return model.eval()
