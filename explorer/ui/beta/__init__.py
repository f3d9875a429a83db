"""Parts of the page Beta."""
