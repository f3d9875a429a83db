"""A decoder whose sigma is the error that it makes."""

from typing import Any

from explorer.schedules.base import BetaSchedule, Terms
from explorer.units import calibrated_beta


class Calibrated(BetaSchedule):
    """The beta at which sigma squared equals the mean squared error made (pixel scale 0..1).

    The paper has the optimal sigma of each batch, in closed form. Theirs is D/2 ln MSE + KL, whose gradient is that of
    recon + beta KL / latent_dim, times a number, at just this beta. Here it is a running mean over about ten batches.
    A beta changed in flight multiplies it by its ratio to the beta that the run began with.

    Attributes
    ----------
    mse : float
        The running mean; 0 before the first batch, when beta is that of the settings.
    """

    key = "calibrated"
    help = "Beta follows the error made, so that sigma squared equals it (Rybkin et al. 2021)."
    source = 'Rybkin et al. 2021, "Simple and Effective VAE Training with Calibrated Decoders", section 3.2'
    foreseeable = allows_zero = False
    remembered = ("mse",)

    mse = 0.0

    SMOOTHING = 0.1

    def beta(self, step: int) -> float:
        return self.base * (calibrated_beta(self.mse, self.latent_dim) if self.mse else self.start) / self.start

    def after(self, terms: Terms) -> None:
        mse = float(terms.recon)
        self.mse = self.mse + self.SMOOTHING * (mse - self.mse) if self.mse else mse

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.mse = max(0.0, self.mse)
