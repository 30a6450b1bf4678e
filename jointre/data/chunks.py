"""Group a stream of documents: a fixed number at once, or those that arrive within a moment."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic

from jointre.data.doc import Doc


class End:
    """The end of a stream of documents, with the error that ended it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


Arrivals = Queue[Doc | End]


def chunks(docs: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    """Yield lists of ``size`` documents; if ``docs`` raises an error, first those that came before it."""
    stream, chunk = iter(docs), list[Doc]()
    while True:
        try:
            for doc in islice(stream, size):
                chunk.append(doc)
        except Exception:
            if chunk:
                yield chunk
            raise
        if not chunk:
            return
        yield chunk
        chunk = []


def arriving(docs: Iterable[Doc], size: int, seconds: float) -> Iterator[list[Doc]]:
    """Yield lists as `chunks` does, but let no document wait longer than ``seconds`` for others.

    A separate thread reads the documents, up to ``size`` ahead.
    """
    arrivals, closed = Arrivals(size), Event()
    Thread(target=_fill, args=(docs, arrivals, closed), daemon=True).start()
    try:
        end = None
        while end is None:
            chunk, end = _next_chunk(arrivals, size, seconds)
            if chunk:
                yield chunk
        if end.error is not None:
            raise end.error
    finally:
        closed.set()


def _next_chunk(arrivals: Arrivals, size: int, seconds: float) -> tuple[list[Doc], End | None]:
    """Return what arrived within ``seconds`` of the first document, and the end of the stream if it was reached."""
    chunk, patience = list[Doc](), None
    while len(chunk) < size:
        try:
            item = arrivals.get(timeout=patience and max(patience - monotonic(), 0.0))
        except Empty:
            break
        if isinstance(item, End):
            return chunk, item
        chunk.append(item)
        patience = patience or monotonic() + seconds
    return chunk, None


def _fill(docs: Iterable[Doc], arrivals: Arrivals, closed: Event) -> None:
    """Put the documents into the queue until the consumer stops."""
    try:
        for doc in docs:
            _put(doc, arrivals, closed)
            if closed.is_set():
                return
        _put(End(), arrivals, closed)
    except BaseException as error:  # raised again in the thread that waits for it
        _put(End(error), arrivals, closed)


def _put(item: Doc | End, arrivals: Arrivals, closed: Event) -> None:
    while not closed.is_set():
        with suppress(Full):
            arrivals.put(item, timeout=1.0)
            return
