"""What a training run is told, validated: the command line and the app's form build the same `TrainConfig`."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from explorer.data import SOURCES
from explorer.device_names import DEVICE_VARIABLE, DEVICES
from explorer.errors import ExplorerError
from explorer.nets import BETA_RANGE, FAMILIES, TRAINED, Family, choices
from explorer.priors import PRIORS
from explorer.records import quoted
from explorer.schedules import BETA_SCHEDULES, CALIBRATED, CONSTANT, DECAYS, BetaSchedule, LearningRate


def _setting(
    default: Any,
    help: str,
    group: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field that knows its bounds (inclusive), unit, explanation and the heading it stands under."""
    metadata = {"help": help, "group": group, "low": low, "high": high, "unit": unit, "choices": choices}
    return field(default=default, metadata=metadata)


def _cells_words(family: Family) -> str:
    """What a family asks of `latent_dim`, as help goes on: empty if nothing."""
    if family.cells == 1:
        return ""
    asked = (
        f"{family.cells}, a code each" if family.posterior == "codes" else f"a multiple of {family.cells}, its cells"
    )
    return f"; of {family.key} {asked}"


class SettingError(ExplorerError):
    """A setting that can't be as it is.

    Parameters
    ----------
    name : str
        The field of `TrainConfig` that is to be changed.
    what, advice
        As for ExplorerError.
    """

    def __init__(self, name: str, what: str, advice: str) -> None:
        self.name = name
        super().__init__(what, advice)


LONGEST_TEXT = 1024  # characters of a setting, a path above all
PRIOR = "Prior"  # heading of the settings that make a run one of a prior
NETWORK = "Network"  # heading of the settings that are fixed once weights are loaded: the architecture's

TRAINED_PRIORS = {key: record for key, record in PRIORS.items() if record.trained}

# Settings that mean something to autoencoders only: to a prior they are those of the model that it is of, or nothing.
OF_AUTOENCODERS = {
    "family", "latent_dim", "norm", "channels", "likelihood", "depth", "refinements", "trunk", "codebook_size",
    "code_dim",
    "commitment", "beta", "beta_schedule", "beta_steps", "target_nats", "patience",
}  # fmt: skip
# Settings that a prior has from the model that it is of.
_OF_ITS_MODEL = ("source", "data_path")

