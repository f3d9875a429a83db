"""What every page has around it: frame, sidebar, cache, pickers, uploads."""
