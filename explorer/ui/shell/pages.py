"""Which pages there are: a file in explorer/pages, and a line here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import explorer

_PAGES = Path(explorer.__file__).parent / "pages"


class PageRecord(NamedTuple):
    """What the app knows of a page without running it.

    Parameters
    ----------
    name : str
        Of its file, and in its address.
    title : str
    icon : str
        Name of a Material symbol.
    invitation : str
        What is to be seen or done there, in a few words.
    """

    name: str
    title: str
    icon: str
    invitation: str

    @property
    def path(self) -> str:
        """Of its file, as Streamlit's pages and links take it, wherever the app's script lies."""
        return str(_PAGES / f"{self.name}.py")


START = PageRecord("start", "Start", "visibility", "One image on its way through a VAE.")
PAGES = (
    START,
    PageRecord("train", "Train", "monitoring", "Start a run and watch images get sharper, live."),
    PageRecord("sweep", "Sweep", "grid_on", "Many trainings, a few settings changed: which is best?"),
    PageRecord("compare", "Compare", "compare", "Many images at once: where do they blur?"),
    PageRecord("interpolate", "Interpolate", "conversion_path", "Morph one image into another."),
    PageRecord("beta", "Beta", "tune", "More detail or a tidier latent: turn the knob."),
    PageRecord("blur", "Blur", "biotech", "What is lost, and why? A microscope."),
    PageRecord("latents", "Latents", "scatter_plot", "A map of what the model knows, to walk on."),
    PageRecord("samples", "Samples", "casino", "Pictures of nothing: why noise, and how it was mended."),
    PageRecord("claims", "Claims", "fact_check", "What is said of VAEs, put to the test."),
    PageRecord("lessons", "Lessons", "school", "Be led through all of this, a step at a time."),
)
