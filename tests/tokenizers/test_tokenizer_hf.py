"""jointre.hf.v1: any fast tokenizer, word by word."""

import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity
from jointre.encoders.base import Source
from jointre.errors import BuildError, DataError
from jointre.testing import toy_docs
from jointre.tokenizers.hf import HFTokenizer


@pytest.fixture(scope="module")
def bert(encoder_folder):
    return made(encoder_folder)


@pytest.fixture(scope="module")
def roberta(roberta_folder):
    return made(roberta_folder)


@pytest.fixture(params=["bert", "roberta"])
def any_kind(request):
    return request.getfixturevalue(request.param)


def made(folder, **options):
    tokenizer = HFTokenizer(str(folder), **options)
    tokenizer.build(Source())
    return tokenizer


def pieces(tokenizer, *words):
    """The pieces of each word of a document, and those around it."""
    (encoding,) = tokenizer.encode([Doc(list(words))])
    text = tokenizer.hf.convert_ids_to_tokens(list(encoding.ids))
    inside = [text[start:end] for start, end in encoding.words.tolist()]
    return inside, (text[: encoding.words[0, 0]], text[encoding.words[-1, 1] :])


def test_wordpiece_as_spert_does_it(bert):
    """[CLS], the pieces of each word on its own, [SEP]."""
    assert pieces(bert, "Clara", "knows", "David") == (
        [["c", "##l", "##a", "##r", "##a"], ["knows"], ["d", "##a", "##v", "##i", "##d"]],
        (["[CLS]"], ["[SEP]"]),
    )


def test_byte_level_words_begin_with_a_blank(roberta):
    inside, around = pieces(roberta, "works", "for", "works")
    assert inside == [["\u0120works"], ["\u0120for"], ["\u0120works"]]
    assert around == (["<s>"], ["</s>"])


@pytest.mark.parametrize("empty", ["\u200b", "\u00ad", "\x00"])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_word_without_pieces_becomes_one_unknown(bert, empty, place):
    words = ["works", "for", "knows"]
    inside, _ = pieces(bert, *words[:place], empty, *words[place:])
    expected = [[word] for word in words]
    assert inside == [*expected[:place], ["[UNK]"], *expected[place:]]


def test_only_words_without_pieces(bert):
    assert pieces(bert, "\u200b", "\u200b")[0] == [["[UNK]"], ["[UNK]"]]


@pytest.mark.parametrize(
    "special", ["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]", "<s>", "</s>", "<pad>", "<mask>"]
)
def test_words_that_read_like_special_tokens_are_ordinary_text(any_kind, special):
    (encoding,) = any_kind.encode([Doc(["works", special, "for"])])
    start, end = encoding.words[1]
    assert end - start > 1
    assert not set(encoding.ids[start:end]) & set(any_kind.hf.all_special_ids)


WORDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), min_size=1, max_size=6)


@given(words=WORDS)
def test_pieces_tile_whatever_the_words(words, bert, roberta):
    for tokenizer in (bert, roberta):
        (encoding,) = tokenizer.encode([Doc(words)])
        bounds = encoding.words
        assert bounds.shape == (len(words), 2) and bounds.dtype == np.int64
        assert bounds[0, 0] == 1 and bounds[-1, 1] == len(encoding.ids) - 1
        assert (bounds[1:, 0] == bounds[:-1, 1]).all() and (bounds[:, 0] < bounds[:, 1]).all()


def test_many_documents_are_those_alone_with_their_number(any_kind):
    docs = toy_docs(30)
    for key, (doc, encoding) in enumerate(zip(docs, any_kind.encode(docs), strict=True)):
        (alone,) = any_kind.encode([doc])
        assert list(encoding.ids) == list(alone.ids)
        assert (encoding.words == alone.words).all()
        assert encoding.doc is doc and encoding.key == key


def test_the_annotation_does_not_matter(any_kind):
    doc = toy_docs(1)[0]
    assert list(any_kind.encode([doc])[0].ids) == list(any_kind.encode([doc.bare()])[0].ids)


def test_lowercase_can_be_overridden(encoder_folder, bert):
    cased = made(encoder_folder, lowercase=False)
    assert pieces(bert, "Oslo")[0] == [["oslo"]]
    assert pieces(cased, "Oslo")[0] == [["[UNK]"]]
    assert pieces(cased, "oslo")[0] == [["oslo"]]


