"""The contract of engines: every task is done once, its items are counted, and errors arrive."""

from jointre.engines.base import Done, Engine, Pool
from jointre.engines.trial import Squares
from jointre.errors import UsageError
from jointre.testing.asserts import expect, named

TASKS = 5


def check_engine(engine: Engine) -> None:
    """Check results, keys, counted items and errors of a few tasks."""
    expect(engine.workers >= 1, f"{named(engine)} has at least one worker")
    counted: list[int] = []
    with engine.open(Squares(), counted.append) as pool:
        found = {done.key: done.value() for done in _done(pool, engine)}
        wanted = {10 + number: number * number for number in range(TASKS)}
        expect(found == wanted, f"{named(engine)} returns the result of each task under its key: {found}")
        expect(pool.finished(0.0) == [], f"{named(engine)} returns each result once")
        items = sum(counted)
        expect(items == sum(range(TASKS)), f"{named(engine)} counts the items of all tasks: {items}")
        pool.submit(0, "an error of a task")
        failed: list[Done] = []
        while not failed:
            failed = pool.finished(1.0)
        error = failed[0].error
        expect(
            isinstance(error, UsageError), f"{named(engine)} returns the error of a task as it is: {error!r}"
        )


def _done(pool: Pool, engine: Engine) -> list[Done]:
    """Submit the tasks as there is room for them, and return what was done."""
    found: list[Done] = []
    for number in range(TASKS):
        expect(pool.room >= 1, f"{named(engine)} has room for a task if it waits for none")
        pool.submit(10 + number, number)
        while pool.room < 1 and len(found) < TASKS:
            found += pool.finished(1.0)
    while len(found) < TASKS:
        found += pool.finished(1.0)
    return found
