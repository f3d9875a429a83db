"""No schedule: beta stays."""

from explorer.schedules.base import BetaSchedule


class Constant(BetaSchedule):
    """Beta as in the settings, at every step."""

    key = "constant"
    help = "The beta above, from the first step to the last."
