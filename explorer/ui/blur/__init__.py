"""Parts of the page Blur."""
