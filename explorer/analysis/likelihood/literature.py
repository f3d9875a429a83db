"""What papers reported on the test split of CIFAR-10, bits a dimension."""

from typing import NamedTuple


class Mark(NamedTuple):
    """A number of a paper.

    Parameters
    ----------
    title : str
        Of the model, short.
    bits : float
        A dimension.
    source : str
        Who, when, what, and where in it.
    """

    title: str
    bits: float
    source: str


MARKS = (  # largest first
    Mark("8 bits a value", 8.0, "Each of 256 levels as likely as any other."),
    Mark(
        "VQ-VAE",
        4.67,
        'Van den Oord et al. 2017, "Neural Discrete Representation Learning", section 4.1: a bound.',
    ),
    Mark(
        "Convolutional VAE",
        4.51,
        "The same section: a VAE of the same layers. It quotes 4.54 for the deep convolutional VAE of Gregor et al. "
        '2016, "Towards Conceptual Compression".',
    ),
    Mark(
        "VAE, RealNVP prior",
        3.51,
        'Gatopoulos et al. 2020, "Super-resolution Variational Auto-Encoders", table 1: a DenseNet with a mixture of '
        "discretised logistics, 500 importance samples.",
    ),
    Mark(
        "NVAE",
        2.91,
        'Vahdat and Kautz 2020, "NVAE: A Deep Hierarchical Variational Autoencoder", table 1.',
    ),
    Mark(
        "VDVAE",
        2.87,
        'Child 2021, "Very Deep VAEs Generalize Autoregressive Models and Can Outperform Them on Images", results on '
        "CIFAR-10: a bound.",
    ),
)
