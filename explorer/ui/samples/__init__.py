"""Parts of the page Samples: which model is sampled from stands in `chosen`, and each view has a file of its own."""
