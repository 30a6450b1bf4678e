"""Report on the corpora of a config, without weights and without a GPU."""

from collections.abc import Mapping

import torch

from jointre.config import Config, resolve
from jointre.console import number_of
from jointre.corpora import counting_keep, in_memory, read_all, unannotated
from jointre.counting import Counting, silent
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.inspection.findings import Finding, Splits, place
from jointre.inspection.pieces import Pieces, measure
from jointre.inspection.report import DataReport, inspect
from jointre.models.base import Model
from jointre.readers.base import Reader
from jointre.segmenters import Segmenter
from jointre.tokenizers.base import Tokenizer


def report_on(config: Config, counting: Counting = silent) -> DataReport:
    """Report on all corpora of a config that have a path; ``counting`` counts the documents that are read.

    If the tokenizer or the architecture of the encoder cannot be loaded, everything that needs neither is reported.

    Raises:
        ConfigError: the training corpus is not set, or a section is refused.
        DataError: a corpus cannot be used, with all faults of all corpora.
    """
    readers: Mapping[str, Reader] = resolve(config, "corpora")
    model: Model = resolve(config, "model")
    tokenizer: Tokenizer = resolve(config, "tokenizer")
    ordered, keep = {"train": readers["train"], **readers}, counting_keep(in_memory, counting)
    raw, labels = read_all(ordered, resolve(config, "splitter"), keep)
    splits = {name: [labels.canonical(doc) for doc in docs] for name, docs in raw.items()}
    notices = [f"{name}: {notice}" for name in splits for notice in getattr(readers[name], "notices", [])]
    notices += [notice for name, docs in splits.items() for notice in unannotated(name, docs, labels)]
    segmenter: Segmenter = resolve(config, "segmenter")
    pieces, unknowns = _pieces(splits, tokenizer, model, segmenter)
    return inspect(splits, labels, model, pieces, _reversed(raw, splits), notices, unknowns, segmenter)


def _reversed(raw: Splits, splits: Splits) -> list[Finding]:
    """Find symmetric relations that were annotated in both directions."""
    findings = []
    for name, docs in raw.items():
        pairs = enumerate(zip(docs, splits[name], strict=True))
        lost = [(n, len(a.relations) - len(b.relations)) for n, (a, b) in pairs]
        places = [place(name, n, docs[n]) for n, times in lost for _ in range(times)]
        if places:
            what = f"{number_of(len(places), 'symmetric relation')} in both directions, kept once"
            findings.append(Finding("reversed", name, what, len(places), places, warning=False))
    return findings


def _pieces(
    splits: Splits, tokenizer: Tokenizer, model: Model, segmenter: Segmenter
) -> tuple[Pieces | None, list[str]]:
    """Return lengths in word pieces, or the reasons why there are none."""
    unknowns: list[str] = []
    try:
        with torch.device("meta"):
            model.encoder.build(Source(weights=False))
        limit = model.encoder.max_length
    except BuildError as error:
        unknowns.append(f"{_reason(error)}; cannot tell which documents are too long for the encoder")
        limit = None
    try:
        tokenizer.build(Source(weights=False))
    except BuildError as error:
        return None, [f"{_reason(error)}; cannot count word pieces or tell which documents are too long"]
    return measure(splits, tokenizer, limit, segmenter), unknowns


def _reason(error: BuildError) -> str:
    return ": ".join([error.title, *(fault.what for fault in error.faults[:1])]).rstrip(".")
