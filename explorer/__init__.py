"""VAE Explorer: train variational autoencoders on 32x32 colour images, and watch what they do."""
