"""The libraries that compute, held to the cores that this process may use: see `explorer.cores`."""

from __future__ import annotations

from contextlib import suppress

import threadpoolctl
import torch

from explorer import cores


def limit(spare: int = 0) -> None:
    """Let torch and the BLAS libraries that are loaded have `cores.threads(spare)` threads, or fewer if they had fewer.

    Torch's own default is good where nothing is shared out: a thread a core, not one for each of its two halves.
    """
    count = cores.threads(spare)
    torch.set_num_threads(min(torch.get_num_threads(), count))
    with suppress(RuntimeError):  # they are under way
        torch.set_num_interop_threads(min(torch.get_num_interop_threads(), count))
    for library in threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers:
        library.set_num_threads(min(library.num_threads, count))
