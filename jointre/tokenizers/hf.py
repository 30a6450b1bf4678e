"""Any fast tokenizer that transformers can load, applied word by word."""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.segments import around
from jointre.data.windows import lay_out
from jointre.encoders.base import Source
from jointre.encoders.locate import locate
from jointre.errors import BuildError, DataError, Fault, RefusedError, first_line
from jointre.limits import NonNegativeInt, PretrainedName
from jointre.registry import registry
from jointre.tokenizers.base import Tokenizer
from jointre.tokenizers.hf_files import read_tokenizer, refusing
from jointre.tokenizers.ordinary_text import (
    puts_blanks_inside,
    split_as_after_blank,
    splits_as_after_blank,
    without_special,
)

UNUSED = re.compile(r"\[unused\d+\]")
OLD_SPLIT = (
    "words are split as at the beginning of a text, not as after a blank, because an earlier jointre trained the model "
    "in this way; train it again for better scores"
)


@registry.tokenizers("jointre.hf.v1")
class HFTokenizer(Tokenizer):
    """A fast transformers tokenizer; each word is split separately, with special tokens around the document.

    Words around a segment are encoded with it, as many as the encoder's limit leaves room for. Each word has the pieces
    that it has after a blank. A word without any piece becomes one unknown token. Text that
    looks like a special token ("[CLS]", "</s>"), as a word or inside one, is split as ordinary text.

    Args:
        name: hub id, local folder, or ``pkg:PACKAGE/PATH``; usually ``${model.encoder.name}``.
        lowercase: overrides the tokenizer's own lower-casing (BERT tokenizers only); null keeps it.
        overflow: what happens to a document that is longer than the encoder accepts: ``window`` reads it in overlapping
            windows (`jointre.data.windows.lay_out`), ``error`` refuses it, ``skip`` leaves it out.
        overlap: minimum number of pieces that neighbouring windows share; null for a quarter of a window. Each word
            sees about half of that or more on either side; with null, the encoder reads a third more pieces of long
            documents.
    """

    def __init__(
        self,
        name: PretrainedName,
        lowercase: bool | None = None,
        overflow: Literal["window", "error", "skip"] = "window",
        overlap: NonNegativeInt | None = None,
    ) -> None:
        self.name = name
        self.lowercase = lowercase
        self.overflow = overflow
        self.overlap = overlap

    def build(self, source: Source) -> int:
        """Load the tokenizer's files; return the size of the vocabulary."""
        with refusing(f"tokenizer {self.name!r} cannot be used"):
            self.hf = _load(self.name, source, self.lowercase)
            whole = self.hf.backend_tokenizer
            self._prefix, self._suffix = _frame(whole)
            self.backend = without_special(whole, self.hf.all_special_tokens, self.hf.unk_token)
        self._markers: dict[str, str] = {}
        self.pad_id = self.hf.pad_token_id if self.hf.pad_token_id is not None else 0
        self._unknown = self.hf.unk_token_id if self.hf.unk_token_id is not None else self.pad_id
        self.mask_id = self.hf.mask_token_id
        return self._size()

    def _size(self) -> int:
        """Return the number of pieces; if their ids have gaps, one more than the largest id."""
        ids = self.hf.backend_tokenizer.get_vocab(with_added_tokens=True).values()
        return max(len(self.hf), 1 + max((*ids, *self._prefix, *self._suffix)))

    def extra(self, names: Sequence[str]) -> list[int]:
        """See `Tokenizer.extra`; unused pieces are called ``[unused0]``, ``[unused1]``, and so on."""
        vocab = self.hf.get_vocab()
        unused = sorted(filter(UNUSED.fullmatch, vocab), key=vocab.__getitem__)
        free = iter(piece for piece in unused if piece not in self._markers.values())
        for name in names:
            if name not in self._markers:
                self._markers[name] = name if name in vocab else next(free, name)
        if added := [piece for piece in self._markers.values() if piece not in vocab]:
            self.hf.add_tokens(added, special_tokens=True)
        special = [*self.hf.all_special_tokens, *self._markers.values()]
        with refusing(f"tokenizer {self.name!r} cannot be used"):
            self.backend = without_special(self.hf.backend_tokenizer, special, self.hf.unk_token)
        return [self.hf.convert_tokens_to_ids(self._markers[name]) for name in names]

    def encode(self, docs: Sequence[Doc], max_length: int | None = None) -> list[Encoding]:
        """See `Tokenizer.encode`."""
        words = [
            [*before, *doc.words, *after] for doc, (before, after) in ((doc, around(doc)) for doc in docs)
        ]
        with refusing(f"tokenizer {self.name!r} cannot be used"):
            batch = self.backend.encode_batch(words, is_pretokenized=True, add_special_tokens=False)
        encodings = [self._assemble(docs[key], pieces, key, max_length) for key, pieces in enumerate(batch)]
        if max_length is None:
            return encodings
        if self.overflow == "window":
            return self._windowed(encodings, max_length)
        fitting = [e for e in encodings if len(e.ids) <= max_length]
        if self.overflow == "error" and len(fitting) < len(encodings):
            raise _too_long([e for e in encodings if len(e.ids) > max_length], max_length)
        return fitting

    def _windowed(self, encodings: Sequence[Encoding], limit: int) -> list[Encoding]:
        room = limit - len(self._prefix) - len(self._suffix)
        overlap = max(room // 4, 0) if self.overlap is None else self.overlap
        if overlap >= room:
            what = f"tokenizer.overlap = {overlap}, but a window has room for {room} pieces"
            raise BuildError("windows do not fit the encoder", [Fault(what, remedy="set a smaller overlap")])
        return [
            e if len(e.ids) <= limit else replace(e, windows=lay_out(e.words, room, overlap))
            for e in encodings
        ]

    def _assemble(self, doc: Doc, pieces: Any, key: int, limit: int | None) -> Encoding:
        before, after = around(doc)
        n_words = len(before) + len(doc.words) + len(after)
        word_of = np.array(pieces.word_ids, dtype=np.int64)
        counts = np.bincount(word_of, minlength=n_words) if len(word_of) else np.zeros(n_words, int)
        ids = pieces.ids
        if (counts == 0).any():
            empty = np.flatnonzero(counts == 0)
            places = np.searchsorted(word_of, empty)
            ids = np.insert(np.array(ids, dtype=np.int64), places, self._unknown).tolist()
            counts = np.maximum(counts, 1)
        first, last = len(before), len(before) + len(doc.words)
        read = slice(0, n_words)
        if limit is not None and (before or after):
            read = _fitting(counts, first, last, limit - len(self._prefix) - len(self._suffix))
        ends = np.cumsum(counts)
        start, stop = int(ends[read.start] - counts[read.start]), int(ends[read.stop - 1])
        words = np.stack([ends - counts, ends], axis=1)[first:last] - start + len(self._prefix)
        left = int(words[0, 0]) - len(self._prefix)
        right = stop - start - left - int(words[-1, 1] - words[0, 0])
        return Encoding(
            doc, [*self._prefix, *ids[start:stop], *self._suffix], words, key, around=(left, right)
        )

    def save(self, folder: Path) -> None:
        """Write the tokenizer's files."""
        self.hf.save_pretrained(folder)


def _fitting(counts: np.ndarray, first: int, last: int, room: int) -> slice:
    """Return the words that fit into ``room`` pieces: words ``first`` to ``last``, and those nearest to them.

    Each side gets half of the pieces that are left, and what the other side does not need.
    """
    left, right = np.cumsum(counts[:first][::-1]), np.cumsum(counts[last:])
    room = max(0, room - int(counts[first:last].sum()))
    needs = [int(side[-1]) if len(side) else 0 for side in (left, right)]
    shares = [max(room // 2, room - other) for other in reversed(needs)]
    taken = [
        int(np.searchsorted(side, share, "right")) for side, share in zip((left, right), shares, strict=True)
    ]
    return slice(first - taken[0], last + taken[1])


def _too_long(long: Sequence[Encoding], limit: int) -> DataError:
    faults = [
        Fault(
            f"{len(e.doc.words)} words have {len(e.ids)} pieces, but the encoder accepts at most {limit}",
            e.doc.id,
            'set tokenizer.overflow = "window" to read it in overlapping windows, or "skip" to leave it out',
        )
        for e in long
    ]
    return DataError("documents are too long for the encoder", faults)


def _load(name: str, source: Source, lowercase: bool | None) -> Any:
    saved = source.folder / "tokenizer" if source.folder is not None else None
    loaded = read_tokenizer(saved) if saved else _pretrained(name, lowercase)
    faults = list(_unfit(loaded, lowercase))
    if faults:
        raise BuildError(f"tokenizer {name!r} cannot be used", faults)
    loaded.backend_tokenizer.no_truncation()
    loaded.backend_tokenizer.no_padding()
    if saved is None and not split_as_after_blank(loaded.backend_tokenizer):
        what = "it splits a word differently at the start of a text than after a blank, and no setting changes that"
        raise BuildError(f"tokenizer {name!r} cannot be used", [Fault(what, remedy="use another encoder")])
    if saved is not None and not splits_as_after_blank(
        loaded.backend_tokenizer
    ):  # a trained model keeps its pieces
        warnings.warn(f"{saved}: {OLD_SPLIT}", stacklevel=3)
    return loaded


def _pretrained(name: str, lowercase: bool | None) -> Any:
    from transformers import AutoTokenizer

    options: dict[str, Any] = {} if lowercase is None else {"do_lower_case": lowercase}
    options |= {"use_fast": True, "trust_remote_code": False}
    try:
        loaded = AutoTokenizer.from_pretrained(locate(name), add_prefix_space=True, **options)
        if loaded.is_fast and puts_blanks_inside(loaded.backend_tokenizer):
            return AutoTokenizer.from_pretrained(locate(name), **options)
        return loaded
    except RefusedError:
        raise
    except Exception as error:  # transformers raises anything for an odd file
        raise BuildError(f"tokenizer {name!r} cannot be loaded", [Fault(first_line(error))]) from error


def _unfit(loaded: Any, lowercase: bool | None) -> Iterator[Fault]:
    """Report why a tokenizer that transformers loaded cannot be used as requested."""
    if not loaded.is_fast:
        yield Fault("it is not a fast tokenizer", remedy="use one with a tokenizer.json")
        return
    if len(loaded) <= len(set(loaded.all_special_ids)):
        yield Fault("its vocabulary is empty", remedy="add the tokenizer's files to the folder")
    cased, lower = (loaded.backend_tokenizer.encode(text).ids for text in ("The A", "the a"))
    if lowercase is not None and (cased == lower) != lowercase:
        yield Fault(
            f"lowercase = {str(lowercase).lower()} has no effect on it", remedy="set lowercase = null"
        )


def _frame(backend: Any) -> tuple[list[int], list[int]]:
    """Return the special ids before and after the pieces of a document."""
    for word in ("a", "the", "1", "."):
        probe = backend.encode([word], is_pretokenized=True)
        inner = np.flatnonzero(~np.array(probe.special_tokens_mask, dtype=bool))
        if len(inner):
            return probe.ids[: inner[0]], probe.ids[inner[-1] + 1 :]
    raise BuildError("the tokenizer cannot be used", [Fault("it returns no pieces for plain words")])
