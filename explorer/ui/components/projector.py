"""The projector view: what a class needs to see of a page, readable from the last row, on a key.

P hides the sidebar, the header, the title's row and all that only chooses: lists, fields, buttons, files to take away.
Pictures, their sliders, charts, numbers and words stay, and the same key or Escape brings the rest back. It holds for a
tab, whatever page comes next, until it is left or the tab is closed.

What is enlarged: the root's font size, a thirty-second of the window's height (24 pixels of 768, of which the smallest
letters, 0.75 rem, have 18), and everything measured in it: type, gaps, the height of charts and, as our charts are drawn
in sixteenths of it (shared/unit.js), all within them; Plotly's charts are zoomed as much. Pictures grow to the width or the
height that there is. Contrast: black on white or white on black, and no text is pale.

It is a class, "projector", of the root element. What follows from it for pages stands in ui/shell/projector.css; which
parts of a component leave or grow, in its own CSS, through properties that are inherited into it: `--aside`, "none" in
this view, is how it shows what only chooses, and `--wide-open` and the like have the sizes.
"""

from __future__ import annotations

from explorer.ui.components import register

_projector = register("projector")


def offer() -> None:
    """The button that begins it; the key works from then on, in this tab."""
    _projector(key="projector")
