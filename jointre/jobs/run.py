"""Run a job: hand its unfinished shards to the workers of an engine, and write what they return."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from filelock import BaseFileLock

from jointre.engines.base import Engine, Pool, Tick, Work
from jointre.errors import Fault, UsageError
from jointre.jobs.ledger import MOST_SHARDS, Entry, Ledger
from jointre.jobs.source import Source, shards, tasks

LOOK_SECONDS = 0.2
LOOK_AGAIN = 1.0  # seconds between two looks at shards that other runners work on


@dataclass(frozen=True)
class Made:
    """What a worker returns for a shard: the bytes of its file, or None for no file, and its facts for the ledger."""

    data: bytes | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A job that has been checked and can be run.

    Args:
        ledger: the output folder.
        wanted: everything that determines the shards; see `Ledger.begin`.
        files: the input.
        shard_size: number of lines of the input per shard.
        work: makes the shards: its tasks are `Task`, its results `Made`.
    """

    ledger: Ledger
    wanted: Mapping[str, Any]
    files: Sequence[Source]
    shard_size: int
    work: Work

    def run(
        self,
        engine: Engine,
        force: bool = False,
        advance: Tick = lambda lines: None,
        resumed: Callable[[int], None] = lambda shards: None,
    ) -> dict[str, Any]:
        """Make the missing shards, and return the contents of the manifest.

        Several runners in one folder share the work: each takes the shards that no other has finished or works on, and
        at the end waits for the others, or does their shards if they are killed.

        Args:
            engine: has the workers.
            force: whether to overwrite something else in the folder.
            advance: called with the number of lines that were read since the last call.
            resumed: called with the number of shards that were finished before, if any.

        Raises:
            RefusedError: see `Ledger.begin`.
            TrainingError: the disk refuses, or a worker died.
        """
        if shards(self.files, self.shard_size) > MOST_SHARDS:
            fault = Fault(
                f"there would be more than {MOST_SHARDS} shards", "--shard-size", "choose a larger size"
            )
            raise UsageError("the job cannot be run", [fault])
        done = self.ledger.begin(self.wanted, force)
        if done is None:
            return self.ledger.load()
        if done:
            resumed(len(done))
            advance(sum(self._lines(number) for number in done))
        numbers = set(done) | {entry.number for entry in self._made(set(done), engine, advance)}
        return self.ledger.finish(self.wanted, numbers)

    def _lines(self, number: int) -> int:
        """Return how many lines a shard has."""
        every = sum(file.lines for file in self.files)
        return min(self.shard_size, every - number * self.shard_size)

    def _made(self, done: set[int], engine: Engine, advance: Tick) -> Iterator[Entry]:
        """Make the shards that are missing, and yield the entries of all of them."""
        every = shards(self.files, self.shard_size)
        if len(done) == every:
            return
        with engine.open(self.work, advance) as pool, closing(_Runner(self.ledger, pool)) as runner:
            yield from self._passes(runner, done, every, advance)

    def _passes(self, runner: "_Runner", done: set[int], every: int, advance: Tick) -> Iterator[Entry]:
        """Go over the missing shards until all are done, by this runner or by others."""
        while True:
            for task in tasks(self.files, self.shard_size, done):
                yield from runner.take(task.number, task)
            yield from runner.rest()
            done |= runner.done
            for number, entry in self.ledger.entries().items():
                if number not in done:  # made by another runner
                    advance(self._lines(number))
                    yield entry
                    done.add(number)
            if len(done) >= every or self.ledger.status() == "complete":
                return
            time.sleep(LOOK_AGAIN)


class _Runner:
    """One pass over the shards with the workers of a pool. It holds the claims of the shards in progress."""

    def __init__(self, ledger: Ledger, pool: Pool) -> None:
        self.ledger, self.pool = ledger, pool
        self.claims: dict[int, BaseFileLock] = {}
        self.done = set[int]()

    def take(self, number: int, task: Any) -> Iterator[Entry]:
        """Hand over a shard that no other runner has, and write those that were finished meanwhile."""
        claim = self.ledger.claim(number)
        if claim is None:
            return
        self.claims[number] = claim
        self.pool.submit(number, task)
        while self.pool.room < 1:
            yield from self._write()

    def rest(self) -> Iterator[Entry]:
        """Write the shards that are left."""
        while self.claims:
            yield from self._write()

    def close(self) -> None:
        """Give up the shards in progress, so that other runners can take them."""
        for claim in self.claims.values():
            claim.release()

    def _write(self) -> Iterator[Entry]:
        for done in self.pool.finished(LOOK_SECONDS):
            made: Made = done.value()
            entry = self.ledger.write(done.key, made.data, made.facts)
            self.claims.pop(done.key).release()
            self.done.add(done.key)
            yield entry
