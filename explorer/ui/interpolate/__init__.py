"""Parts of the page Interpolate."""
