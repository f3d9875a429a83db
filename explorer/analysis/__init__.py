"""What can be said of images, latents and runs: pure functions."""
