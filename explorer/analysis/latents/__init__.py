"""What a latent is like: where images lie in it, what its directions mean, and what is between and outside of them.

cloud.py    where many images lie
colourings.py  what dots can be coloured by
plane.py    two axes through a latent, on which every point can be decoded
directions.py  which ways lead somewhere, and how far that can be relied on
codes.py    what codes of a VQ-VAE paint, and how often images use each
stops.py    the same images at every beta
path.py     ways over a plane
aggregated.py, holes.py, aggregated_words.py    all images together beside the prior, and where none lies
"""
