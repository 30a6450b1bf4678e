"""Tag schemes: decoding examples, round trips, and which sequences a scheme allows."""

from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.tags import PREFIXES, TagSpace, lenient_spans, split_tag, strict_spans

SPACES = [TagSpace(scheme, types) for scheme in PREFIXES for types in (("A",), ("L", "P-Q"), None)]
IDS = [f"{space.scheme} {space.types}" for space in SPACES]


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-P E-P O S-L", [(0, 2, "P"), (3, 4, "L")], [(0, 2, "P"), (3, 4, "L")]),
        ("I-P I-P O E-P", [(0, 2, "P"), (3, 4, "P")], []),
        ("B-P O E-P", [(0, 1, "P"), (2, 3, "P")], []),
        ("B-P B-P E-P", [(0, 1, "P"), (1, 3, "P")], [(1, 3, "P")]),
        ("B-P I-L E-L", [(0, 1, "P"), (1, 3, "L")], []),
        ("S-P E-P", [(0, 1, "P"), (1, 2, "P")], [(0, 1, "P")]),
        ("B-P X E-P PAD S-P", [(0, 1, "P"), (2, 3, "P"), (4, 5, "P")], [(4, 5, "P")]),
        ("B-P I-P E-P E-P", [(0, 3, "P"), (3, 4, "P")], [(0, 3, "P")]),
        ("", [], []),
    ],
)
def test_decoding_examples(tags, lenient, strict):
    """X and PAD are O."""
    assert lenient_spans(tags.split()) == lenient
    assert strict_spans(tags.split(), "BIOES") == strict
    other = tags.replace("E-", "L-").replace("S-", "U-").split()
    assert lenient_spans(other) == lenient
    assert strict_spans(other, "BILOU") == strict


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-P I-P B-P O", [(0, 2, "P"), (2, 3, "P")], [(0, 2, "P"), (2, 3, "P")]),
        ("I-P I-P O B-L", [(0, 2, "P"), (3, 4, "L")], [(3, 4, "L")]),
        ("B-P I-L", [(0, 1, "P"), (1, 2, "L")], [(0, 1, "P")]),
    ],
)
def test_vectors_of_bio(tags, lenient, strict):
    assert lenient_spans(tags.split()) == lenient
    assert strict_spans(tags.split(), "BIO") == strict


def seqeval(tags):
    """The rule written out as seqeval does: when a chunk begins and when it ends, between two tags."""
    spans, begin, before, its_type = [], 0, "O", ""
    for place, tag in enumerate([*tags, "O"]):
        now, label = split_tag(tag)
        ends = before in ("E", "S") or (before in ("B", "I") and now in ("B", "S", "O"))
        if ends or (before != "O" and its_type != label):
            spans.append((begin, place, its_type))
        starts = now in ("B", "S") or (before in ("E", "S", "O") and now in ("E", "I"))
        if starts or (now != "O" and its_type != label):
            begin = place
        before, its_type = now, label
    return spans


@given(
    st.lists(st.sampled_from(["O", "X", *(f"{p}-{t}" for p in "BIELSU" for t in ("A", "C"))]), max_size=12)
)
def test_lenient_is_the_rule_of_seqeval(tags):
    assert lenient_spans(tags) == seqeval(tags)


@st.composite
def spans_in_words(draw, n_types):
    """A number of words, and spans in them that do not overlap; many are adjacent."""
    bounds = sorted(draw(st.sets(st.integers(0, 12))) | {0})
    spans = [(*cut, draw(st.integers(1, n_types))) for cut in pairwise(bounds) if draw(st.booleans())]
    return spans, bounds[-1] + draw(st.integers(0, 2))


@pytest.mark.parametrize("space", SPACES, ids=IDS)
@given(data=st.data())
def test_what_is_encoded_is_decoded_again(space, data):
    spans, n_words = data.draw(spans_in_words(len(space.types or "1")))
    ids = space.encode(spans, n_words)
    assert len(ids) == n_words
    assert space.decode(ids) == space.decode(ids, strict=True) == spans


@pytest.mark.parametrize("space", SPACES, ids=IDS)
def test_the_allowed_sequences_are_those_that_can_be_encoded(space):
    """All sequences of up to four words: allowed by the transitions, read alike, and encoded back."""
    between, first, last = space.transitions()
    for ids in (ids for n in range(1, 4 + (len(space) < 6)) for ids in product(range(len(space)), repeat=n)):
        allowed = first[ids[0]] and last[ids[-1]] and all(between[pair] for pair in pairwise(ids))
        found = space.decode(ids, strict=True)
        assert allowed == (space.encode(found, len(ids)) == list(ids)), ids
        if allowed:
            assert space.decode(ids) == found


@pytest.mark.parametrize(
    ("space", "names"),
    [
        (TagSpace("BIO", ("A", "C")), "O B-A I-A B-C I-C"),
        (TagSpace("BIOES", ("A",)), "O B-A I-A E-A S-A"),
        (TagSpace("BILOU", ("A",)), "O B-A I-A L-A U-A"),
        (TagSpace("BIEOU", None), "O B I E U"),
    ],
)
def test_the_names_of_tags(space, names):
    assert " ".join(space.names) == names
    assert len(space) == len(space.names)


@pytest.mark.parametrize(
    ("scheme", "types"), [*((scheme, ("Person", "Place")) for scheme in PREFIXES), ("BIOES", None)]
)
def test_the_table_of_the_documentation(scheme, types):
    """docs/models/giorgi.md, Tag schemes."""
    text = (Path(__file__).parents[2] / "docs" / "models" / "giorgi.md").read_text(encoding="utf8")
    space = TagSpace(scheme, types)
    tags = [space.names[tag] for tag in space.encode([(0, 3, 1), (4, 5, 2 if types else 1)], 6)]
    assert f"| {' | '.join(f'`{tag}`' for tag in tags)} |" in text


@pytest.mark.parametrize("spans", [[(0, 2, 1), (1, 3, 1)], [(2, 2, 1)], [(1, 4, 1)], [(-1, 2, 1)]])
def test_spans_that_no_tags_can_write_are_refused(spans):
    with pytest.raises(ValueError, match="is empty, outside the words or overlaps another"):
        TagSpace("BIOES", ("A",)).encode(spans, 3)
