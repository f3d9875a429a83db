"""One colour a concept, on every page and in every chart.

From Okabe and Ito 2008, "Color Universal Design": told apart by colour-blind eyes, on light and dark grounds.
"""

RECONSTRUCTION = "#0072B2"
KL = "#D55E00"
BETA = "#CC79A7"
TOTAL = "#8A9097"
LATENT = "#009E73"
LINEAR = "#E69F00"  # the linear VAE, as a reference
SPATIAL = "#56B4E9"  # a VAE whose latent keeps the image's layout
CODES = "#9A6DD7"  # VQ-VAE
ERROR_HIGH = "#D55E00"  # reconstruction brighter than the original
ERROR_LOW = "#0072B2"  # darker
RUNS = ("#E69F00", "#56B4E9", "#009E73", "#9A6DD7", "#B8A000", "#7F8C99")  # runs drawn over each other
FAMILIES = {  # colour and marker of each family in charts that hold several
    "autoencoder": ("#7F8C99", "x"),
    "linear_vae": (LINEAR, "triangle-up"),
    "conv_vae": ("#B8A000", "square"),
    "residual_vae": ("#0072B2", "circle"),
    "conditional_vae": (BETA, "circle-open"),
    "spatial_vae": (SPATIAL, "diamond"),
    "vq_vae": (CODES, "star"),
}
