"""The contract of engines: every task is done once, its items are counted, and errors arrive."""

from typing import Any

from jointre.engines.base import Engine, Pool
from jointre.engines.trial import Squares
from jointre.errors import UsageError
from jointre.testing.asserts import expect, named

TASKS = 5


def check_engine(engine: Engine) -> None:
    """Check results, keys, counted items and errors of a few tasks."""
    expect(engine.workers >= 1, f"{named(engine)} has at least one worker")
    counted: list[int] = []
    with engine.open(Squares(), counted.append) as pool:
        found = dict(_done(pool, engine))
        wanted = {10 + number: number * number for number in range(TASKS)}
        expect(found == wanted, f"{named(engine)} returns the result of each task under its key: {found}")
        expect(pool.finished(0.0) == [], f"{named(engine)} returns each result once")
        items = sum(counted)
        expect(items == sum(range(TASKS)), f"{named(engine)} counts the items of all tasks: {items}")
        pool.submit(0, "an error of a task")
        try:
            while not pool.finished(1.0):
                pass
        except UsageError as error:
            expect(
                error.title == "an error of a task", f"{named(engine)} raises the error of a task as it is"
            )
        else:
            expect(False, f"{named(engine)} raises the error of a task")


def _done(pool: Pool, engine: Engine) -> list[tuple[int, Any]]:
    """Submit the tasks as there is room for them, and return what was done."""
    found: list[tuple[int, Any]] = []
    for number in range(TASKS):
        expect(pool.room >= 1, f"{named(engine)} has room for a task if it waits for none")
        pool.submit(10 + number, number)
        while pool.room < 1 and len(found) < TASKS:
            found += pool.finished(1.0)
    while len(found) < TASKS:
        found += pool.finished(1.0)
    return found
