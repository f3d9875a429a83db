"""VAE Explorer: train variational autoencoders on 32x32 colour images, and watch what they do."""

__version__ = "0.1.0"
