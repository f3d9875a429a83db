"""What a rate is in bytes: real streams of latents by an entropy coder, and pictures as PNG, WebP and JPEG write them.

`range_coder` makes bytes of symbols whose probabilities are known, `entropy_models` says who knows which, `quantiser`
makes symbols of a Gaussian latent, and `rates` puts bytes beside nats. `codecs` does the same without a net.

Only the stream is counted: whoever decodes it has the net and the entropy model already, as they have the decoder of
a JPEG. Nor is it portable: both sides have to compute the same probabilities to the last digit, which the same net on
another processor may not.
"""
