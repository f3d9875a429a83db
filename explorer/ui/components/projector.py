"""The projector view: what a class needs to see of a page, readable from the last row, on a key.

P hides the sidebar, the header, the title's row and all that only chooses: lists, fields, buttons, files to take away.
Pictures, their sliders, charts, numbers and words stay, and the same key or Escape brings the rest back. It holds for a
tab, whatever page comes next, until it is left or the tab is closed.

What is enlarged: the root's font size, to a thirty-second of the window's height (24 pixels of 768, in which the
smallest letters have 18), and with it all that is measured in it: type, gaps, the height of charts and, as they are
drawn in sixteenths of it (shared/unit.js), what is in them. Plotly's charts take their type from it too. Pictures grow
to the width or the height that there is. Contrast is raised to black on white, or white on black, and nothing is pale.

It is a class, "projector", of the root element. What follows for pages stands in ui/shell/projector.css, and for a
component in its own CSS, through properties that it inherits from there: `--aside` says how it shows what only chooses.
"""

from __future__ import annotations

from explorer.ui.components import register

_projector = register("projector")


def offer() -> None:
    """The button that begins it; the key works from then on, in this tab."""
    _projector(key="projector")
