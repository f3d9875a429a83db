"""KL annealing that begins again."""

from explorer.schedules.base import BetaSchedule, warmup

CYCLES = 4  # cycles in a run whose `steps` is 0: Fu et al. 2019, section 5


class Cyclical(BetaSchedule):
    """Linear for half a cycle of `steps`, or of a quarter of the run, then at beta for the other half, and anew."""

    key = "cyclical"
    help = (
        "Rises in a straight line for half of each cycle, stays for the other half, and begins again at zero "
        "(Fu et al. 2019)."
    )
    source = 'Fu et al. 2019, "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing"'

    def beta(self, step: int) -> float:
        cycle = self.steps or -(-self.total_steps // CYCLES)  # rounded up: a last, short one would end near zero
        return self.base * warmup(step % cycle, max(1, cycle // 2))
