"""KL annealing in a straight line."""

from explorer.schedules.base import BetaSchedule, warmup


class Linear(BetaSchedule):
    """From beta / steps at the first step to beta, over `steps`, or the whole run."""

    key = "linear"
    help = "Rises from zero in a straight line, then stays (Bowman et al. 2016)."
    source = 'Bowman et al. 2016, "Generating Sentences from a Continuous Space", section 3.1'

    def beta(self, step: int) -> float:
        return self.base * warmup(step, self.steps or self.total_steps)
