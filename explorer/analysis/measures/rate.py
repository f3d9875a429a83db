"""What it takes to tell an image's latent to somebody who knows the prior."""

from explorer.analysis.measures.measure import Measure
from explorer.units import nats_to_bits

MEASURE = Measure(
    key="nats",
    title="Rate",
    help="KL of the image's latent to the prior, summed over dimensions; of codes, log K for each; none where it is a "
    "point, which would take infinitely many.",
    of="posterior",
    terms=lambda of: of.nats,
    unit="nats",
    digits=",.0f",
    also={"bits": nats_to_bits(1)},
)
