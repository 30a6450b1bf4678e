"""jointre.hf.v1 with a tokenizer of every family: words as after a blank, special tokens in text as text."""

import json
import pickle

import pytest
from families import FAMILIES, LINES, family_folder
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from jointre.data.doc import Doc
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.testing import toy_docs
from jointre.tokenizers.hf import HFTokenizer
from jointre.tokenizers.ordinary_text import split_as_after_blank, without_special

ODD = [
    "</s>",
    "<s>",
    "<pad>",
    "<mask>",
    "<unk>",
    "[SEP]",
    "[PAD]",
    "[CLS]",
    "[MASK]",
    "[UNK]",
    "<|endoftext|>",
]


@pytest.fixture(scope="module")
def families(tmp_path_factory):
    """Return a built tokenizer by the name of its family."""
    root, made = tmp_path_factory.mktemp("families"), {}

    def get(name):
        if name not in made:
            made[name] = HFTokenizer(str(family_folder(root, name)))
            made[name].build(Source())
        return made[name]

    return get


@pytest.fixture(params=FAMILIES)
def family(request, families):
    return families(request.param)


def ids_of_words(tokenizer, *words):
    """Return the ids of the pieces of each word of a document."""
    (encoding,) = tokenizer.encode([Doc(list(words))])
    return [list(encoding.ids[start:end]) for start, end in encoding.words.tolist()]


def special_ids(tokenizer):
    """Return the ids of special tokens, without that of unknown pieces, which unknown characters may have."""
    return set(tokenizer.hf.all_special_ids) - {tokenizer.hf.unk_token_id}


@pytest.mark.parametrize("form", ["{}", "a{}", "{}a", "a{}a", "{}{}", "({})"])
def test_special_tokens_in_text_are_text(family, form):
    texts = dict.fromkeys([*ODD, *family.hf.all_special_tokens])
    for text in texts:
        word = form.format(text, text)
        before, middle, after = ids_of_words(family, "works", word, "for")
        assert not special_ids(family) & set(middle), word
        assert [before, after] == ids_of_words(family, "works", "for")


@pytest.mark.parametrize(
    "name", [n for n in FAMILIES if n not in ("word level", "openai-gpt", "wordpiece at blanks")]
)
def test_the_name_of_the_unknown_token_is_not_unknown(families, name):
    """Its characters are in the vocabulary."""
    tokenizer = families(name)
    (pieces,) = ids_of_words(tokenizer, tokenizer.hf.unk_token or "<unk>")
    assert tokenizer.hf.unk_token_id not in pieces


def test_the_case_of_a_separator_as_a_word(family):
    words = ids_of_words(family, "Anna", "leads", "[SEP]", "Acme")
    assert not special_ids(family) & {piece for word in words for piece in word}


@pytest.mark.parametrize("word", ["\uff1c/s\uff1e", "\uff1cpad\uff1e", "<\uff53>"])
def test_special_tokens_in_another_normal_form_are_text(families, word):
    tokenizer = families("normal unigram")
    assert not special_ids(tokenizer) & set(ids_of_words(tokenizer, word)[0])


def test_each_word_is_split_as_after_a_blank(family):
    """Also the first one, and no blank is added inside a word."""
    text = family.hf.backend_tokenizer.encode
    for word in ("works", "Acme", "don't", "co-op", "3.5"):
        spaced = text(f"for {word}", add_special_tokens=False).ids
        alone = text("for", add_special_tokens=False).ids
        assert ids_of_words(family, word) == [spaced[len(alone) :]]


@pytest.mark.parametrize("name", ["gpt2", "modernbert", "qwen2", "llama3", "deberta", "roberta"])
def test_byte_level_words_begin_with_a_blank_and_have_none_inside(families, name):
    tokenizer = families(name)
    assert [
        tokenizer.hf.convert_ids_to_tokens(word) for word in ids_of_words(tokenizer, "works", "don't")
    ] == [
        ["\u0120works"],
        ["\u0120don", "'t"],
    ]


