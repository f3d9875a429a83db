"""What can be pointed at on each page, by a name that says nothing of how it is drawn.

A thing bears its name as `data-thing`, or it is a picture of that name (`data-picture`), or a container with that key
(`st.container(key=...)`): components/lesson.js finds it, inside of components too.
"""

from __future__ import annotations

from collections.abc import Mapping

from explorer.claims import CLAIMS

THINGS: Mapping[str, Mapping[str, str]] = {  # page: name: what a person calls it
    "start": {
        "images": "Images to choose from",
        "original": "Original",
        "neck": "The numbers in the middle",
        "reconstruction": "Reconstruction",
        "latent": "Latent",
    },
    "train": {"probes": "Images that a run is watched on"},
    "compare": {"reconstructions": "Originals, reconstructions and errors"},
    "interpolate": {"morph": "Pictures under the slider", "interpolation": "Filmstrip"},
    "beta": {
        "reconstructions": "Originals and reconstructions",
        "samples": "Samples",
        "slider": "Slider of beta",
        "lost": "What an image loses",
        "judge": "How often a judge finds the sample",
        "facts": "Numbers below",
        "plane": "Rate and distortion",
        "latent": "z against N(0, 1)",
        "side-by-side": "Side by side",
        "priors": "N(0, 1) or a mixture",
        "draws": "Sampled or mean",
    },
    "blur": {
        "microscope": "The image under each model",
        "figure-kept": "Power kept at each frequency",
        "figure-spectrum": "Power spectrum",
        "averages": "What is averaged",
        "figure-means": "Sharpness of means",
        "figure-octaves": "Error by octave",
        "figure-rate-sharpness": "Sharpness by rate",
        "figure-rate-half_power": "Half-power frequency by rate",
        "figure-rate-beside": "Another measure by rate",
        "priors": "Samples",
    },
    "latents": {
        "map": "Map",
        "path": "Path over the map",
        "latent-sliders": "Sliders",
        "painted": "Codes of A",
        "second": "Codes of B",
        "codebook": "Codebook",
        "factors": "Factors by dimension",
        "scores": "Scores",
    },
    "samples": {
        "side-rows": "Samples of each prior",
        "from-noise": "From noise to picture",
        "morph": "Pictures between two samples",
        "figure-sample-distances": "Distances of samples",
    },
    "claims": {
        "overview": "All claims at a glance",
        **{f"claim-card-{key}": claim.question for key, claim in CLAIMS.items()},
    },
}
