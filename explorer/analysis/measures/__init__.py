"""What is measured: the one list. A measure is a file here and a line in `MEASURES`.

Compare's table and CSV, Blur's loupe, tables, CSVs and charts, and the cards of shipped models go through the list:
`python -m explorer measure` puts what is new into the cards. Definitions that are no measures, but that several pages
need alike, are here too: when a latent dimension is in use (`in_use`), and what "at the same rate" is (`same_rate`).

Nothing here imports torch.
"""

from explorer.analysis.measures.half_power import HALF_POWER
from explorer.analysis.measures.measure import Measure, Reconstruction
from explorer.analysis.measures.mse import MSE
from explorer.analysis.measures.psnr import PSNR
from explorer.analysis.measures.rate import ENTROPY, RATE
from explorer.analysis.measures.sharpness import SHARPNESS
from explorer.analysis.measures.ssim import SSIM

_LISTED = (
    MSE,
    PSNR,
    SSIM,
    SHARPNESS,
    HALF_POWER,
    RATE,
    ENTROPY,
)
MEASURES: dict[str, Measure] = {measure.key: measure for measure in _LISTED}
OF_AN_IMAGE = tuple(measure for measure in _LISTED if measure.pooled != "whole set")

__all__ = ["MEASURES", "OF_AN_IMAGE", "Measure", "Reconstruction"]
