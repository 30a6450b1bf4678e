"""Count what a long step of work has done, so that a user can be shown its progress."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

T = TypeVar("T")
Counting = Callable[[str], AbstractContextManager[Callable[[], Any]]]
"""Returns a context for a step, such as "reading train". It gives a function to call after each item."""


def silent(step: str) -> AbstractContextManager[Callable[[], Any]]:
    """Return a context for a step that shows nothing."""
    return nullcontext(lambda: None)


def each(items: Iterable[T], advance: Callable[[], Any]) -> Iterator[T]:
    """Yield items, and count each of them before it is used."""
    for item in items:
        advance()
        yield item
