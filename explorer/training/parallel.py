"""One training by many processes, as torchrun starts them: each takes its share of every batch.

All of them, the ranks, have the same net and the same optimisers. Of a step's batch, which is as large as one
process's would be, a rank takes its rows, and of the noise that is drawn for it the same rows: what is drawn doesn't
depend on how many share it. Means over the batch and gradients are averaged over ranks, and so every rank takes the
same step; sums are added in another order than one process adds them, and differ in their last digits.

The first rank is the one that others see: it alone writes the run folder, and hears what is wished for there. Before
each step it says so to the others (`agreed`), who wait for its word whatever else it is at. A process that nobody
started so is a first rank without others, to which all of this does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.errors import ExplorerError
from explorer.nets.base import Net
from explorer.runs import Control
from explorer.training.endings import StopRequested

T = TypeVar("T")

# The others wait as long as the first stands in line or measures. One that is gone is noticed by its closed connection.
_PATIENCE = timedelta(days=30)
_WHY = "why"  # key under which a rank that fails says so
_store: dist.Store | None = None
_dismissed = False  # whether the others have heard that the training is over


class LostError(ExplorerError):
    """Another rank is gone, and with it what it knew of the step."""


@contextmanager
def joined() -> Iterator[None]:
    """Among the ranks that a launcher has started; the others are dismissed where the first one leaves.

    Raises
    ------
    ExplorerError
        If they don't come together.
    """
    global _store, _dismissed
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    try:
        store, rank, world = next(dist.rendezvous("env://", timeout=_PATIENCE))
        # torchrun may keep its store when it starts ranks again: addresses of those that are gone would be waited on
        _store = dist.PrefixStore(f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
        dist.init_process_group(backend, store=_store, rank=rank, world_size=world, timeout=_PATIENCE)
    except (RuntimeError, ValueError) as e:
        raise ExplorerError(f"The processes of this training don't find each other: {e}", "Start torchrun anew.") from e
    _dismissed = False
    try:
        yield
        if first():
            with suppress(LostError):  # they have ended, too
                _dismiss()
    except Exception as e:
        if not isinstance(e, LostError):
            _store.compare_set(_WHY, "", f"process {rank + 1} of {world}: {e if str(e) else type(e).__name__}")
        raise
    finally:
        dist.destroy_process_group()
        _store = None


def count() -> int:
    """How many processes share the training."""
    return dist.get_world_size() if _store else 1


def first() -> bool:
    """Whether this is the one that writes the run folder."""
    return not _store or dist.get_rank() == 0


def gpu() -> int:
    """Which of its machine's GPUs is this process's own."""
    return int(os.environ.get("LOCAL_RANK", "0")) if _store else 0


# -- who says what ---------------------------------------------------------------------------------------------------


def told(value: T) -> T:
    """The first rank's, on all."""
    if count() == 1:
        return value
    said = [value]
    with _explained():
        dist.broadcast_object_list(said, src=0)
    return said[0]


def agreed(wish: Control) -> Control:
    """The first rank's wishes, on all; with `stop` where any was told to. The others wait here for the first."""
    global _dismissed
    if count() == 1:
        return wish
    numbers = torch.zeros(7, dtype=torch.float64)
    if first():
        set_to = [value for value in (wish.beta, wish.learning_rate) for value in (value is not None, value or 0.0)]
        numbers[:6] = torch.tensor([wish.paused, wish.single_steps, *set_to], dtype=torch.float64)
    numbers[6] = wish.stop
    with _explained():
        dist.all_reduce(numbers)  # zeros of all but one: what that says stays as it is, to the bit
    paused, steps, has_beta, beta, has_rate, rate, stops = numbers.tolist()
    _dismissed = stops > 0
    return Control(
        paused=bool(paused),
        stop=_dismissed,
        single_steps=int(steps),
        beta=beta if has_beta else None,
        learning_rate=rate if has_rate else None,
    )


def _dismiss() -> None:
    if not _dismissed:
        agreed(Control(stop=True))


def wait_for_the_first() -> None:
    """Until it is as far; raises `StopRequested` if it has ended instead. The first itself goes on at once."""
    if agreed(Control()).stop:
        raise StopRequested


def one_by_one(make: Callable[[], T]) -> T:
    """What the first rank makes before all others do: so they find what it has written."""
    if not first():
        wait_for_the_first()
    made = make()
    if first():
        wait_for_the_first()
    return made


def align(net: nn.Module, device: torch.device) -> None:
    """The first rank's weights to all, whatever rounding has done to a start that each has computed for itself.

    Raises
    ------
    ExplorerError
        If they don't train on devices of one kind, that pass on what others have computed.
    """
    if count() == 1:
        return
    found = [""] * count()
    with _explained():
        dist.all_gather_object(found, device.type)
    if set(found) not in ({"cpu"}, {"cuda"}):
        what = f"{count()} processes can't share a training on {', '.join(found)}"
        raise ExplorerError(what, "Start one for each of a machine's GPUs of NVIDIA's, or all with --device cpu.")
    with torch.no_grad(), _explained():
        for tensor in net.state_dict().values():
            sent = tensor.contiguous()
            dist.broadcast(sent, src=0)
            tensor.copy_(sent)


