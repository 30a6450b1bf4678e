"""Windows: where they lie, which one a word takes its state from, and how they become tensors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.batch import collate
from jointre.data.batching import by_length
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.windows import lay_out

COUNTS = st.lists(st.integers(1, 9), min_size=1, max_size=80)
SIZES = st.integers(1, 30).flatmap(lambda room: st.tuples(st.just(room), st.integers(0, room - 1)))


def words_of(counts, head=1):
    ends = head + np.cumsum(counts)
    return np.stack([ends - counts, ends], axis=1)


def encoding(counts, room=None, overlap=0, first_id=10):
    """A document whose pieces are numbered, with special pieces 2 and 3 around them."""
    words = words_of(counts)
    ids = [2, *range(first_id, first_id + sum(counts)), 3]
    windows = None if room is None else lay_out(words, room, overlap)
    return Encoding(Doc(["w"] * len(counts)), ids, words, windows=windows)


@given(counts=COUNTS, sizes=SIZES, head=st.integers(0, 2))
def test_windows_cover_all_and_keep_the_limit(counts, sizes, head):
    room, overlap = sizes
    words = words_of(counts, head)
    layout = lay_out(words, room, overlap)
    starts, ends = layout.ranges.T
    assert starts[0] == head and ends[-1] == words[-1, 1]
    assert (starts[1:] <= ends[:-1]).all(), "a gap between windows"
    assert (np.diff(starts) > 0).all() and (np.diff(ends) > 0).all(), "a window inside another"
    assert (ends - starts <= room).all()
    assert layout.window.shape == (sum(counts),)


@given(counts=COUNTS, sizes=SIZES)
def test_windows_lie_on_word_borders_and_words_stay_whole(counts, sizes):
    room, overlap = sizes
    words = words_of(counts)
    layout = lay_out(words, room, overlap)
    cut = {p for start, end in words for p in range(start + 1, end) if end - start > room}
    borders = {*words.flatten().tolist(), *cut}
    assert borders.issuperset(layout.ranges.flatten().tolist())
    for start, end in words:
        chosen = set(layout.window[start - 1 : end - 1].tolist())
        assert len(chosen) == 1 or end - start > room


@given(counts=COUNTS, sizes=SIZES)
def test_windows_are_as_full_as_word_borders_allow(counts, sizes):
    room, overlap = sizes
    words = words_of(counts)
    wide = max((count for count in counts if count <= room), default=1)
    ranges = lay_out(words, room, overlap).ranges
    assert ((ranges[:-1, 1] - ranges[:-1, 0]) > room - wide).all()
    shared = ranges[:-1, 1] - ranges[1:, 0]
    assert (shared >= min(overlap, room - 2 * wide + 1)).all()


@given(counts=COUNTS, sizes=SIZES)
def test_each_word_takes_the_window_with_most_context(counts, sizes):
    room, overlap = sizes
    words = words_of(counts)
    layout = lay_out(words, room, overlap)
    last = words[-1, 1]

    def context(start, end, window):
        begin, stop = layout.ranges[window]
        if not begin <= start < end <= stop:
            return -1
        return min(start - begin if begin > 1 else np.inf, stop - end if stop < last else np.inf)

    for start, end in words.tolist():
        units = [(start, end)] if end - start <= room else [(p, p + 1) for p in range(start, end)]
        for unit in units:
            contexts = [context(*unit, window) for window in range(len(layout.ranges))]
            assert contexts[layout.window[unit[0] - 1]] == max(contexts) >= 0


@given(pieces=st.integers(1, 400), sizes=SIZES)
def test_there_are_as_few_windows_as_the_overlap_allows_all_full_and_even(pieces, sizes):
    room, overlap = sizes
    ranges = lay_out(words_of([1] * pieces), room, overlap).ranges
    assert len(ranges) == 1 + max(0, -(-(pieces - room) // (room - overlap)))
    assert ((ranges[:, 1] - ranges[:, 0]) == min(room, pieces)).all()
    steps = np.diff(ranges[:, 0])
    assert steps.size == 0 or steps.max() - steps.min() <= 1


def test_a_word_longer_than_a_window_is_cut_and_keeps_every_piece():
    layout = lay_out(words_of([3, 50, 2]), 10, 4)
    assert layout.window.shape == (55,)
    inside = layout.ranges[layout.window]
    places = np.arange(1, 56)
    assert ((inside[:, 0] <= places) & (places < inside[:, 1])).all()
    assert (np.diff(layout.window) >= 0).all()


def test_a_batch_without_long_documents_has_no_windows():
    assert collate([encoding([1, 2, 3]), encoding([4])], pad_id=0).windows is None


@given(
    documents=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=30), min_size=1, max_size=4),
    sizes=st.integers(3, 12).flatmap(lambda room: st.tuples(st.just(room), st.integers(0, room - 1))),
)
def test_every_position_finds_its_own_piece(documents, sizes):
    """Gathering the ids of the windows gives the ids of the documents."""
    encodings = [
        encoding(counts, *(sizes if sum(counts) > sizes[0] else (None,)), first_id=10 + 1000 * number)
        for number, counts in enumerate(documents)
    ]
    batch = collate(encodings, pad_id=0)
    if batch.windows is None:
        assert all(sum(counts) <= sizes[0] for counts in documents)
        return
    windows = batch.windows
    assert windows.ids.shape[1] <= sizes[0] + 2
    assert windows.padded == (not windows.mask.all())
    assert (windows.ids[windows.mask] != 0).all() and (windows.ids[~windows.mask] == 0).all()
    assert windows.doc.tolist() == [n for n, e in enumerate(encodings) for _ in range(e.sequences[0])]
    gathered = torch.where(windows.source < 0, 0, windows.ids.flatten()[windows.source.clamp(min=0)])
    assert torch.equal(gathered, batch.ids)
    assert torch.equal(windows.source >= 0, batch.mask)
    assert (windows.ids[:, 0] == 2).all(), "each window begins with the special piece"


def test_windows_move_with_their_batch():
    batch = collate([encoding([1] * 20, 8, 2)], pad_id=0).to(torch.device("meta"))
    assert {batch.windows.ids.device.type, batch.windows.source.device.type} == {"meta"}


@pytest.mark.parametrize("budget", [1, 20, 40, 100, 1000])
def test_batches_count_the_windows_that_are_read(budget):
    encodings = [replace(encoding([1] * n, *((8, 4) if n > 8 else ())), key=n) for n in range(1, 60)]
    batches = list(by_length(encodings, budget))
    assert sorted(e.key for batch in batches for e in batch) == list(range(1, 60))
    for batch in batches:
        read = collate(batch, 0)
        pieces = max(read.ids.numel(), 0 if read.windows is None else read.windows.ids.numel())
        assert pieces <= budget or len(batch) == 1
