"""KL annealing along half a cosine."""

from explorer.schedules.base import BetaSchedule, half_cosine, warmup


class Cosine(BetaSchedule):
    """From near zero at the first step to beta, over `steps`, or the whole run: slowest at both ends."""

    key = "cosine"
    help = "Rises from zero along half a cosine, then stays: slow at both ends."

    def beta(self, step: int) -> float:
        return self.base * (1.0 - half_cosine(warmup(step, self.steps or self.total_steps)))
