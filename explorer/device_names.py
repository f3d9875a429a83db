"""Where a run may train, as settings and the environment name it; `explorer.devices` knows what is there."""

DEVICES = ("auto", "cpu", "cuda", "mps")  # "auto" is wherever a step is seen to work, "mps" Apple's GPU
DEVICE_VARIABLE = "VAE_EXPLORER_DEVICE"  # of the environment: what "auto" is, and where runs that began elsewhere go on
