"""The processes that train one model together, one per device, and what they send to each other."""

import atexit
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from jointre.attribution import portable
from jointre.errors import Fault, JointreError, TrainingError, UsageError
from jointre.system import pick_device
from jointre.training.explain_errors import memory_reason, out_of_memory

if TYPE_CHECKING:
    from jointre.config.schema import SystemSettings

T = TypeVar("T")
S = TypeVar("S")
BUCKET = 1 << 24
"""Number of gradient values that are sent at once; more need fewer messages, but more memory."""


class RaisedByAll(TrainingError):
    """An error that all processes of a run raise, so that only the first has to print it."""


@dataclass(frozen=True)
class Processes:
    """This process among those that train together. A single process sends nothing.

    Everything that is sent goes through accelerate. Objects are sent between the hosts, gradients between the devices.

    Args:
        number: of this process, from 0. Process 0 is the one that writes files and messages.
        count: number of processes.
    """

    number: int = 0
    count: int = 1

    @classmethod
    def launched(cls) -> "Processes":
        """Read number and count from the environment, where launchers set them; see `jointre.training.launch`."""
        return cls(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))

    @classmethod
    def joined(cls, system: "SystemSettings") -> "Processes":
        """Join the group of processes that a launcher has started, if there are several.

        Raises:
            UsageError: the device does not exist, or this process has used accelerate as a single process before.
        """
        here = cls.launched()
        if here.count == 1:
            return here
        from accelerate import PartialState

        cpu = pick_device(system.device) == "cpu"
        with lost_as_error():
            state = PartialState(cpu=cpu) if cpu else PartialState(backend="cuda:nccl,cpu:gloo")
        if state.num_processes != here.count:
            what = f"accelerate works with {state.num_processes} processes here, not with {here.count}"
            raise UsageError(what, [Fault("it was used before the run", remedy="start the run first")])
        atexit.register(state.destroy_process_group)
        return here

    @property
    def first_on_its_machine(self) -> bool:
        """Whether this is the first process on its machine."""
        return int(os.environ.get("LOCAL_RANK", self.number)) == 0

    def seed(self, seed: int, step: int) -> None:
        """If there are several, seed this process for an update, so that no state of its generators has to be saved."""
        if self.count > 1:
            drawn = np.random.SeedSequence((seed, step, self.number)).generate_state(3, np.uint64)
            torch.manual_seed(int(drawn[0]))
            np.random.seed(int(drawn[1]) % 2**32)
            random.seed(int(drawn[2]))

    def collect(self, here: T) -> list[T]:
        """Return what each process passed as ``here``, by number."""
        if self.count == 1:
            return [here]
        from accelerate.utils import gather_object

        with lost_as_error():
            found: list[T] = gather_object([here])
        return found

    def together(self, compute: Callable[[], tuple[T, S]]) -> tuple[T, list[S]]:
        """Compute something in each process; if that fails in one of them, all processes fail.

        Args:
            compute: returns what stays in this process, and what is sent to all.

        Returns:
            What stays here, and what each process has sent, by number.

        Raises:
            Exception: the error of this process, or of the process that failed; in processes besides the first, a
                `RaisedByAll` in its place. If memory was too small anywhere, a MemoryError that says so.
        """
        if self.count == 1:
            here, sent = compute()
            return here, [sent]
        error: Exception | None = None
        outcome: tuple[T, S] | None = None
        try:
            outcome = compute()
        except Exception as caught:
            error = caught
        told = None if error is None else _sent(error)
        found = self.collect((None if outcome is None else outcome[1], told))
        failed = [failure for _, failure in found if failure is not None]
        if failed:
            self._raise(error, failed)
        assert outcome is not None
        return outcome[0], [sent for sent, _ in found]  # type: ignore[misc]

    def _raise(self, own: Exception | None, failed: Sequence[Exception]) -> None:
        """Raise in this process what has failed anywhere."""
        if all(isinstance(error, MemoryError) for error in failed):
            raise MemoryError(str(failed[0]))
        error = own or next(error for error in failed if not isinstance(error, MemoryError))
        if self.number == 0:
            raise error
        raised = RaisedByAll(str(error))
        raised.exit_code = getattr(error, "exit_code", 1)
        raise raised from error

    def any(self, *here: bool) -> tuple[bool, ...]:
        """Return for each of the given values whether it is true in any process."""
        return tuple(map(any, zip(*self.collect(here), strict=True)))

    def totals(self, *here: int) -> tuple[int, ...]:
        """Return the sum of each of the given integers over all processes."""
        return tuple(map(sum, zip(*self.collect(here), strict=True)))

    def refuse_differences(self, found: Sequence[object]) -> None:
        """Refuse to train together if the processes were given different data, files or versions.

        Args:
            found: what describes them, of each process.

        Raises:
            UsageError: not all are the same; see `together` for processes besides the first.
        """
        others = [str(number) for number, other in enumerate(found) if other != found[0]]
        if others:
            what = f"data, files or versions of process {', '.join(others)} are not those of process 0"
            remedy = "all machines need the same files and packages"
            self._raise(
                None, [UsageError("the processes cannot train together", [Fault(what, remedy=remedy)])]
            )

    def add(self, values: Tensor) -> Tensor:
        """Return the sum of ``values`` over all processes."""
        if self.count == 1:
            return values
        from accelerate.utils import reduce

        with lost_as_error():
            summed: Tensor = reduce(values, "sum")
        return summed

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its sum over all processes; a gradient that no process has stays None.

        Sparse gradients of a vocabulary become dense.
        """
        if self.count == 1:
            return
        wanted = [p for p in parameters if p.requires_grad]
        having = self.any(*(p.grad is not None for p in wanted))
        for p, anywhere in zip(wanted, having, strict=True):
            if anywhere and p.grad is None:
                p.grad = torch.zeros_like(p)
            elif p.grad is not None and p.grad.is_sparse:
                p.grad = p.grad.to_dense()
        for bucket in _buckets([p.grad for p in wanted if p.grad is not None]):
            summed = self.add(torch.cat([gradient.reshape(-1) for gradient in bucket]))
            for gradient, part in zip(bucket, summed.split([g.numel() for g in bucket]), strict=True):
                gradient.copy_(part.view_as(gradient))


ALONE = Processes()


@contextmanager
def lost_as_error() -> Iterator[None]:
    """Turn torch's errors about the connection to other processes into one that says what has happened.

    Raises:
        RaisedByAll: another process is gone.
    """
    try:
        yield
    except JointreError:
        raise
    except RuntimeError as error:
        raise RaisedByAll("another process of this run has ended, so this one cannot continue") from error


def _sent(error: Exception) -> Exception:
    """Return what is sent to the other processes about an error."""
    return MemoryError(memory_reason(error)) if out_of_memory(error) else portable(error)


def _buckets(gradients: Iterable[Tensor]) -> list[list[Tensor]]:
    """Group gradients of one type; a group has about `BUCKET` values, or is a single gradient."""
    groups: dict[torch.dtype, list[list[Tensor]]] = {}
    for gradient in gradients:
        buckets = groups.setdefault(gradient.dtype, [[]])
        if buckets[-1] and sum(each.numel() for each in buckets[-1]) + gradient.numel() > BUCKET:
            buckets.append([])
        buckets[-1].append(gradient)
    return list(chain(*groups.values()))
