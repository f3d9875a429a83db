"""A controller that holds the KL at a number of nats."""

import math
from typing import Any

from explorer.schedules.base import BetaSchedule, Terms
from explorer.units import nats_per_image


class Controller(BetaSchedule):
    """Proportional and integral, on the logarithm of beta.

    As in the paper, with two differences. Beta spans decades, so the error is ln(KL / target) and moves ln(beta). And
    where theirs stops to add up while beta stands at a bound, which leaves it stuck there when the error turns small
    but not round, ours takes back what was added in vain (back-calculation, Astrom and Hagglund 1995, "PID
    Controllers", section 3.5): when the KL crosses the target, beta leaves its bound at the next step.

    Attributes
    ----------
    integral : float
        What has been added up so far.
    output : float
        ln of the factor on beta.
    smoothed : float
        Running mean of ln(KL / target) over about ten steps: a batch's KL is noisy.
    """

    key = "controller"
    help = "A controller moves beta so that the KL comes to the target and stays (Shao et al. 2020)."
    source = 'Shao et al. 2020, "ControlVAE: Controllable Variational Autoencoder", section 3.2'
    targeted, foreseeable, allows_zero = True, False, False
    remembered = ("integral", "output", "smoothed")

    integral = output = smoothed = 0.0

    PROPORTIONAL = 0.3
    INTEGRAL = 0.01  # a step: an error of a factor e moves beta by one percent a step
    BOUND = math.log(1e4)  # beta stays within ten thousand times and a ten-thousandth of its base
    SMOOTHING = 0.1

    def beta(self, step: int) -> float:
        return self.base * math.exp(self.output)

    def after(self, terms: Terms) -> None:
        error = math.log(max(nats_per_image(float(terms.kl), self.latent_dim), 1e-6) / self.target_nats)
        self.smoothed += self.SMOOTHING * (error - self.smoothed)
        self.integral += self.INTEGRAL * self.smoothed
        wanted = self.PROPORTIONAL * self.smoothed + self.integral
        self.output = min(self.BOUND, max(-self.BOUND, wanted))
        self.integral = self.integral + self.output - wanted

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.output = min(self.BOUND, max(-self.BOUND, self.output))
