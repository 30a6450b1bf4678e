"""Documents taken together: all that come before an error, and those that come within a moment."""

import threading
import time

import pytest

from jointre.data.chunks import arriving, chunks
from jointre.data.doc import Doc


def docs(count, error=None):
    yield from (Doc([str(number)]) for number in range(count))
    if error is not None:
        raise error


def sizes(found):
    """The sizes of lists, and the error that ended them."""
    got = []
    try:
        for chunk in found:
            got.append(len(chunk))
    except ValueError as error:
        got.append(str(error))
    return got


@pytest.mark.parametrize("take", [chunks, lambda docs, size: arriving(docs, size, 10.0)])
@pytest.mark.parametrize(("count", "expected"), [(0, []), (2, [2]), (3, [3]), (7, [3, 3, 1])])
def test_full_lists_and_a_rest_also_where_an_error_follows(take, count, expected):
    assert sizes(take(docs(count), 3)) == expected
    assert sizes(take(docs(count, ValueError("bad")), 3)) == [*expected, "bad"]


def test_documents_keep_their_order():
    assert [doc.words[0] for chunk in arriving(docs(1000), 7, 10.0) for doc in chunk] == [
        *map(str, range(1000))
    ]


def test_no_document_waits_for_one_that_does_not_come():
    more = threading.Event()

    def slow():
        yield from docs(2)
        assert more.wait(30), "the first documents were held back"
        yield from docs(1)

    found = arriving(slow(), 100, 0.05)
    assert len(next(found)) == 2
    more.set()
    assert sizes(found) == [1]


def test_a_stream_that_is_no_longer_wanted_is_not_read_to_its_end():
    read = []

    def endless():
        while True:
            read.append(1)
            yield Doc(["a"])

    found = arriving(endless(), 5, 10.0)
    next(found)
    found.close()
    time.sleep(0.05)
    assert len(read) < 20
