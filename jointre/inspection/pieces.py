"""Count word pieces, and find documents that are longer than the encoder accepts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jointre.console import number_of, part_of
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.errors import DataError, Fault
from jointre.inspection.findings import Finding, Splits, place
from jointre.segmenters import SENTENCES, Segmenter, segments_of
from jointre.tokenizers.base import Tokenizer


@dataclass(frozen=True)
class Pieces:
    """Lengths in word pieces.

    Args:
        limit: maximum number of pieces that the encoder accepts, special pieces included; None if unlimited or unknown.
        lengths: number of pieces that are read at once of each document (of its longest segment), by corpus.
        windows: numbers of the documents that are read in windows, by corpus.
        skipped: numbers of the documents that are left out, by corpus.
    """

    limit: int | None = None
    lengths: Mapping[str, Sequence[int]] = field(default_factory=dict)
    windows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    skipped: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def reasons(self, split: str) -> dict[int, str]:
        """Return why the model never sees a document, by number."""
        reason = f"document left out, longer than the encoder's {self.limit} pieces"
        return dict.fromkeys(self.skipped.get(split, ()), reason)


def measure(
    splits: Splits, tokenizer: Tokenizer, limit: int | None, segmenter: Segmenter = SENTENCES
) -> Pieces:
    """Tokenise the segments of all documents.

    Raises:
        DataError: with every document that the tokenizer refuses as too long.
    """
    lengths: dict[str, list[int]] = {}
    windows: dict[str, list[int]] = {}
    skipped: dict[str, list[int]] = {}
    faults: list[Fault] = []
    for split, docs in splits.items():
        parts, owner = segments_of(docs, segmenter)
        n_pieces = [_read(encoding, limit) for encoding in tokenizer.encode(parts)]
        lengths[split] = [0] * len(docs)
        for row, length in zip(owner, n_pieces, strict=True):
            lengths[split][row] = max(lengths[split][row], length)
        long = [row for row, length in enumerate(n_pieces) if limit is not None and length > limit]
        try:
            kept = {e.key: e for e in tokenizer.encode([parts[row] for row in long], limit)} if long else {}
        except DataError as error:
            faults += error.faults
            continue
        windowed = {owner[long[key]] for key, encoding in kept.items() if encoding.windows is not None}
        windows[split] = sorted(windowed)
        skipped[split] = sorted({owner[row] for key, row in enumerate(long) if key not in kept})
    if faults:
        raise DataError("documents are too long for the encoder", faults)
    return Pieces(limit, lengths, windows, skipped)


def _read(encoding: Encoding, limit: int | None) -> int:
    """Return how many pieces are read at once; words around a segment only fill what the encoder accepts."""
    every = len(encoding.ids)
    return every if limit is None else max(every - sum(encoding.around), min(every, limit))


def too_long(split: str, docs: Sequence[Doc], pieces: Pieces) -> Iterator[Finding]:
    """Find documents that are left out, and documents that are read in windows."""
    longer = f"longer than the encoder's {pieces.limit} pieces"
    for kind, rows, what in (
        ("skipped", pieces.skipped.get(split, ()), f"{longer} and left out"),
        ("windows", pieces.windows.get(split, ()), f"{longer} and read in overlapping windows"),
    ):
        lengths = pieces.lengths.get(split, ())
        places = [place(split, row, docs[row], number_of(lengths[row], "piece")) for row in rows]
        if places:
            sentence = f"{part_of(len(places), len(docs), 'document')} {what}"
            yield Finding(kind, split, sentence, len(places), places, warning=kind == "skipped")
