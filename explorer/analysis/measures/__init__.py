"""What is measured: the one list. A measure is a file here, with its `MEASURE`, and a line in `_FILES`.

Compare's table and CSV, Blur's loupe, tables, CSVs and charts, and the cards of shipped models go through the list:
`python -m explorer measure` puts what is new into the cards. A definition that is no measure, but that several pages
need alike, is here too: what "at the same rate" is (`same_rate`).

Nothing here imports torch, before something is measured that needs it.
"""

from importlib import import_module

from explorer.analysis.measures.measure import Measure, Reconstruction

__all__ = ["MEASURES", "Measure", "Reconstruction", "of_an_image"]

_FILES = (  # in the order of tables
    "mse",
    "psnr",
    "ssim",
    "ms_ssim",
    "sharpness",
    "half_power",
    "rate",
    "entropy",
)
MEASURES: dict[str, Measure] = {
    measure.key: measure for measure in (import_module(f"{__name__}.{file}").MEASURE for file in _FILES)
}


def of_an_image() -> list[Measure]:
    """Those that a single image has."""
    return [measure for measure in MEASURES.values() if measure.pooled != "whole set"]
