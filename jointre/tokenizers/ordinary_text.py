"""Make a fast tokenizer read words as ordinary text: each as after a blank, and none as a special token."""

import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

BEFORE = ("the", ".", "0", "#")
BYTE_BLANK = "\u0120"
PROBES = ("works", "Works", "don't", "co-op", "A.B.", "3.5", "#1")


def splits_as_after_blank(backend: Any) -> bool:
    """Return whether a word on its own has the pieces that it has after a blank.

    Byte-level BPE writes a blank into the piece that follows it, so "works" at the beginning of a text is another piece
    than in its middle. Some models have pieces across a blank, so one of several words before it is enough.
    """

    def ids(text: str | list[str]) -> list[int]:
        found: list[int] = backend.encode(
            text, is_pretokenized=isinstance(text, list), add_special_tokens=False
        ).ids
        return found

    return all(any(ids(f"{one} {word}") == ids(one) + ids([word]) for one in BEFORE) for word in PROBES)


def puts_blanks_inside(backend: Any) -> bool:
    """Return whether a byte-level tokenizer adds a blank to each part of a word, such as the second one of "don't".

    Some do so if they are told to put a blank before a text, because they split a word before they add it.
    """
    words = (backend.encode([word], is_pretokenized=True, add_special_tokens=False) for word in PROBES)
    return any(piece.startswith(BYTE_BLANK) for word in words for piece in word.tokens[1:])


def split_as_after_blank(backend: Any) -> bool:
    """Change a tokenizer so that a word on its own has the pieces that it has after a blank.

    Returns:
        Whether the word has these pieces now; if no setting has that effect, the tokenizer stays as it was.
    """
    if splits_as_after_blank(backend):
        return True
    given = backend.pre_tokenizer, backend.normalizer
    for pre_tokenizer, normalizer in _with_blank(*given):
        backend.pre_tokenizer, backend.normalizer = pre_tokenizer, normalizer
        if splits_as_after_blank(backend):
            return True
    backend.pre_tokenizer, backend.normalizer = given
    return False


def _with_blank(pre_tokenizer: Any, normalizer: Any) -> Iterator[tuple[Any, Any]]:
    """Yield settings that put a blank before each word: that of the pre-tokenizer, then a step of the normalizer.

    A pre-tokenizer with several steps may split the word before it adds the blank, so its setting is not used.
    """
    from tokenizers import normalizers, pre_tokenizers

    if isinstance(pre_tokenizer, pre_tokenizers.ByteLevel):
        yield (
            pre_tokenizers.ByteLevel(
                add_prefix_space=True,
                trim_offsets=pre_tokenizer.trim_offsets,
                use_regex=pre_tokenizer.use_regex,
            ),
            normalizer,
        )
    if isinstance(pre_tokenizer, pre_tokenizers.Metaspace):
        made = pre_tokenizers.Metaspace(
            replacement=pre_tokenizer.replacement, prepend_scheme="always", split=pre_tokenizer.split
        )
        yield made, normalizer
    blank = normalizers.Prepend(" ")
    yield pre_tokenizer, blank if normalizer is None else normalizers.Sequence([blank, normalizer])
    yield pre_tokenizer, blank if normalizer is None else normalizers.Sequence([normalizer, blank])


def without_special(backend: Any, special: Iterable[str], unknown: str | None) -> Any:
    """Return a tokenizer that has the same pieces with the same ids, but never finds a special one in a text.

    Unigram models, and BPE models that look words up as a whole, keep their special pieces in the vocabulary, where
    "</s>" in a text finds them. SentencePiece itself does not look there for them. Here, each special piece gets a name
    that no text contains; all other pieces and their scores stay the same. A special piece of one character, such as
    "!" for padding, stays what it is in a text: there is nothing to split it into.

    Args:
        backend: a tokenizer of the ``tokenizers`` library, which is not changed.
        special: the texts of special pieces, in addition to those that the tokenizer itself marks as special.
        unknown: the text of the unknown piece, if there is one. Unknown characters become this one even if the model
            names another special piece for them.
    """
    from tokenizers import Tokenizer

    data = json.loads(backend.to_str())
    added = data["added_tokens"]
    marked = (token["content"] for token in added if token["special"])
    texts = {text for text in (*special, *marked) if len(text) > 1}
    if data["model"].get("byte_fallback"):
        texts -= {f"<0x{byte:02X}>" for byte in range(256)}  # which the model looks up by these names
    secret = secrets.token_hex(16)
    names = {text: f"{secret}{text}" for text in texts}
    _name_unknown(data["model"], unknown, texts)
    for token in added:
        token["content"] = names.get(token["content"], token["content"])
    _rename(data["model"], names)
    return Tokenizer.from_str(
        json.dumps({**data, "post_processor": None, "truncation": None, "padding": None})
    )


def _name_unknown(model: dict[str, Any], unknown: str | None, special: set[str]) -> None:
    number, vocab = model.get("unk_id"), model["vocab"]
    if number is None or vocab[number][0] == unknown or vocab[number][0] not in special:
        return
    pieces = [piece for piece, _ in vocab]
    if unknown in pieces:
        model["unk_id"] = pieces.index(unknown)


def _rename(model: dict[str, Any], names: dict[str, str]) -> None:
    vocab = model["vocab"]
    if isinstance(vocab, list):  # Unigram: pieces with scores
        model["vocab"] = [[names.get(piece, piece), score] for piece, score in vocab]
    else:
        model["vocab"] = {names.get(piece, piece): number for piece, number in vocab.items()}
    if "merges" in model:
        model["merges"] = [
            pair for pair in model["merges"] if names.keys().isdisjoint([*pair, "".join(pair)])
        ]
    if model.get("unk_token") in names:
        model["unk_token"] = names[model["unk_token"]]
