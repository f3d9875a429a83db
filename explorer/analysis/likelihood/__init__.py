"""What papers report of a generative model: how likely it makes images, in bits a dimension, and where these go.

- `bits`: the ELBO under several decoders
- `importance`: the bound with many samples of z
- `calibration`: whether a decoder's spread is that of its errors
- `measure`: all of it of one model; `record` is what comes out, and what cards keep
- `literature`: what papers reported
- `words`: what is said of it

Whatever is measured on images here was fitted on others. Nothing here changes a net.
"""
