"""The studies' figures, as PNGs beside what docs/ says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

DOCS = Path(__file__).parent.parent / "docs"
WIDTH, HEIGHT = 960, 420  # pixels


def save(figures: Mapping[str, Figure], folder: Path) -> None:
    """Write `folder/NAME.png` for each; kaleido draws them in an installed Chromium or Chrome."""
    for name, figure in figures.items():
        figure.update_layout(
            template="plotly_white",
            margin={"l": 70, "r": 20, "t": 70, "b": 50},
            legend={"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
        )
        figure.write_image(folder / f"{name}.png", width=WIDTH, height=HEIGHT)
