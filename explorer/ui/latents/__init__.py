"""Parts of the page Latents: what all its views share is chosen in `chosen`, and each view has a file of its own."""
