"""Sweeps: trainings that differ in a few settings, gone through one after another or on the nodes of a Ray cluster.

    axes.py       which settings vary, over which values
    plan.py       what a sweep is to do, as a command or a form asks for it
    folder.py     a sweep's own folder, and which sweeps there are
    results.py    what its trials have come to, and which totals compare
    choosing.py   which trial comes next: a grid's next point, or a sampler's proposal; which is not worth going on
    driver.py     goes through a sweep, trial by trial
    here.py       trains trials on this machine, in the line of all runs
    cluster.py    trains them on Ray

Each trial is a run like any other, and says itself which trial it is (`Run.trial`). The sweep's folder keeps no list of
them: what a trial has come to stands in its run, in one place, so that a kill leaves nothing out of step.

    runs/sweeps/ID/sweep.json    written once: the plan, `explorer.sweeps.plan.Plan`
    runs/sweeps/ID/status.json   replaced atomically: a `runs.Status`, whose steps are trials
    runs/sweeps/ID/control.json  wishes, a `runs.Control`: whether to stop
    runs/sweeps/ID/sweep.log     what the process printed that the app started
    runs/sweeps/ID/.sweep.lock   held by the process that goes through it

Nothing here imports torch, but for what trains on a node.
"""