# The only settings that a family solved in closed form heeds: it takes no optimiser steps, so it has no use for epochs,
# a learning rate or a seed.
CLOSED_FORM_SETTINGS = ("source", "data_path", "train_images", "family", "latent_dim", "beta")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a run's weights, apart from the machine it runs on.

    Each field carries `help`, `group`, `low`, `high`, `unit` and `choices` in its metadata.

    To families whose objective has no beta (`Family.weighs_beta`) it is 0 and constant, whatever was asked for; to one
    that `learns_spread` it is calibrated.

    Raises
    ------
    SettingError
        If a value is of the wrong type or out of bounds; the message names the field, the value and what is allowed.
    """

    source: str = _setting("photos", "Images to train on.", "Images", choices=tuple(SOURCES))
    data_path: str = _setting(
        "",
        f"Where the images are ({', '.join(key for key, source in SOURCES.items() if source.takes_path)}); "
        "empty looks in data/.",
        "Images",
    )
    train_images: int = _setting(
        0,
        "Train on so many of the training images, the same in every run; 0 for all.",
        "Images",
        low=0,
        high=10_000_000,
        unit="images",
    )
    flips: str = _setting(
        "none",
        "Whether steps see images as they are, or each left to right in half of the passes, drawn from the seed.",
        "Images",
        choices=("none", "horizontal"),
    )
    family: str = _setting(
        "conv_vae",
        "Architecture: " + "; ".join(f"{family.key} {family.help}" for family in TRAINED.values()) + ".",
        NETWORK,
        choices=tuple(TRAINED),
    )
    latent_dim: int = _setting(
        128,
        "Latent dimensions of an image" + "".join(map(_cells_words, FAMILIES.values())) + ".",
        NETWORK,
        low=2,
        high=512,
    )
    norm: str = _setting(
        "batch",
        "Normalisation after each ReLU of conv_vae: over the batch, over groups of channels, or none.",
        NETWORK,
        choices=choices("norm"),
    )
    channels: int = _setting(
        96,
        "Channels of the first layer of conv_vae: the second has twice as many, the third four times; with norm group "
        "a multiple of 32.",
        NETWORK,
        low=8,
        high=128,
    )
    likelihood: str = _setting(
        "gaussian",
        "What the decoder of residual_vae says of a pixel value: gaussian, of the sigma that beta stands for; or "
        "logistic, over 256 levels, of a scale that it says for each. Then the ELBO counts, without a beta: shown is "
        "the one that the error stands for.",
        NETWORK,
        choices=choices("likelihood"),
    )
    depth: int = _setting(
        10, "Blocks with which residual_vae repaints: more learn more a step, and take longer.", NETWORK, low=1, high=40
    )
    refinements: int = _setting(
        0,
        "Steps by which an encoder corrects its guess against its own decoder: three close most of the gap to the best "
        "that it could say, and make a reconstruction eight times as slow, a step of training, in which every second "
        "image is corrected, 1.7 times; 0 for one glance "
        f"({', '.join(key for key, family in FAMILIES.items() if 'refinements' in family.options)}).",
        "Objective",
        low=0,
        high=8,
        unit="steps",
    )
    trunk: str = _setting("residual_vae", "Whose layers autoencoder has.", NETWORK, choices=choices("trunk"))
    codebook_size: int = _setting(512, "Codes that a cell of vq_vae chooses from.", NETWORK, low=2, high=8192)
    code_dim: int = _setting(32, "Dimensions of a code of vq_vae.", NETWORK, low=1, high=48)
    commitment: float = _setting(
        0.25, "Weight of the squared distance between what a cell says and its code.", "Objective", low=0.0, high=100.0
    )
    start_from: str = _setting(
        "", "Weights to start from: a model's id, or RUN_ID@STEP for a run's checkpoint; empty for random.", NETWORK
    )
    prior: str = _setting(
        "",
        "Instead of an autoencoder a prior over the latents of one: "
        + "; ".join(f"{key} {record.help}" for key, record in TRAINED_PRIORS.items())
        + ".",
        PRIOR,
        choices=tuple(TRAINED_PRIORS),
    )
    prior_of: str = _setting(
        "",
        "Whose latents, of the images that it learnt from: a model's id, or RUN_ID@STEP for a run's checkpoint.",
        PRIOR,
    )
    beta: float = _setting(
        1e-3,
        "Weight of the mean KL a latent dimension against the mean squared error a pixel.",
        "Objective",
        low=0.0,
        high=100.0,
    )
    beta_schedule: str = _setting(
        CONSTANT, "How beta moves as training goes on.", "Objective", choices=tuple(BETA_SCHEDULES)
    )
    beta_steps: int = _setting(
        0,
        "Steps over which beta or the capacity rises, or that a cycle takes; 0 for the whole run, or a quarter of it.",
        "Objective",
        low=0,
        high=10_000_000,
        unit="steps",
    )
    target_nats: float = _setting(
        200.0,
        "Nats an image that the schedule aims at, or leaves free "
        f"({', '.join(key for key, schedule in BETA_SCHEDULES.items() if schedule.targeted)}).",
        "Objective",
        low=0.1,
        high=10_000.0,
        unit="nats",
    )
    epochs: int = _setting(10, "Passes over the training images.", "Length", low=1, high=1000)
    max_steps: int = _setting(
        0,
        "Stop after so many steps even if epochs are left; 0 for no limit.",
        "Length",
        low=0,
        high=10_000_000,
        unit="steps",
    )
    patience: int = _setting(
        0,
        "End the run once so many epochs have brought no lower validation total, with the weights of the lowest; 0 to "
        "train to the end.",
        "Length",
        low=0,
        high=1000,
        unit="epochs",
    )
    batch_size: int = _setting(64, "Images a step.", "Optimiser", low=2, high=1024, unit="images")
    optimiser: str = _setting(
        "adamw",
        "AdamW; or Muon on the inner weight matrices and AdamW on the rest.",
        "Optimiser",
        choices=("adamw", "muon"),
    )
    learning_rate: float = _setting(1e-3, "Peak step size of AdamW.", "Optimiser", low=1e-7, high=1.0)
    muon_learning_rate: float = _setting(
        1e-2, "Peak step size of Muon, where it is used.", "Optimiser", low=1e-6, high=1.0
    )
    learning_rate_schedule: str = _setting(
        CONSTANT,
        "How the step size moves from the first step to the last.",
        "Optimiser",
        choices=tuple(DECAYS),
    )
    warmup_steps: int = _setting(
        0, "Steps over which the step size rises from zero.", "Optimiser", low=0, high=100_000, unit="steps"
    )
    weight_decay: float = _setting(1e-5, "Decoupled weight decay of AdamW.", "Optimiser", low=0.0, high=1.0)
    muon_weight_decay: float = _setting(
        0.0,
        "Decoupled weight decay of Muon, where it is used: without it, weights grow for as long as it trains.",
        "Optimiser",
        low=0.0,
        high=1.0,
    )
    average: float = _setting(
        0.0,
        "Weight of the past in an average of the weights over steps, which is measured and kept in their place: 0.999 "
        "is over the last thousand or so; 0 for the last weights themselves.",
        "Optimiser",
        low=0.0,
        high=0.99999,
    )
    grad_clip: float = _setting(
        1.0, "Largest norm of the gradient; longer ones are scaled down.", "Optimiser", low=1e-3, high=1e6
    )
    precision: str = _setting(
        "auto",
        "Of convolutions and matrix products; auto is bfloat16 where a short trial finds it faster, else float32.",
        "Optimiser",
        choices=("auto", "float32", "bfloat16"),
    )
    device: str = _setting(
        "auto",
        f"Where to train: auto is what {DEVICE_VARIABLE} says, or a GPU on which a short trial works, else the CPU. "
        "cuda repeats on the same card, driver and versions, mps (Apple's) only nearly; between devices sums differ "
        "in their last digits.",
        "Optimiser",
        choices=DEVICES,
    )
    seed: int = _setting(
        0, "Seeds the weights, the order of the images and the latent noise.", "Chance", low=0, high=2**31 - 1
    )

    def __post_init__(self) -> None:
        for f in fields(self):
            object.__setattr__(self, f.name, checked(f.name, getattr(self, f.name)))
        if self.prior_of and not self.prior:
            raise SettingError(
                "prior",
                f"prior_of is {self.prior_of[:80]!r} without a prior",
                f"Choose one: {', '.join(TRAINED_PRIORS)}.",
            )
        family = FAMILIES[self.family]
        if self.latent_dim % family.cells or (family.posterior == "codes" and self.latent_dim != family.cells):
            allowed = f"{family.cells}" if family.posterior == "codes" else f"a multiple of {family.cells}"
            raise SettingError(
                "latent_dim",
                f"latent_dim is {self.latent_dim} and the family {self.family}",
                f"It keeps the layout of images in {family.cells} cells: choose {allowed}.",
            )
        if self.family == "conv_vae" and self.norm == "group" and self.channels % 32:
            raise SettingError(
                "channels",
                f"channels is {self.channels} and norm is group",
                "It normalises 32 groups: choose a multiple of 32 channels.",
            )
        if not self.weighs_beta:
            object.__setattr__(self, "beta", 0.0)
            object.__setattr__(self, "beta_schedule", CONSTANT)
        if self.learns_spread:
            object.__setattr__(self, "beta_schedule", CALIBRATED)
            if self.refinements:
                raise SettingError(
                    "refinements",
                    f"refinements is {self.refinements} and the likelihood logistic",
                    "Choose 0, or the likelihood gaussian.",
                )
        low, high = BETA_RANGE
        if self.conditional and not (low <= self.beta <= high and self.beta_schedule == CONSTANT):
            raise SettingError(
                "beta",
                f"beta is {self.beta:g}, {self.beta_schedule}, and the family {self.family}",
                f"It learns every beta from {low:g} to {high:g} at once: choose the one to show, and no schedule.",
            )
        if self.beta == 0 and not BETA_SCHEDULES[self.beta_schedule].allows_zero:
            raise SettingError(
                "beta",
                f"beta is 0 and the schedule is {self.beta_schedule}",
                "It multiplies beta: choose one above zero to start from.",
            )

    @classmethod
    def of_prior(cls, key: str) -> TrainConfig:
        """What a run of a prior begins with, whatever it is of; the defaults for "", of none."""
        return cls(prior=key, **TRAINED_PRIORS[key].settings) if key else cls()

    @property
    def net_options(self) -> dict[str, Any]:
        """What the family's net is built with, beside `latent_dim`."""
        return {name: getattr(self, name) for name in FAMILIES[self.family].options}

    @property
    def architecture(self) -> dict[str, Any]:
        """What weights fix, and a run that starts from them can't choose: the family's settings of the network."""
        names = {"family", "latent_dim", *FAMILIES[self.family].options} & NETWORK_SETTINGS
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name in names}

    def steps_per_epoch(self, images: int) -> int:
        """Steps of a pass where there are so many training images: full batches only, the rest waits a turn."""
        images = min(images, self.train_images or images)
        return images // min(self.batch_size, images)  # a short batch's statistics would mislead batch norm

    def total_steps(self, images: int) -> int:
        """Steps of the whole run on so many training images."""
        total = self.epochs * self.steps_per_epoch(images)
        return min(total, self.max_steps) if self.max_steps else total

    def schedules(self, total_steps: int) -> tuple[BetaSchedule, LearningRate]:
        """How beta and the learning rate move in a run of so many steps, from its first step on."""
        beta = BETA_SCHEDULES[self.beta_schedule](
            self.beta, total_steps, steps=self.beta_steps, target_nats=self.target_nats, latent_dim=self.latent_dim
        )
        learning_rate = LearningRate(
            self.learning_rate, total_steps, warmup_steps=self.warmup_steps, decay=self.learning_rate_schedule
        )
        return beta, learning_rate

    @property
    def closed_form(self) -> bool:
        """Whether the family is solved for, not trained."""
        return not self.prior and FAMILIES[self.family].closed_form

    @property
    def weighs_beta(self) -> bool:
        """Whether the objective has a beta."""
        return not self.prior and FAMILIES[self.family].weighs_beta

    @property
    def counted(self) -> str:
        """What a step takes, so many at a time, in words."""
        return "encodings" if self.prior else "images"

    @property
    def conditional(self) -> bool:
        """Whether the family learns every beta at once, so that `beta` is only the one that is shown."""
        return not self.prior and FAMILIES[self.family].conditional

    @property
    def learns_spread(self) -> bool:
        """Whether its decoder learns how sure it is: the ELBO is minimised, and beta is what follows from its error."""
        return not self.prior and self.net_options.get("likelihood") == "logistic"

    def effective(self) -> TrainConfig:
        """These settings; in closed form one pass in batches of 512; and what plays no part at its default."""
        if self.prior:
            return TrainConfig(**{name: value for name, value in self.to_json().items() if name not in OF_AUTOENCODERS})
        if not self.closed_form:
            return self
        counting = {name: getattr(self, name) for name in CLOSED_FORM_SETTINGS}
        return TrainConfig(**counting, epochs=1, batch_size=512)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict; `from_json` is its inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TrainConfig:
        """Build from `to_json`'s dict, as any version wrote it; unknown names raise ExplorerError.

        Missing ones take their defaults.
        """
        values = dict(values)
        if steps := values.pop(_FORMER_WARMUP, 0):  # a schedule before there were others: `schedules.linear`
            values |= {"beta_schedule": "linear", "beta_steps": steps}
        unknown = sorted(set(values) - {f.name for f in fields(cls)})
        if unknown:
            named = ", ".join(name[:40] if name.isprintable() else quoted(name) for name in unknown[:5])
            raise ExplorerError(f"unknown settings: {named}", "See `python -m explorer train --help`.")
        return cls(**values)

    def command(self) -> str:
        """The command that repeats this run, on the same images."""
        words, start = ["python", "-m", "explorer", "train"], TrainConfig.of_prior(self.prior)
        for f in fields(self):
            value = getattr(self, f.name)
            if value != getattr(start, f.name) or (f.name == "prior" and value):
                if self.prior and f.name in _OF_ITS_MODEL:
                    continue
                words += [f"--{f.name.replace('_', '-')}", repr(value) if isinstance(value, float) else str(value)]
        return shlex.join(words)


