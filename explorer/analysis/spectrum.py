"""Radially averaged power spectra of images, as those of van der Schaaf and van Hateren 1996, "Modelling the power
spectra of natural images"; pure functions."""

from __future__ import annotations

import numpy as np

SIDE = 32
FREQUENCIES = (
    np.arange(1, SIDE // 2 + 1) / SIDE
)  # cycles a pixel: 1/32, once across the image, to 1/2, every other pixel
OCTAVES = ((1, 2), (2, 4), (4, 8), (8, 16))  # from, to cycles an image; the last includes its end


def power_spectra(images: np.ndarray) -> np.ndarray:
    """Radially averaged power at each of `FREQUENCIES`, mean over channels: (N, 16) for float (N, C, 32, 32).

    White noise of variance v has power v at every frequency but the first, of which the mean takes some: means are
    taken off. A Hann window is laid over: left and right edges of a picture don't meet, and without a window the step
    between them would fill high frequencies, of a blurred picture more than of any other, with power that nobody sees.
    """
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SIDE) + 0.5) / SIDE)
    window = np.outer(hann, hann)
    mean = (images * window).sum(axis=(2, 3), keepdims=True) / window.sum()
    transformed = np.fft.rfft2((images - mean) * window)  # (N, C, 32, 17): of real images the rest is a mirror image
    power = (np.square(transformed.real) + np.square(transformed.imag)).mean(axis=1) / np.square(window).sum()
    half = SIDE // 2 + 1
    rings = np.eye(SIDE)[np.minimum(_rings()[:, :half], SIDE - 1)]  # (32, 17, 32): which ring each place is of
    rings[:, 1:-1] *= 2  # and its mirror image
    return (power.reshape(len(images), -1) @ rings.reshape(-1, SIDE))[:, 1:half] / ring_sizes()


def power_spectrum(images: np.ndarray) -> np.ndarray:
    """Mean of their `power_spectra`: (16,)."""
    return power_spectra(images).mean(axis=0)


def ring_sizes() -> np.ndarray:
    """How many places of a two-dimensional spectrum are averaged for each of `FREQUENCIES`: int (16,)."""
    return np.bincount(_rings().ravel())[1 : SIDE // 2 + 1]


def _rings() -> np.ndarray:
    """Cycles an image of each place of a two-dimensional spectrum, rounded: int (32, 32)."""
    cycles = np.fft.fftfreq(SIDE, 1 / SIDE)
    return np.rint(np.hypot(cycles[:, None], cycles)).astype(np.int64)
