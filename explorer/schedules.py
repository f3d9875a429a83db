"""Beta and learning-rate schedules: pure functions of the step, or of what was measured at it.

Each gives a factor on the value that the person chose. A value changed in flight is the factor's new base, so changes
and schedules compose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from explorer import units

# -- learning rate ---------------------------------------------------------------------------------------------------


def warmup(step: int, warmup_steps: int) -> float:
    """Linear rise from 1 / warmup_steps at step 0 to 1 at step warmup_steps - 1, and 1 from there on."""
    return min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0


_STABLE = 0.8  # of a run before "wsd" falls: Haegele et al. 2024 find a fifth to be enough

DECAYS = {  # from 1 at progress 0 towards 0 at progress 1
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),  # Loshchilov and Hutter 2017, "SGDR", eq. 5
    # warm-up, stable, decay: Haegele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Durations"
    "wsd": lambda progress: min(1.0, (1.0 - progress) / (1.0 - _STABLE)),
}


def decay(step: int, total_steps: int, shape: str) -> float:
    """Fall from 1 at step 0 towards 0 at `total_steps`, in one of the shapes of `DECAYS`."""
    return DECAYS[shape](min(1.0, step / total_steps))


# -- beta ------------------------------------------------------------------------------------------------------------

CYCLES = 4  # of "cyclical" in a run: Fu et al. 2019, section 5

BETA_SCHEDULES = {
    "constant": "The beta above, from the first step to the last.",
    "linear": "Rises from zero in a straight line, then stays (Bowman et al. 2016).",
    "cosine": "Rises from zero along half a cosine, then stays: slow at both ends.",
    "cyclical": "Rises in a straight line for half of each cycle, stays for the other half, and begins again at zero "
    "(Fu et al. 2019).",
    "capacity": "The KL is drawn to nats that rise to the target; beta says how hard (Burgess et al. 2018).",
    "controller": "A controller moves beta so that the KL comes to the target and stays (Shao et al. 2020).",
    "free bits": "No dimension is pressed below its share of the target: those nats are free (Kingma et al. 2016).",
    "calibrated": "Beta follows the error made, so that sigma squared equals it (Rybkin et al. 2021).",
}
TARGETED = ("capacity", "controller", "free bits")  # those that `target_nats` matters to
MEASURED = ("controller", "calibrated")  # those whose beta depends on what is measured, and can't be drawn beforehand


def beta_factor(schedule: str, step: int, total_steps: int, steps: int = 0) -> float:
    """The factor on beta of the schedules that go by the step alone; 1 for all others.

    Parameters
    ----------
    schedule : key of BETA_SCHEDULES
    step, total_steps : int
        0-based; `total_steps` is the run's length.
    steps : int
        Over which beta rises (linear, cosine), or that a cycle takes (cyclical); 0 is the whole run, or a quarter.
    """
    if schedule == "cyclical":
        cycle = steps or -(-total_steps // CYCLES)  # rounded up: a last, short cycle would end the run near zero
        return warmup(step % cycle, max(1, cycle // 2))
    progress = warmup(step, steps or total_steps)
    if schedule == "linear":
        return progress
    if schedule == "cosine":
        return 1.0 - DECAYS["cosine"](progress)
    return 1.0


def capacity(step: int, total_steps: int, steps: int, target_nats: float) -> float:
    """Nats an image that the KL is drawn to at a step: from zero to `target_nats`, linearly over `steps`.

    Burgess et al. 2018, "Understanding disentangling in beta-VAE", eq. 8: recon + gamma |KL - C|. Ours is in means, so
    that beta keeps its unit: recon + beta |KL - C| / latent_dim.
    """
    return target_nats * warmup(step, steps or total_steps)


@dataclass(frozen=True)
class KLController:
    """A proportional-integral controller on the logarithm of beta that holds the KL at a number of nats.

    Shao et al. 2020, "ControlVAE: Controllable Variational Autoencoder", section 3.2, with two differences. Beta spans
    decades, so the error is ln(KL / target) and moves ln(beta). And where theirs stops to add up while beta stands at
    a bound, which leaves it stuck there when the error turns small but not round, ours takes back what was added in
    vain (back-calculation, Astrom and Hagglund 1995, "PID Controllers", section 3.5): when the KL crosses the target,
    beta leaves its bound at the next step.

    Parameters
    ----------
    integral : float
        What has been added up so far.
    output : float
        ln of the factor on beta.
    smoothed : float
        Running mean of ln(KL / target) over about ten steps: a batch's KL is noisy.
    """

    integral: float = 0.0
    output: float = 0.0
    smoothed: float = 0.0

    PROPORTIONAL = 0.3
    INTEGRAL = 0.01  # a step: an error of a factor e moves beta by one percent a step
    BOUND = math.log(1e4)  # beta stays within ten thousand times and a ten-thousandth of its base
    SMOOTHING = 0.1

    @property
    def factor(self) -> float:
        return math.exp(self.output)

    def after(self, kl_nats: float, target_nats: float) -> KLController:
        """The controller a step later, when a batch was measured to take `kl_nats` an image."""
        error = math.log(max(kl_nats, 1e-6) / target_nats)
        smoothed = self.smoothed + self.SMOOTHING * (error - self.smoothed)
        integral = self.integral + self.INTEGRAL * smoothed
        wanted = self.PROPORTIONAL * smoothed + integral
        output = min(self.BOUND, max(-self.BOUND, wanted))
        return replace(self, integral=integral + output - wanted, output=output, smoothed=smoothed)


@dataclass(frozen=True)
class Calibration:
    """The beta at which sigma squared equals the mean squared error made (pixel scale 0..1).

    Rybkin et al. 2021, "Simple and Effective VAE Training with Calibrated Decoders", section 3.2: the optimal sigma of
    each batch, in closed form. Theirs is D/2 ln MSE + KL, whose gradient is that of recon + beta KL / latent_dim, times
    a number, at just this beta. Here it is a running mean over about ten batches.
    """

    mse: float = 0.0

    SMOOTHING = 0.1

    def after(self, mse: float) -> Calibration:
        """A step later, when a batch was measured to have this error."""
        return replace(self, mse=mse if not self.mse else self.mse + self.SMOOTHING * (mse - self.mse))

    def beta(self, latent_dim: int) -> float | None:
        """None before the first batch."""
        return units.calibrated_beta(self.mse, latent_dim) if self.mse else None
