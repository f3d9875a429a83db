"""A KL that is drawn to a rising number of nats."""

from explorer.schedules.base import Allowance, BetaSchedule, warmup


class Capacity(BetaSchedule):
    """Nats that the KL is drawn to: from zero to `target_nats`, linearly over `steps`, or the whole run.

    Burgess et al.'s recon + gamma |KL - C|. Ours is in means, so that beta keeps its unit:
    recon + beta |KL - C| / latent_dim.
    """

    key = "capacity"
    help = "The KL is drawn to nats that rise to the target; beta says how hard (Burgess et al. 2018)."
    source = 'Burgess et al. 2018, "Understanding disentangling in beta-VAE", eq. 8'
    targeted = True

    def allowance(self, step: int) -> Allowance:
        return Allowance(capacity=self.target_nats * warmup(step, self.steps or self.total_steps))