_FORMER_WARMUP = "beta_warmup_steps"
NETWORK_SETTINGS = {f.name for f in fields(TrainConfig) if f.metadata["group"] == NETWORK}
_FIELDS = {f.name: f for f in fields(TrainConfig)}
_KINDS = {"int": int, "float": float, "str": str}
_KIND_WORDS = {int: "a whole number", float: "a number", str: "text"}


def checked(name: str, value: Any) -> Any:
    """A value that a setting may have by itself, whole numbers as floats where it is one; SettingError for others."""
    f = _FIELDS[name]
    kind: type = _KINDS[str(f.type)]
    low, high, choices = f.metadata["low"], f.metadata["high"], f.metadata["choices"]
    if type(value) not in ((float, int) if kind is float else (kind,)):
        raise SettingError(name, f"{name} is {quoted(value)}", f"It must be {_KIND_WORDS[kind]}.")
    if choices and value not in choices and value != f.default:
        raise SettingError(name, f"{name} is {quoted(value)}", f"Choose one of: {', '.join(choices)}.")
    if low is not None and not low <= value <= high:
        raise SettingError(name, f"{name} is {quoted(value)}", f"Choose {_KIND_WORDS[kind]} from {low:,} to {high:,}.")
    if isinstance(value, str) and not (value.isprintable() and len(value) <= LONGEST_TEXT):
        raise SettingError(name, f"{name} is {quoted(value)}", f"One line of at most {LONGEST_TEXT:,} characters.")
    return float(value) if kind is float else value
