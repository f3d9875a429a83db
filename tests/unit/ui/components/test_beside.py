"""What the browser is given beside the picture of beta."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.analysis.aggregate import Aggregate
from explorer.analysis.over_beta import Drawn
from explorer.ui.components import beside

B, N, D, S = 3, 6, 16, 2


@pytest.fixture
def found() -> Aggregate:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=(B, N, 2)).astype(np.float32), rng.random((B, N, 2)).astype(np.float32)
    return Aggregate((3, 0), mean, std, 4 + rng.random((B, 4 * N)), np.array([5, 1]), rng.random((B, 2)))


def test_latents_are_sent_to_a_thousandth_of_a_standard_deviation(found: Aggregate):
    z = np.arange(S * D, dtype=np.float32).reshape(S, D) / 10
    images = np.random.default_rng(1).integers(0, 256, (N, 3, 32, 32), dtype=np.uint8)
    sent = beside.latents("mine", found, images, Drawn(z, np.zeros(0)), "images of Some")
    axes, length = sent["axes"], sent["length"]
    read = np.frombuffer(base64.b64decode(axes["mean"]), dtype="<i2").reshape(B, N, 2) / 1000
    np.testing.assert_allclose(read, found.mean, atol=0.0006)
    assert axes["names"] == ["dimension 3 of z", "dimension 0 of z"]
    assert axes["samples"] == [pytest.approx([0.3, 0.0]), pytest.approx([1.9, 1.6])]
    assert length["samples"] == pytest.approx(np.linalg.norm(z, axis=1), abs=1e-3)
    assert (sent["of"], length["title"]) == ("mine", "length of z, 6 images of Some")
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(length["strip"].split(",")[1]))))
    assert np.array_equal(strip[:, :32], images[5].transpose(1, 2, 0))


def test_a_histogram_and_the_priors_shell_have_an_area_of_one(found: Aggregate):
    images = np.zeros((N, 3, 32, 32), dtype=np.uint8)
    length = beside.latents("", found, images, Drawn(np.ones((S, D)), np.zeros(0)), "")["length"]
    for density in length["density"]:
        assert (np.diff(length["edges"]) * density).sum() == pytest.approx(1, abs=0.01)
    x, y = np.array(length["prior"]).T
    assert np.trapezoid(y, x) == pytest.approx(1, abs=0.01)
    assert length["words"][0].startswith(f"mean {found.lengths[0].mean():.1f}, spread {found.lengths[0].std():.2f}")
    assert length["words"][0].endswith("of N(0, 1): 3.9, 0.70")
