"""Nats that cost nothing."""

from explorer.schedules.base import Allowance, BetaSchedule


class FreeBits(BetaSchedule):
    """Each dimension has its share of `target_nats` free: Kingma et al.'s lambda, with a group a dimension."""

    key = "free bits"
    help = "No dimension is pressed below its share of the target: those nats are free (Kingma et al. 2016)."
    source = 'Kingma et al. 2016, "Improved Variational Inference with Inverse Autoregressive Flow", appendix C.8'
    targeted = True

    def allowance(self, step: int) -> Allowance:
        return Allowance(free_nats=self.target_nats)
