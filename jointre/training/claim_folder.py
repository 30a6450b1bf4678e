"""Claiming a run folder: refuse it, find a run to resume in it, or begin one; then lock other processes out."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from jointre.training.resume import ENDED, earlier_part
from jointre.training.run_folder import RunFolder


class Claim:
    """A run folder that this process is about to use.

    A folder with a run to resume is locked at once. A new folder is not even created before `take`, so that a run that
    is refused while it is set up leaves nothing behind.

    Args:
        folder: of the run.
        force: whether an existing run may be replaced.
        resume: whether to continue the run in the folder; a run begins if nothing was saved yet.
        held: releases the lock at its end.

    Raises:
        UsageError: the folder is refused.
        InUse: another process uses it.
    """

    def __init__(self, folder: RunFolder, force: bool, resume: bool, held: ExitStack) -> None:
        self.folder, self.force, self.resume, self._held = folder, force, resume, held
        self.earlier: dict[str, Any] | None = None
        """The record (``run.json``) of the run to resume."""
        if resume and earlier_part(folder) is not None:
            held.enter_context(folder.locked())
            self.earlier = earlier_part(folder)
            if self.earlier is None:  # another process has removed it since
                raise folder.held()
            return
        if not resume:
            folder.refuse_used(force)
        if folder.in_use:
            raise folder.held()

    @property
    def ended(self) -> bool:
        """Whether the run to resume has already ended."""
        return self.earlier is not None and self.earlier["status"] in ENDED

    @property
    def notices(self) -> list[str]:
        """Messages for the user."""
        begins = self.resume and self.earlier is None
        return [f"nothing was saved yet in {self.folder.root}: the run begins"] if begins else []

    def take(self) -> None:
        """Lock the folder if it is not locked yet; check that it is still as it was.

        Raises:
            UsageError: another process has written to it since.
            InUse: another process uses it.
        """
        if self.earlier is not None:
            return
        self._held.enter_context(self.folder.locked())
        if not self.resume:
            self.folder.refuse_used(self.force)
        elif earlier_part(self.folder) is not None:  # another process has begun a run since
            raise self.folder.held()


@contextmanager
def claimed(folder: RunFolder, force: bool, resume: bool) -> Iterator[Claim]:
    """Claim a run folder, and release it when the block ends; see `Claim`."""
    with ExitStack() as held:
        yield Claim(folder, force, resume, held)
