"""Spans of a padded batch of tags are those of each sentence by itself."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.tag_decode import classes, flat_spans, span_ends
from jointre.data.tags import PREFIXES, TagSpace

SPACES = [TagSpace(scheme, types) for scheme in PREFIXES for types in (("A", "C"), None)]


def found(sentences, space, strict, padding=0):
    """The decoder's spans of each sentence."""
    width = max(map(len, sentences))
    tags = torch.tensor([[*ids, *[padding] * (width - len(ids))] for ids in sentences])
    ends = span_ends(tags, torch.tensor([len(ids) for ids in sentences]), space, strict)
    doc, words = flat_spans(ends)
    label = classes(tags, space)[doc, words[:, 0]]
    spans = [[] for _ in sentences]
    for row, extent, number in zip(doc.tolist(), words.tolist(), label.tolist(), strict=True):
        spans[row].append((*extent, number))
    return spans


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.scheme} {space.types}")
@given(data=st.data())
def test_the_batch_is_decoded_as_each_sentence(space, strict, data):
    tag = st.integers(0, len(space) - 1)
    sentences = data.draw(st.lists(st.lists(tag, min_size=1, max_size=9), min_size=1, max_size=4))
    expected = [space.decode(ids, strict) for ids in sentences]
    assert found(sentences, space, strict, padding=data.draw(tag)) == expected


def test_the_device_is_asked_for_the_number_of_spans_alone():
    """On the meta device whatever reads a value raises."""
    tags, n_words = torch.zeros(2, 5, dtype=torch.int64, device="meta"), torch.ones(2, device="meta")
    for strict in (False, True):
        assert span_ends(tags, n_words, SPACES[0], strict).shape == (2, 5)