def test_text_without_special_tokens_has_the_pieces_of_the_tokenizer_itself(family):
    whole = family.hf.backend_tokenizer
    compared = []
    for words in [LINES[0].split(), ["\u2603", "na\u00efve", "\u4e2d"], *(doc.words for doc in toy_docs(20))]:
        expected = whole.encode(words, is_pretokenized=True, add_special_tokens=False).ids
        if not special_ids(family) & set(expected):  # which some classes name for unknown characters
            assert [piece for word in ids_of_words(family, *words) for piece in word] == expected
            compared.append(words)
    assert compared[0] == LINES[0].split()


def test_a_saved_tokenizer_is_the_same(family, tmp_path):
    family.save(tmp_path / "tokenizer")
    loaded = HFTokenizer("not looked at")
    assert loaded.build(Source(tmp_path)) == family._size()
    words = [*LINES[0].split(), *ODD, *(f"a{text}a" for text in ODD)]
    assert ids_of_words(loaded, *words) == ids_of_words(family, *words)
    assert loaded.encode([Doc(words)])[0].ids == family.encode([Doc(words)])[0].ids
    loaded.save(tmp_path / "again")
    first, second = (tmp_path / name / "tokenizer.json" for name in ("tokenizer", "again"))
    assert first.read_bytes() == second.read_bytes()


def test_a_copy_in_a_worker_process_is_the_same(family):
    words = [*LINES[0].split(), *ODD]
    assert ids_of_words(pickle.loads(pickle.dumps(family)), *words) == ids_of_words(family, *words)


def test_ordinary_added_tokens_are_still_found():
    """Those that are not special, with their ids."""
    made = Tokenizer(models.WordLevel({"[UNK]": 0, "works": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens(["<first>"])
    made.add_tokens(["E-MAIL"])
    made.add_special_tokens(["<last>"])
    plain = without_special(made, ["works-not-in-it"], "[UNK]")
    words = ["<first>", "E-MAIL", "<last>", "works", "[UNK]"]
    assert plain.encode(words, is_pretokenized=True).ids == [0, 3, 0, 1, 0]
    assert made.encode(words, is_pretokenized=True).ids == [2, 3, 4, 1, 0]


def test_a_special_piece_of_one_character_stays_a_piece_of_text():
    made = Tokenizer(models.BPE({"!": 0, "<e>": 1, "<": 2, "e": 3, ">": 4}, [], ignore_merges=True))
    made.add_special_tokens(["!", "<e>"])
    assert without_special(made, ["!"], None).encode("!<e>").ids == [0, 2, 3, 4]
    assert without_special(made, [], None).encode("<e>").ids == [2, 3, 4]


def test_unknown_characters_become_the_unknown_token_whatever_the_model_says():
    made = Tokenizer(models.Unigram([("[CLS]", 0.0), ("<unk>", 0.0), ("a", -1.0)], 0, False))
    made.add_special_tokens(["[CLS]", "<unk>"])
    assert made.encode("ax", add_special_tokens=False).ids == [2, 0]
    assert without_special(made, [], "<unk>").encode("ax").ids == [2, 1]


def test_a_tokenizer_that_cannot_split_as_after_a_blank_is_refused_by_name(tmp_path):
    """It has a piece for a word together with those before it."""
    words = {f"{before} works": number for number, before in enumerate(("?", "the", ".", "0", "#"))}
    made = Tokenizer(models.WordLevel({**words, "works": 5, "?": 6}, unk_token="?"))
    made.normalizer = normalizers.Strip()
    before = made.to_str()
    assert not split_as_after_blank(made)
    assert made.to_str() == before
    made.save(str(tmp_path / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "?"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf8")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf8")
    with pytest.raises(BuildError, match="differently at the start of a text than after a blank") as error:
        HFTokenizer(str(tmp_path)).build(Source())
    assert str(tmp_path) in error.value.title


def test_a_trained_model_keeps_the_pieces_it_has_learnt_from(families, tmp_path):
    """A model folder of before, whose words are split as at the beginning of a text, says so and is read as it is."""
    families("modernbert").save(tmp_path / "tokenizer")
    file = tmp_path / "tokenizer" / "tokenizer.json"
    old = Tokenizer.from_file(str(file))
    old.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    old.save(str(file))
    tokenizer = HFTokenizer("not looked at")
    with pytest.warns(UserWarning, match="train it again for better scores"):
        tokenizer.build(Source(tmp_path))
    (works,) = ids_of_words(tokenizer, "works")
    assert tokenizer.hf.convert_ids_to_tokens(works)[0][0] == "w"
