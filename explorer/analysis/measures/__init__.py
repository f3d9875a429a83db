"""What is measured: the one list. A measure is a file here, with its `MEASURE`, and a line in `_FILES`.

Compare's table and CSV, Blur's loupe, tables, CSVs and charts, and the cards of shipped models go through the list:
`python -m explorer measure` puts what is new into the cards. What is `slow` they alone hold: pages don't wait for it. A
definition that is no measure, but that several pages need alike, is here too: what "at the same rate" is (`same_rate`).

Nothing here imports torch, before something is measured that needs it.
"""

from importlib import import_module

from explorer.analysis.measures.measure import Measure, Reconstruction

__all__ = ["MEASURES", "Measure", "Reconstruction", "of_an_image", "quick"]

_FILES = (  # in the order of tables
    "mse",
    "psnr",
    "ssim",
    "ms_ssim",
    "perceptual",
    "sharpness",
    "half_power",
    "rate",
    "entropy",
)
MEASURES: dict[str, Measure] = {
    measure.key: measure for measure in (import_module(f"{__name__}.{file}").MEASURE for file in _FILES)
}


def quick() -> dict[str, Measure]:
    """Those that are measured while a page waits."""
    return {key: measure for key, measure in MEASURES.items() if not measure.slow}


def of_an_image() -> list[Measure]:
    """Those that a single image has, and that are measured while a page waits."""
    return [measure for measure in quick().values() if measure.pooled != "whole set"]
