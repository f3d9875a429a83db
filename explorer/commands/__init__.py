"""Commands of `python -m explorer`, a module each: `add` tells its words and options, `run` does it.

What is slow to import is imported by `run`, so that help and mistakes are answered at once. `explorer/__main__.py` has
the list.
"""
