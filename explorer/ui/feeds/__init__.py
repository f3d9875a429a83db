"""What is pushed of things that change: a module a subject, with what there is to say of it in words and pictures.

Pages draw with the same functions, and hear from then on what the server finds (`explorer.live.hub`), which looks once
for all who watch. `FEEDS` of `explorer.ui.shell.server` lists them. Nothing here asks who looks: all are told the same.

    training.py   all runs: which there are, how they are doing
    run.py        one run, and its log
    race.py       runs that are trained in step
    sweep.py      a sweep and its trials; which sweeps there are
    beta.py       models beside the curve of Beta, and what is measured of one
    tasks.py      steps that are timed, and the download of CIFAR-10
"""