def test_lowercase_is_refused_where_it_has_no_effect(roberta_folder):
    with pytest.raises(BuildError, match="no effect"):
        made(roberta_folder, lowercase=True)


def long_docs():
    return [Doc(["works"] * n, [Entity(0, 1, "X")], id=f"doc-{n}") for n in (3, 9, 5, 12)]


@pytest.mark.parametrize(("limit", "refused"), [(11, ["doc-12"]), (10, ["doc-12", "doc-9"])])
def test_what_is_too_long_is_refused_by_name(encoder_folder, limit, refused):
    with pytest.raises(DataError, match="too long for the encoder") as error:
        made(encoder_folder, overflow="error").encode(long_docs(), max_length=limit)
    assert sorted(fault.where for fault in error.value.faults) == sorted(refused)
    assert f"12 words have 14 pieces, but the encoder accepts at most {limit}" in str(error.value)
    assert 'overflow = "window"' in str(error.value) and '"skip"' in str(error.value)


def test_the_limit_counts_special_pieces(encoder_folder):
    strict = made(encoder_folder, overflow="error")
    assert len(strict.encode(long_docs()[:1], max_length=5)) == 1
    with pytest.raises(DataError):
        strict.encode(long_docs()[:1], max_length=4)


def test_skipping_leaves_out_and_keeps_the_numbers(encoder_folder):
    tokenizer = made(encoder_folder, overflow="skip")
    encodings = tokenizer.encode(long_docs(), max_length=8)
    assert [(e.doc.id, e.key) for e in encodings] == [("doc-3", 0), ("doc-5", 2)]
    assert len(tokenizer.encode(long_docs())) == 4


def test_windows_are_made_where_they_are_needed_and_change_no_piece(bert):
    whole = bert.encode(long_docs())
    limited = bert.encode(long_docs(), max_length=8)
    assert [e.windows is not None for e in limited] == [False, True, False, True]
    assert [e.sequences for e in limited] == [(1, 5), (2, 8), (1, 7), (3, 8)]
    for plain, windowed in zip(whole, limited, strict=True):
        assert plain.windows is None and plain.sequences == (1, len(plain.ids))
        assert list(plain.ids) == list(windowed.ids) and (plain.words == windowed.words).all()
        assert plain.key == windowed.key


def test_neighbouring_windows_share_a_quarter_or_what_is_asked_for(encoder_folder):
    doc = Doc(["works"] * 1000)
    for overlap, shared in ((None, 31), (0, 0), (100, 100), (125, 125)):
        (encoding,) = made(encoder_folder, overlap=overlap).encode([doc], max_length=128)
        ranges = encoding.windows.ranges
        common = ranges[:-1, 1] - ranges[1:, 0]
        assert common.min() >= shared
        assert common.mean() < shared + 126 / len(common) + 1


@pytest.mark.parametrize(("overlap", "limit"), [(6, 8), (200, 128), (0, 2)])
def test_an_overlap_that_leaves_no_room_is_refused_at_the_door(encoder_folder, overlap, limit):
    with pytest.raises(BuildError, match=rf"overlap = {overlap}, but a window has room for {limit - 2}"):
        made(encoder_folder, overlap=overlap).encode([Doc(["works"])], max_length=limit)


def test_a_negative_overlap_is_refused():
    with pytest.raises(ValueError, match="overlap"):
        HFTokenizer("any", overlap=-1)


def test_nothing_to_encode(any_kind):
    assert any_kind.encode([]) == []


def test_padding_is_the_tokenizers_own(bert, roberta):
    assert (bert.pad_id, roberta.pad_id) == (0, 1)


def test_a_folder_without_tokenizer_is_refused(encoder_folder, tmp_path):
    folder = tmp_path / "bare"
    shutil.copytree(encoder_folder, folder, ignore=shutil.ignore_patterns("tokenizer*", "vocab.txt"))
    with pytest.raises(BuildError, match="vocabulary is empty"):
        made(folder)


@pytest.mark.parametrize("name", ["./nowhere", "pkg:no_such_package_here/model", "nobody/nothing-at-all"])
def test_a_name_that_leads_nowhere_is_refused_offline(name):
    with pytest.raises(BuildError, match=r"not found|cannot be loaded"):
        made(name)


def test_encoding_draws_no_random_numbers(bert):
    before = torch.random.get_rng_state()
    bert.encode(toy_docs())
    assert torch.equal(before, torch.random.get_rng_state())