# -- what a rank does of a step --------------------------------------------------------------------------------------


def share(batch: int) -> int:
    """Images that a rank takes of a batch."""
    return batch // count()


def rows(batch: Sequence[Any] | Any) -> Any:
    """A rank's rows of a batch."""
    if count() == 1:
        return batch
    each = share(len(batch))
    return batch[dist.get_rank() * each : (dist.get_rank() + 1) * each]


def noise_of_its_rows(noise: torch.Generator) -> AbstractContextManager[object]:
    """A context in which what is drawn from a generator for each image of a rank's share is its rows of the batch's."""
    return nullcontext() if count() == 1 else _Rows(noise)


class _Rows(TorchFunctionMode):
    def __init__(self, noise: torch.Generator) -> None:
        super().__init__()
        self._noise = noise

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if kwargs.get("generator") is not self._noise:
            return func(*args, **kwargs)
        if func is Tensor.uniform_:
            here, *bounds = args
            whole = here.new_empty((len(here) * count(), *here.shape[1:]))
            return here.copy_(rows(whole.uniform_(*bounds, **kwargs)))
        if func is torch.randint:
            *bounds, size = args
        elif func in (torch.randn, torch.rand):
            bounds, size = [], args[0] if isinstance(args[0], Sequence) else args
        else:
            raise NotImplementedError(f"{func.__name__} draws noise, and nobody has said for which images")
        return rows(func(*bounds, (size[0] * count(), *size[1:]), **kwargs))


class _Mean(torch.autograd.Function):
    """Of all ranks' values; the gradient is a rank's own, which `average` makes a mean of afterwards."""

    @staticmethod
    def forward(ctx: Any, ours: Tensor) -> Tensor:
        mean = ours.clone()
        dist.all_reduce(mean)
        return mean / count()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return gradient


def of_all(terms: T) -> T:
    """Terms of a step, a dataclass with tensors that are means over the images of a rank's share: over the batch.

    So what is made of them, such as a KL of which some nats are free, is made of the whole batch's, and its gradient,
    too.
    """
    if count() == 1:
        return terms
    ours = {f.name: t for f in fields(terms) if isinstance(t := getattr(terms, f.name), Tensor)}  # type: ignore[arg-type]
    with _explained():
        means = _Mean.apply(torch.cat([tensor.reshape(-1) for tensor in ours.values()]))
    parts = means.split([tensor.numel() for tensor in ours.values()])
    whole = {name: part.view_as(t) for (name, t), part in zip(ours.items(), parts, strict=True)}
    return replace(terms, **whole)  # type: ignore[type-var]


def average(net: nn.Module) -> None:
    """Gradients, over ranks: in one message."""
    if count() == 1:
        return
    gradients = [p.grad for p in net.parameters() if p.grad is not None]
    together = torch.cat([gradient.reshape(-1) for gradient in gradients])
    with _explained():
        dist.all_reduce(together)
    parts = together.div_(count()).split([gradient.numel() for gradient in gradients])
    torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients, strict=True)])


@contextmanager
def _explained() -> Iterator[None]:
    """Of a message that did not get through: another rank has failed, and may have said why."""
    try:
        yield
    except RuntimeError as e:
        why = "another of its processes ended without saying why: it was killed, or its machine is gone"
        with suppress(RuntimeError):  # whoever kept it is gone, too
            if _store and _store.check([_WHY]):
                why = _store.get(_WHY).decode()
        advice = "torchrun --max-restarts N goes on from the last checkpoint by itself; or resume the run."
        raise LostError(f"The training was cut off by {why}".rstrip("."), advice) from e


# -- what can't be shared --------------------------------------------------------------------------------------------


def must_divide(batch_size: int, images: int, processes: int) -> None:
    """ExplorerError where a batch, of so many training images, is no whole number of images for each process."""
    if processes > images:
        raise ExplorerError(f"{processes} processes and {images} training images", f"Start {images} or fewer.")
    if batch_size % processes:
        raise ExplorerError(
            f"a batch of {batch_size} images can't be shared evenly by {processes} processes",
            f"Choose a batch size that {processes} divides, or another number of processes.",
        )


def must_be_shareable(net: Net) -> None:
    """ExplorerError of one that takes no steps, or needs more of a batch than the means of its terms and gradients."""
    family = net.family.title
    if net.family.closed_form:
        raise ExplorerError(f"{family} takes no steps that could be shared", "Train it in one process.")
    if any(isinstance(module, nn.BatchNorm2d) for module in net.modules()):
        raise ExplorerError(
            "Batch norm takes its statistics from the whole batch, and each process sees its share of it",
            "Choose the norm group, or train in one process.",
        )
    if net.learns_spread:
        raise ExplorerError(
            "A decoder that learns its spread goes by the whole batch's error, and each process sees its share of it",
            "Choose the likelihood gaussian, or train in one process.",
        )
    if net.family.posterior == "codes":
        raise ExplorerError(
            f"{family}'s codes follow the whole batch, and each process sees its share of it", "Train in one process."
        )
