"""The optimiser loop and the process that runs it."""
