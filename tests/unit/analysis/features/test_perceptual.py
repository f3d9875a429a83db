"""Our features' distance between two pictures."""

from __future__ import annotations

import torch
from skimage import data
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.features import perceptual


def photographs() -> Tensor:
    """Six patches of photographs: (6, 3, 32, 32), 0..1."""
    cat = torch.from_numpy(data.chelsea()[:256, :384]).permute(2, 0, 1).float() / 255
    small = F.interpolate(cat[None], scale_factor=0.5, mode="area")
    return F.unfold(small, 32, stride=64).view(3, 32, 32, -1).permute(3, 0, 1, 2)


def blurred(x: Tensor, pixels: int) -> Tensor:
    return F.avg_pool2d(F.pad(x, [pixels // 2] * 4, mode="reflect"), pixels, stride=1)


def test_a_picture_is_like_itself_and_the_order_does_not_matter():
    x = photographs()
    assert perceptual.distance(x, x).tolist() == [0] * len(x)
    there, back = perceptual.distance(x, x.flip(0)), perceptual.distance(x.flip(0), x)
    torch.testing.assert_close(there, back, rtol=1e-3, atol=1e-5)
    assert there.min() > 0
    assert there.max() < 2


def test_it_grows_with_blur_and_with_noise():
    x = photographs()
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    for worse in (
        [blurred(x, pixels) for pixels in (1, 3, 5, 9)],
        [(x + scale * noise).clamp(0, 1) for scale in (0, 0.03, 0.1, 0.3)],
    ):
        means = [perceptual.distance(x, each).mean().item() for each in worse]
        assert means == sorted(means)
        assert means[1] > 100 * means[0]


def test_it_minds_blur_more_than_a_change_of_brightness_of_as_much_error():
    x = photographs() * 0.8
    blur = blurred(x, 5)
    brighter = x + (blur - x).square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    torch.testing.assert_close((brighter - x).square().mean((1, 2, 3)), (blur - x).square().mean((1, 2, 3)))
    assert (perceptual.distance(x, blur) > 1.5 * perceptual.distance(x, brighter)).all()
