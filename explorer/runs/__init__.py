"""The run folder: the only thing that a training process and the app share.

    runs/ID/config.json       written once: title, settings, versions, the command that repeats the run, its parent
    runs/ID/title.json        written when somebody gives the run another title
    runs/ID/environment.json  written when training starts: images and their digest, device, precision, threads; and
                              again when it goes on on another device: `Run.environment`
    runs/ID/metrics.jsonl     appended: one row a line, of the kinds in `explorer.runs.rows`; readers skip what is
                              damaged, and leave a torn last line
    runs/ID/summary.json      replaced atomically: what that log comes to, `explorer.runs.summary.Summary`; runs from
                              before it was written have none, and are read from their log
    runs/ID/status.json       replaced atomically: state, step, epoch, images/s, time left, heartbeat, error
    runs/ID/control.json      written by the app, read by the loop every step
    runs/ID/latents.json      replaced atomically: KL in nats of each latent dimension, or the uses of each code,
                              and the step at which they were measured last: `Run.latent_use`
    runs/ID/prior_gap.json    replaced atomically, when somebody asks for it: `Run.prior_gap`
    runs/ID/previews/         the same probe images, reconstructed, as training goes on; in a race samples, too
    runs/ID/checkpoints/      weights and resume state; older ones weights only, thinned as they age
    runs/ID/start.safetensors weights it starts from, a parent's or a shipped model's: the same file or a copy, whatever
                              becomes of theirs
    runs/ID/model.safetensors of a prior's run the weights of the model that it is of, likewise
    runs/ID/owner.json        written once, of a run that a viewer started: a mark of that viewer's browser
    runs/ID/race.json         written once, of runs that are trained in step: their ids
    runs/ID/trial.json        written with the folder, of a trial of a sweep: the sweep's id, the trial's number
    runs/ID/tensorboard/      event files, where somebody asked for them: `explorer.training.events`
    runs/ID/trainer.log       what the training process printed
    runs/ID/.trainer.lock     held by the process that trains it, which touches it every two seconds

Nothing here imports torch: listing and polling stay light.
"""

from explorer.runs.control import Control
from explorer.runs.folder import ID, MOST_NOTES, Base, Branch, Run, Trial
from explorer.runs.registry import (
    active,
    ahead_of,
    branch,
    checkpoint,
    create,
    each,
    find,
    get,
    list_runs,
    list_titles,
    misnamed,
    named,
    new_id,
    runs_root,
    states,
    titled,
)
from explorer.runs.status import ACTIVE, RunError, State, Status

__all__ = [
    "ACTIVE",
    "ID",
    "MOST_NOTES",
    "Base",
    "Branch",
    "Control",
    "Run",
    "RunError",
    "State",
    "Status",
    "Trial",
    "active",
    "ahead_of",
    "branch",
    "checkpoint",
    "create",
    "each",
    "find",
    "get",
    "list_runs",
    "list_titles",
    "misnamed",
    "named",
    "new_id",
    "runs_root",
    "states",
    "titled",
]
