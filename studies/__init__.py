"""The experiments of docs/ and of the page Claims: modules to run, each with the rows that it measured beside it.

    python -m studies.claims train|plot
    python -m studies.kl_jumps train|plot
    python -m studies.muon train|plot
    python -m studies.prior_gap train|plot
    python -m studies.schedules train|plot

`train` needs CIFAR-10 in data/ and adds the trials that NAME.json lacks; `plot` draws the figures of docs/NAME.
"""
