"""The seed notebook's own training loop, for ours to be measured beside."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from explorer.data.imageset import ImageSet
from explorer.nets.gaussian import LOGVAR_BOUND
from explorer.nets.vae import ConvolutionalVAE
from explorer.presets import PRESETS


class NotebookLoop:
    """The seed notebook's net, data loader, objective and steps: float32, one image indexed at a time."""

    def __init__(self, images: ImageSet, device: str = "cpu") -> None:
        self.device = device
        torch.manual_seed(0)
        self.settings = PRESETS["notebook"].settings
        pixels = torch.from_numpy(images.images).float() / 255

        def loader(split: Any, shuffle: bool) -> DataLoader[tuple[Tensor, ...]]:
            x = pixels[torch.from_numpy(images.indices(split))]
            labels = torch.from_numpy(images.labels[images.indices(split)])
            return DataLoader(TensorDataset(x, labels), self.settings.batch_size, shuffle=shuffle)

        self.train_images, self.validation_images = loader("train", True), loader("validation", False)
        self.net = ConvolutionalVAE(latent_dim=self.settings.latent_dim).to(device)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and KL a dimension; logvar is bounded in the KL alone."""
        mu, logvar = self.net.encoder(x).split(self.settings.latent_dim, dim=1)
        x_hat = self.net.decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
        bounded = logvar.clamp(-LOGVAR_BOUND, LOGVAR_BOUND)
        kl = -0.5 * torch.sum(1 + bounded - mu.pow(2) - bounded.exp()) / mu.numel()
        return nn.functional.mse_loss(x_hat, x), kl

    def steps(self) -> Iterator[None]:
        """An epoch, a step at a time."""
        self.net.train()
        for x, _ in self.train_images:
            recon, kl = self.terms(x.to(self.device))
            loss = recon + self.settings.beta * kl
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.grad_clip)
            self.optimiser.step()
            yield

    @torch.no_grad()
    def validate(self) -> float:
        """The mean total over batches, as the notebook has it: NaN and the like included."""
        self.net.eval()
        found = [self.terms(x.to(self.device)) for x, _ in self.validation_images]
        return statistics.fmean((recon + self.settings.beta * kl).item() for recon, kl in found)
