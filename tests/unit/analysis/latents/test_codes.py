"""What codes paint, and how often they are used, against the net itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.analysis.latents import codes
from explorer.nets.vq import VQVAE
from explorer.pixels import to_float, to_uint8

K = 12


@pytest.fixture(scope="module")
def net() -> VQVAE:
    torch.manual_seed(0)
    return VQVAE(codebook_size=K, code_dim=6).eval()


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 3, 32, 32), dtype=np.uint8)


def test_codes_of_an_image_paint_its_reconstruction(net: VQVAE, images: np.ndarray):
    with torch.inference_mode():
        made = to_uint8(net(to_float(images))[0])
    np.testing.assert_array_equal(codes.decode(net, codes.use(net, images).indices), made)


def test_use_counts_cells_and_images():
    indices = np.zeros((3, 64), np.int64)
    indices[0, :10] = 4
    indices[2, 63] = 4
    found = codes.Use(indices, 6)
    assert found.cells.tolist() == [3 * 64 - 11, 0, 0, 0, 11, 0]
    assert found.images.tolist() == [3, 0, 0, 0, 2, 0]
    assert found.used == 2


def test_a_tile_is_a_middle_cell_of_a_picture_of_one_code(net: VQVAE):
    with torch.inference_mode():
        whole = to_uint8(net.decode(net.lookup(torch.full((1, 64), 7))))[0]
    (tile,) = codes.codebook(net, np.array([7]))
    np.testing.assert_array_equal(tile, whole[16:20, 16:20])


def test_tiles_stand_beside_those_that_look_alike():
    levels = np.array([200, 3, 90, 150, 40], np.uint8)
    tiles = np.broadcast_to(levels[:, None, None, None], (5, 4, 4, 3))
    assert levels[codes.alike(tiles)].tolist() == sorted(levels.tolist())
    assert codes.alike(tiles[:2]).tolist() == [1, 0]
