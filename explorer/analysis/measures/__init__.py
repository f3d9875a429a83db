"""Definitions that several pages need alike: when a latent dimension is in use, and what "at the same rate" is.

Nothing here imports torch.
"""
