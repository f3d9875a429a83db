"""Mean squared error."""

from explorer.analysis.measures.measure import Measure

MEASURE = Measure(
    key="mse",
    title="MSE",
    help="Mean squared error; pixels go from 0 to 1.",
    of="pictures",
    terms=lambda of: of.mse,
    scale="pixels 0 to 1",
    digits=".4f",
    better="lower",
)
