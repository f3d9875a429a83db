"""The words and effects of blur, on trials whose effects are known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.claims import CLAIMS
from explorer.claims.evidence import Sharpness
from explorer.claims.verdict import Finding
from tests import claims_rows

Found = Callable[..., Finding]


@pytest.mark.parametrize(("sharpness", "verdict"), [(0.2, "holds"), (0.3, "fails"), (0.4, "fails")])
def test_blur(sharpness: float, verdict: str, found: Found):
    rows = [row for seed in range(3) for row in claims_rows.generalise(seed, (0.001, 0.001), (0.3, sharpness))]
    finding = found("blur", rows)
    assert finding.verdict == verdict
    assert finding.cases[0].effects == pytest.approx([1 - sharpness / 0.3] * 3)
    assert finding.measured == len(CLAIMS["blur"].trials)
    assert f"VAE keeps {sharpness:.3f} of the originals' sharpness, the autoencoder 0.300" in finding.sentence


def test_what_shipped_models_say_of_blur(found: Found):
    """Codes beside a VAE at as many nats; VAEs of some betas beside the autoencoder."""
    curve = ((320.0, 0.16), (500.0, 0.04))
    cards = [
        *(Sharpness("every beta", "conditional_vae", 0.001, nats, sharp) for nats, sharp in curve),
        Sharpness("codes", "vq_vae", 0.0, 400.0, 0.12),
    ]
    assert found("blur", [], cards).more == "At 400 nats an image a VQ-VAE keeps 0.120, a VAE 0.080."
    cards = [
        *(
            Sharpness("", "residual_vae", beta, 100.0, sharp, 2496)
            for beta, sharp in ((0.1, 0.1), (0.001, 0.3), (0.01, 0.2))
        ),
        Sharpness("", "autoencoder", 0.0, None, 0.4, 624),
    ]
    assert found("blur", [], cards).more == (
        "Of the shipped models, trained for as many steps as stand in brackets, the autoencoder keeps 0.400 (624), "
        "VAEs 0.300 (2,496) at beta 0.001, 0.200 (2,496) at beta 0.01 and 0.100 (2,496) at beta 0.1."
    )
